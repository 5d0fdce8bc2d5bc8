"""One output frame: a pure function of the plate's frame and what the edits ask for."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

import numpy as np

from composer.effects.base import Effect, Inputs
from composer.pixels.alpha import over_into
from composer.values import Frame

Name = TypeVar("Name", bound=Hashable)
Value = TypeVar("Value")


@dataclass(frozen=True)
class Lazy(Mapping[Name, Value], Generic[Name, Value]):
    """A mapping whose values are made when they are first asked for, once.

    A matte or a picture that no active edit asks for is never computed or decoded for that frame.

    Args:
        makers: one function per name.
    """

    makers: Mapping[Name, Callable[[], Value]]
    _made: dict[Name, Value] = field(default_factory=dict, repr=False)

    def __getitem__(self, name: Name) -> Value:
        if name not in self._made:
            self._made[name] = self.makers[name]()
        return self._made[name]

    def __iter__(self) -> Iterator[Name]:
        return iter(self.makers)

    def __len__(self) -> int:
        return len(self.makers)


def compose(edits: tuple[Effect, ...], inputs: Inputs) -> Frame:
    """Apply edits in order, bottom to top.

    Args:
        edits: effects with their parameters.
        inputs: the plate's frame and everything the effects may look at.

    Returns:
        The plate's own frame, unchanged and uncopied, where no edit touches it; else a new frame with
        the plate's format, colour and time. Samples that no layer covers are the plate's, bit for bit.
    """
    canvas, is_ours = inputs.plate, False
    for edit in edits:
        if not edit.is_active(inputs):
            continue
        layer = edit.apply(replace(inputs, plate=canvas, footage=inputs.plate))
        if layer is None or layer.domain.is_empty:
            continue
        if not is_ours:
            canvas, is_ours = _own(canvas), True
        over_into(canvas.planes, layer, canvas.format)
    return canvas


def _own(frame: Frame) -> Frame:
    """A frame with writable planes of its own; the reader's buffers stay as they were decoded."""
    return replace(frame, planes=tuple(np.array(plane, order="C") for plane in frame.planes), origin=None)
