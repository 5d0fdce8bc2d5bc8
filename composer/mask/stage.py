"""The matte stage: all mattes of a recipe, made ready before the first frame is composited."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Hashable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from composer.errors import PlanError
from composer.mask.analysis import Analysis
from composer.mask.asking import Asking
from composer.mask.choose import SegmenterChoice, choose_motion, choose_segmenter
from composer.mask.fine import Fine
from composer.mask.finish import Finish
from composer.mask.key import Keyed
from composer.mask.matting import check_installed
from composer.mask.observe import Observer
from composer.mask.pick import moving_ids, picked
from composer.mask.pointing import OUTSIDE_HINT, Correction, PromptSource, outside
from composer.mask.report import MatteReport, joined, report_of
from composer.mask.searches import Searches
from composer.mask.shape import Drawn
from composer.mask.shot import Shot
from composer.mask.sources import MatteSpec
from composer.mask.streams import Combined, Finished, FromFile, FromStore, MatteStream, Remembered
from composer.mask.summary import MatteSummary, ObjectSummary
from composer.mask.text_prompt import Detector, load_detector
from composer.mask.tools import Motion, Tools, motion_of
from composer.values import Frame, Matte, Progress, Size

__all__ = ["MatteSet", "MatteStream", "MatteSummary", "ObjectStream", "ObjectSummary", "Shot", "make_mattes"]


class ObjectStream(Protocol):
    """One object of a matte through the shot."""

    object_id: int

    def matte_at(self, index: int, frame: Frame) -> Matte:
        """See ``MatteStream``; carries the object's id."""
        ...


@dataclass
class MatteSet:
    """All mattes of a recipe; made by ``make_mattes``.

    Args:
        specs: by name.
        shot: the plate.
        files: opened matte files and clean plates, by matte name.
        analyses: what was found in the whole shot, by matte name, where a matte needs that.
        movers: what moves in front of static objects, by the name of their matte.
        proxy: scale of the shot against full size.
        resources: closed together with the set.
        origin: seconds on the plate's clock at which the recipe starts.
    """

    specs: Mapping[str, MatteSpec]
    shot: Shot
    files: Mapping[str, Shot]
    analyses: Mapping[str, Analysis]
    movers: Mapping[str, Analysis] = field(default_factory=dict)
    proxy: float = 1.0
    resources: ExitStack = field(default_factory=ExitStack)
    origin: Fraction = Fraction(0)
    _warnings: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def open(self, name: str) -> MatteStream:
        """One matte, from the first frame on; every call starts anew.

        Args:
            name: as in the recipe.
        """
        return self._opened(name, {})

    def open_all(self) -> dict[str, MatteStream]:
        """Every matte by name, from the first frame on; what several need is made once."""
        made: dict[Hashable, MatteStream] = {}
        return {name: self._opened(name, made) for name in self.specs}

    def objects(self, name: str) -> list[ObjectStream]:
        """The objects of a matte as single streams, largest id last; empty where a matte has none.

        Args:
            name: as in the recipe.
        """
        spec = self.specs[name]
        if name not in self.analyses or spec.kind == "static":
            return []
        finish = self._finisher(spec)
        wanted = sorted(picked(spec, self.analyses[name], self.shot, proxy=self.proxy))
        single = {one: self._stored(name, frozenset({one})) for one in wanted}
        edged = {one: self._edged(str(one), spec, stream, {}) for one, stream in single.items()}
        return [_Single(one, Finished(stream, finish)) for one, stream in edged.items()]

    def summary(self, name: str) -> MatteSummary:
        """What is known about a matte.

        Args:
            name: as in the recipe.
        """
        spec = self.specs[name]
        if name not in self.analyses:
            said = [self._warnings.get(name, ()), *(self.summary(part).warnings for part in spec.inputs)]
            return MatteSummary(warnings=tuple(dict.fromkeys(line for lines in said for line in lines)))
        analysis = self.analyses[name]
        wanted = picked(spec, analysis, self.shot, proxy=self.proxy)
        objects = tuple(one for one in analysis.summary.objects if one.object_id in wanted)
        return replace(
            analysis.summary,
            objects=objects,
            nothing_moves=spec.kind in ("moving", "static") and not objects,
            confidence=analysis.summary.confidence
            if spec.kind == "prompt"
            else self._report(name, objects).confidence or 0.0,
            warnings=(*analysis.summary.warnings, *_said(spec, analysis, objects)),
        )

    def report(self, name: str) -> MatteReport:
        """What is known about a matte, frame by frame.

        Args:
            name: as in the recipe.
        """
        spec = self.specs[name]
        if name in self.analyses:
            return self._report(name, self.summary(name).objects)
        return joined([self.report(part) for part in spec.inputs], self.shot.count or 0, self.shot.rate)

    def _report(self, name: str, objects: tuple[ObjectSummary, ...]) -> MatteReport:
        entry, moves = self.analyses[name].entry, self.specs[name].kind in ("moving", "static")
        return report_of(entry.facts, objects, len(entry), self.shot.rate, moves=moves)

    def close(self) -> None:
        """Let go of files; mattes that were not to be cached are removed."""
        self.resources.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _finisher(self, spec: MatteSpec) -> Callable[[Size], Finish]:
        # A frame may be a proxy of the shot, and the shot a proxy of the file.
        return lambda size: Finish.of(spec, size, proxy=self.proxy * size.height / self.shot.size.height)

    def _opened(self, name: str, made: dict[Hashable, MatteStream]) -> MatteStream:
        if name not in made:
            spec = self.specs[name]
            complement = spec.kind in ("static", "invert")
            inner = self._edged(name, spec, self._source(name, spec, made), made)
            made[name] = Remembered(Finished(inner, self._finisher(spec), complement))
        return made[name]

    def _edged(self, name: str, spec: MatteSpec, source: MatteStream, made: dict[Hashable, MatteStream]) -> MatteStream:
        """The matte with the edges that its spec asks for.

        What moves and what rests are decided as one: each frame remembers the one before, and so they stay complements
        whichever frames each is asked for.
        """
        if spec.edges != "fine":
            return source
        key = (id(source.entry), source.wanted) if isinstance(source, FromStore) else (name, "fine")
        return made.setdefault(key, Remembered(Fine(source)))

    def _stored(self, name: str, wanted: frozenset[int]) -> MatteStream:
        """Some objects of a matte, as they were found; static ones without what moves in front of them."""
        single = next(iter(wanted)) if len(wanted) == 1 else 0
        stored = FromStore(self.analyses[name].entry, wanted, single)
        if name not in self.movers:
            return stored
        moving = self.movers[name]
        return Combined("minus", [stored, FromStore(moving.entry, moving_ids(moving))], single)

    def _source(self, name: str, spec: MatteSpec, made: dict[Hashable, MatteStream]) -> MatteStream:
        if name in self.analyses:
            return self._stored(name, picked(spec, self.analyses[name], self.shot, proxy=self.proxy))
        if spec.key is not None:
            return Keyed(spec.key, self.files[name].frames() if name in self.files else None)
        if spec.shape is not None:
            return Drawn(spec.shape, self.origin, self.shot.rate, self.shot.size, self.proxy)
        if spec.file is not None:
            return FromFile(name, self.files[name].frames(), spec.file.channel)
        if spec.invert is not None:
            return self._opened(spec.invert, made)
        return Combined(spec.kind, [self._opened(part, made) for part in spec.inputs])


@dataclass
class _Single:
    object_id: int
    stream: MatteStream

    def matte_at(self, index: int, frame: Frame) -> Matte:
        return self.stream.matte_at(index, frame)


def make_mattes(
    specs: Mapping[str, MatteSpec],
    shot: Shot,
    *,
    files: Mapping[str, Shot] | None = None,
    segmenter: str = "auto",
    weights: Path | None = None,
    device: str = "cpu",
    cache: Path | None = None,
    proxy: float = 1.0,
    origin: Fraction = Fraction(0),
    motion: Motion | None = None,
    observer: Observer | None = None,
    asking: Asking | None = None,
    detector: Detector | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> MatteSet:
    """Make every matte of a recipe ready for reading frame by frame.

    Args:
        specs: the recipe's mattes by name.
        shot: the plate, re-readable.
        files: matte files and clean plates by matte name.
        segmenter: auto, embedded, classical or a model, such as mobile_sam or sam_vit_b@512; a matte may override it.
        weights: folder that holds model files, or None for the usual places.
        device: cpu, cuda, or several such as cuda:0,cuda:1, for segmenters that care.
        cache: folder that keeps what was found between runs, or None to keep nothing.
        proxy: scale of the shot against full size; lengths in pixels shrink with it.
        origin: seconds on the plate's clock at which the recipe starts; times of drawn shapes count from there.
        motion: stands in for the motion network, for tests.
        observer: is shown every step of finding what moves; nothing of what the cache holds.
        asking: on how many frames a segmenter that takes long is asked, and by how many workers; a matte may
            override the first.
        detector: finds what words name; by default the model of the text extra.
        progress: told once a frame.
        cancelled: asked once a frame.

    Returns:
        The mattes; close them when done.

    Raises:
        PlanError: specs, files and shot do not fit each other; the message names the matte.
        ModelUnavailable: the segmenter asked for by name is not here, or what edges: fine or text needs.
        Cancelled: the user stopped the work.
    """
    files = files or {}
    _check(specs, files)
    for name, spec in specs.items():
        if spec.prompt is not None:
            _check_clicks(name, spec.prompt, shot.size, proxy)
    warnings = {name: _file_warnings(name, specs[name], files[name], shot, proxy) for name in files if name in specs}
    with ExitStack() as stack:
        folder = cache or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="composer-mattes-")))
        found = stack.enter_context(Searches(shot, files, proxy, lambda: detector or load_detector(weights, device)))
        for name, spec in specs.items():
            if spec.needs_analysis:
                choice = _choice(spec, spec.segmenter or segmenter, weights, device)
                tools = Tools(
                    choice,
                    folder,
                    motion or motion_of(choice),
                    proxy,
                    progress,
                    cancelled,
                    observer or Observer(),
                    spec.flow,
                    _asking(spec, asking),
                )
                found.look(name, spec, tools)
        return MatteSet(specs, shot, files, found.analyses, found.movers, proxy, stack.pop_all(), origin, warnings)


def _choice(spec: MatteSpec, name: str, weights: Path | None, device: str) -> SegmenterChoice:
    """Who outlines this matte: nobody where its motion is taken as it is."""
    return choose_motion(name) if spec.flow == "alone" else choose_segmenter(name, weights=weights, device=device)


def _asking(spec: MatteSpec, asking: Asking | None) -> Asking:
    source, asked = spec.moving or spec.static, asking or Asking()
    return replace(asked, keyframes=source.keyframes) if source is not None and source.keyframes else asked


def _check(specs: Mapping[str, MatteSpec], files: Mapping[str, Shot]) -> None:
    for name, spec in specs.items():
        for part in spec.inputs:
            if part not in specs:
                raise PlanError(f"matte {name!r} is made of {part!r}, which the recipe does not define")
        _check_circle(name, specs, ())
        if spec.edges == "fine":
            check_installed(f"matte {name!r}: edges: fine")
        if spec.external is not None and name not in files:
            raise PlanError(f"matte {name!r} needs the file {spec.external!r}, which was not opened")


def _check_clicks(name: str, prompt: PromptSource, size: Size, proxy: float) -> None:
    all_asked: list[PromptSource | Correction] = [prompt, *prompt.corrections]
    for asked in all_asked:
        place = outside(asked.clicks(size, proxy=proxy), size)
        if place is not None:
            raise PlanError(
                f"matte {name!r}: the click at {place[0]:g},{place[1]:g} on the frame at {asked.at.spelled()} "
                f"lies outside the picture, which is {size}",
                hint=OUTSIDE_HINT,
            )


def _check_circle(name: str, specs: Mapping[str, MatteSpec], above: tuple[str, ...]) -> None:
    if name in above:
        raise PlanError(f"matte {name!r} is made of itself: {' -> '.join((*above, name))}")
    for part in specs[name].inputs if name in specs else ():
        _check_circle(part, specs, (*above, name))


def _file_warnings(name: str, spec: MatteSpec, file: Shot, shot: Shot, proxy: float) -> tuple[str, ...]:
    if file.size not in (shot.size, _full(shot, file, proxy)):
        what = "clean plate" if spec.key is not None else "mask" if spec.prompt is not None else "matte file"
        raise PlanError(
            f"matte {name!r}: its {what} {spec.external!r} is {file.size}, the plate is {shot.size}",
            hint="render or scale the file to the plate's size; a matte is never stretched silently",
        )
    if file.count in (None, 1) or shot.count is None or file.count == shot.count:
        return ()
    rest = "its last frame holds to the end" if (file.count or 0) < shot.count else "the rest is not used"
    return (f"the file has {file.count} frames, the plate has {shot.count}; {rest}",)


def _full(shot: Shot, file: Shot, proxy: float) -> Size:
    """The file's size where its proxy is as large as the shot, else the shot's."""
    return file.size if file.size.scaled(proxy) == shot.size else shot.size


def _said(spec: MatteSpec, analysis: Analysis, objects: tuple[ObjectSummary, ...]) -> list[str]:
    """What the user should know about what was picked; a prompt's analysis says its own."""
    if spec.looks_for is None:
        return []
    if objects:
        return _span_words(objects, len(analysis.entry)) if spec.kind == "moving" else []
    found = analysis.summary.objects
    if not found and spec.kind == "moving":
        return ["nothing moves by itself in this shot; the matte is empty"]
    if not found:
        return ["nothing was found in this shot; the matte is empty"]
    best = (min if spec.kind == "static_objects" else max)(one.moving_score for one in found)
    return [f"no object was picked, out of {len(found)} (best moving score {best:.2f})"]


def _span_words(objects: tuple[ObjectSummary, ...], count: int) -> list[str]:
    first, last = min(one.first for one in objects), max(one.last for one in objects)
    if first == 0 and last == count - 1:
        return []
    return [f"what moves is seen on frames {first} to {last} of {count}; on the others the matte is empty"]
