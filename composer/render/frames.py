"""The finished pictures of a recipe in Python, without a file: one after the other, or by time."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Generic, Literal, Self, TypedDict, TypeVar, Unpack, overload

import numpy as np
from numpy.typing import NDArray

from composer.errors import Cancelled, DecodeError
from composer.mask.asking import Asking
from composer.mask.stage import MatteSet
from composer.pipeline import Ahead
from composer.plan import make_plan
from composer.plan.model import Plan
from composer.recipe import load_recipe
from composer.render.given import source_files
from composer.render.run import Ask, Tell, ready_mattes
from composer.render.scene import Scene
from composer.render.shots import plate_shot, shown
from composer.render.stills import rgb_of
from composer.values import ROUNDED, Frame, Progress, Span

Shown = TypeVar("Shown")


class Choices(TypedDict, total=False):
    """What ``render_recipe`` can be told besides the output; it documents each."""

    params: Mapping[str, str] | None
    sources: Mapping[str, Any] | None
    span: Span | str | None
    scale: float
    segmenter: str
    weights: Path | None
    device: str
    asking: Asking | None
    use_cache: bool


def plan_without_output(
    recipe: Path | str,
    choices: Choices,
    resources: ExitStack,
    *,
    progress: Tell = lambda _: None,
    cancelled: Ask = lambda: False,
) -> Plan:
    """The plan of a recipe whose pictures are not written; where it names no file, it needs none.

    Args:
        recipe: the YAML file.
        choices: as for ``render_recipe``.
        resources: closed by the caller, after the last picture.
        progress: told while clips that are handed over are drawn.
        cancelled: asked once a frame.

    Raises:
        InputError: recipe or footage cannot be used.
    """
    with ExitStack() as stack:
        given = source_files(choices.get("sources"), progress=progress, cancelled=cancelled)
        files = stack.enter_context(given)
        loaded = load_recipe(recipe, set=dict(choices.get("params") or {}), sources=files)
        rest: dict[str, Any] = {name: value for name, value in choices.items() if name not in ("params", "sources")}
        plan = make_plan(loaded, is_written=loaded.recipe.output.file is not None, **rest)
        resources.push(stack.pop_all())
    return plan


class Frames(Iterator[Shown], Generic[Shown]):
    """The finished pictures of a plan in order; made as they are asked for, so that memory does not grow.

    Mattes are made when the first picture is asked for. Files and threads are let go at the end, by ``close``, or
    at the end of a ``with``; an iterator that is merely dropped lets go of them too.

    Args:
        plan: what to do; its ``size``, ``frames`` and ``plate.info.rate`` say what comes.
        show: turns a frame into what is handed out.
        resources: closed together with it.
        progress: told after every frame of every stage.
        cancelled: asked once a frame.
    """

    def __init__(
        self, plan: Plan, show: Callable[[Frame], Shown], resources: ExitStack, *, progress: Tell, cancelled: Ask
    ) -> None:
        self.plan = plan
        self._show = show
        self._resources = resources
        self._frames = composited(plan, progress=progress, cancelled=cancelled)

    def __next__(self) -> Shown:
        try:
            return self._show(next(self._frames))
        except StopIteration:
            self.close()
            raise

    def close(self) -> None:
        """Stop; no more pictures come. Safe to call twice."""
        self._frames.close()
        self._resources.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def composited(plan: Plan, *, progress: Tell, cancelled: Ask) -> Generator[Frame, None, None]:
    """Every finished frame of a plan, in the plate's own planes and with its times.

    Args:
        plan: what to do.
        progress: told after every frame of every stage.
        cancelled: asked once a frame.

    Raises:
        Cancelled: the user stopped it.
        RenderError: a frame failed; carries its index.
    """
    with ExitStack() as stack:
        mattes = stack.enter_context(ready_mattes(plan, progress=progress, cancelled=cancelled))
        scene = stack.enter_context(Scene(plan, mattes, tell=progress, cancelled=cancelled))
        plates = stack.enter_context(Ahead(plate_shot(plan).frames(), depth=2, name="decode plate"))
        for count, (index, plate) in enumerate(shown(plan, plates), 1):
            if cancelled():
                raise Cancelled("stopped")
            yield scene.frame_at(index, plate)
            progress(Progress("frames", count, plan.frames))


class Reel:
    """The finished pictures of a plan by time: rising times stream, an earlier time starts anew.

    Nothing is composited but what is asked for. Mattes are made once, when the first picture is.

    Args:
        plan: what to do.
        resources: closed together with it.
        progress: told while mattes are made.
        cancelled: asked once a frame.
    """

    def __init__(self, plan: Plan, resources: ExitStack, *, progress: Tell, cancelled: Ask) -> None:
        self.plan, self._resources = plan, resources
        self._tell, self._cancelled = progress, cancelled
        self._stack, self._run = ExitStack(), ExitStack()
        self._mattes: MatteSet | None = None
        self._plates: Iterator[tuple[int, Frame]] = iter(())
        self._scene: Scene | None = None
        self._shown: tuple[int, Frame] | None = None
        self._next: tuple[int, Frame] | None = None
        self._made: tuple[int, Frame] | None = None
        self._first = Fraction(0)

    def frame_at(self, seconds: Fraction) -> Frame:
        """The picture shown at a time: the first one before the start, the last one after the end.

        Args:
            seconds: since the first used frame.

        Raises:
            DecodeError: the footage holds no picture.
            Cancelled: the user stopped it.
        """
        if self._scene is None or self._shown is None or self._is_before(seconds):
            self._restart()
        while self._next is not None and self._since(self._next[1]) <= seconds + ROUNDED:
            if self._cancelled():
                raise Cancelled("stopped")
            self._shown, self._next = self._next, next(self._plates, None)
        return self._composited()

    def _is_before(self, seconds: Fraction) -> bool:
        return self._shown is not None and 0 < self._since(self._shown[1]) > seconds + ROUNDED

    def _since(self, plate: Frame) -> Fraction:
        return plate.at.seconds - self._first

    def _restart(self) -> None:
        self._run.close()
        self._shown = self._made = None
        if self._mattes is None:
            ready = ready_mattes(self.plan, progress=self._tell, cancelled=self._cancelled)
            self._mattes = self._stack.enter_context(ready)
        self._run = ExitStack()
        view, tracks = (None, None) if self._scene is None else (self._scene.view, self._scene.tracks)
        scene = Scene(self.plan, self._mattes, view=view, tracks=tracks, tell=self._tell, cancelled=self._cancelled)
        self._scene = self._run.enter_context(scene)
        plates = self._run.enter_context(Ahead(plate_shot(self.plan).frames(), depth=2, name="decode plate"))
        self._plates = shown(self.plan, plates)
        self._shown, self._next = next(self._plates, None), next(self._plates, None)
        if self._shown is None:
            raise DecodeError(f"{self.plan.plate.path}: the used span holds no picture")
        self._first = self._shown[1].at.seconds

    def _composited(self) -> Frame:
        if self._shown is None or self._scene is None:
            raise DecodeError(f"{self.plan.plate.path}: the used span holds no picture")
        if self._made is None or self._made[0] != self._shown[0]:
            self._made = self._shown[0], self._scene.frame_at(*self._shown)
        return self._made[1]

    def close(self) -> None:
        """Let go of files and threads; safe to call twice."""
        self._run.close()
        self._stack.close()
        self._resources.close()
        self._scene = self._mattes = self._shown = self._next = self._made = None


def _as_it_is(frame: Frame) -> Frame:
    return frame


@overload
def frames(
    recipe: Path | str,
    *,
    raw: Literal[False] = False,
    progress: Tell = ...,
    cancelled: Ask = ...,
    **choices: Unpack[Choices],
) -> Frames[NDArray[np.uint8]]: ...


@overload
def frames(
    recipe: Path | str, *, raw: Literal[True], progress: Tell = ..., cancelled: Ask = ..., **choices: Unpack[Choices]
) -> Frames[Frame]: ...


def frames(
    recipe: Path | str,
    *,
    raw: bool = False,
    progress: Tell = lambda _: None,
    cancelled: Ask = lambda: False,
    **choices: Unpack[Choices],
) -> Frames[NDArray[np.uint8]] | Frames[Frame]:
    """The finished pictures of a recipe, one after the other, without writing a file.

    Args:
        recipe: the YAML file.
        raw: hand out ``Frame`` objects in the plate's own planes, with times and any alpha.
        progress: told after every frame of every stage.
        cancelled: asked once a frame; True stops with ``Cancelled``.
        choices: params, sources, span, scale, segmenter, weights, device, asking, use_cache as for ``render_recipe``.

    Returns:
        An iterator over (H, W, 3) uint8 RGB; alpha is shown over grey.

    Raises:
        InputError: recipe or footage cannot be used; the message says where and what to do.
    """
    resources = ExitStack()
    plan = plan_without_output(recipe, choices, resources, progress=progress, cancelled=cancelled)
    if raw:
        return Frames(plan, _as_it_is, resources, progress=progress, cancelled=cancelled)
    return Frames(plan, rgb_of, resources, progress=progress, cancelled=cancelled)
