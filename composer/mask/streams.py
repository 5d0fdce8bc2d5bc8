"""Mattes frame by frame: read from the store, keyed, read from a file, or made of other mattes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol, cast

import cv2
import numpy as np

from composer.errors import DecodeError
from composer.mask.finish import Finish, finished, finished_complement
from composer.mask.store import MatteEntry
from composer.pixels.color import convert_frame
from composer.values import ColorTags, Frame, Matte, PixelFormat, Plane, Size

_FULL = ColorTags(range="full")


class MatteStream(Protocol):
    """One matte through the shot."""

    def matte_at(self, index: int, frame: Frame) -> Matte:
        """The matte of one frame; ask with rising index.

        Args:
            index: index in the plate's used span, from 0.
            frame: the plate's frame of that index; the matte comes in this frame's size.
        """
        ...


Finisher = Callable[[Size], Finish]


@dataclass
class Finished:
    """A matte with its finishing applied.

    Args:
        inner: the matte as made.
        finish: the finishing for a picture of a given size.
        complement: whether the matte is what ``inner`` leaves out.
    """

    inner: MatteStream
    finish: Finisher
    complement: bool = False

    def matte_at(self, index: int, frame: Frame) -> Matte:
        """See ``MatteStream``."""
        made = self.inner.matte_at(index, frame)
        shape = finished_complement if self.complement else finished
        alpha = shape(made.alpha, self.finish(frame.size))
        colors = made.colors.swapped if made.colors is not None and self.complement else made.colors
        return Matte(alpha, 0 if self.complement else made.object_id, frame.at, colors)


@dataclass
class Remembered:
    """A matte that is made once although several edits ask for it.

    Args:
        inner: the matte as made.
        keep: how many frames are remembered.
    """

    inner: MatteStream
    keep: int = 2
    _last: dict[tuple[int, Size], Matte] = field(default_factory=dict)

    def matte_at(self, index: int, frame: Frame) -> Matte:
        """See ``MatteStream``."""
        key = (index, frame.size)
        if key not in self._last:
            made = self.inner.matte_at(index, frame)
            while len(self._last) >= self.keep:
                self._last.pop(next(iter(self._last)))
            self._last[key] = made
        return self._last[key]


@dataclass
class Combined:
    """A matte made of others: union, intersection or minus.

    Args:
        kind: the name of the operation.
        parts: the mattes it is made of, in the recipe's order.
        object_id: carried by the mattes where it is one object.
    """

    kind: str
    parts: Sequence[MatteStream]
    object_id: int = 0

    def matte_at(self, index: int, frame: Frame) -> Matte:
        """See ``MatteStream``."""
        alphas = [part.matte_at(index, frame).alpha for part in self.parts]
        return Matte(combined(self.kind, alphas), self.object_id, frame.at)


def combined(kind: str, alphas: Sequence[Plane]) -> Plane:
    """Join coverages pixel by pixel, in integers.

    Args:
        kind: union (the most that any covers), intersection (the least), or minus (the first, held back
            to what each of the others leaves free).
        alphas: (H, W) uint8 or uint16 each; where both occur the result is uint16.

    Returns:
        (H, W) coverage.

    Example:
        >>> a, b = np.array([[200]], np.uint8), np.array([[100]], np.uint8)
        >>> [int(combined(kind, [a, b])[0, 0]) for kind in ("union", "intersection", "minus")]
        [200, 100, 155]
    """
    first, *rest = _same_depth(alphas)
    join = np.maximum if kind == "union" else np.minimum
    for other in rest:
        first = join(first, np.iinfo(other.dtype).max - other if kind == "minus" else other)
    return first


def _same_depth(alphas: Sequence[Plane]) -> list[Plane]:
    if len({alpha.dtype for alpha in alphas}) == 1:
        return list(alphas)
    # 65535 is 257 times 255: full stays full.
    return [alpha if alpha.dtype == np.uint16 else alpha.astype(np.uint16) * np.uint16(257) for alpha in alphas]


@dataclass
class FromFile:
    """A matte read from footage, paired with the plate by index; the last picture holds.

    Args:
        name: the matte, for messages.
        frames: the file's frames from its start.
        channel: auto, luma or alpha.
    """

    name: str
    frames: Iterator[Frame]
    channel: str = "auto"
    _at: int = -1
    _alpha: Plane | None = None

    def matte_at(self, index: int, frame: Frame) -> Matte:
        """See ``MatteStream``."""
        if index < self._at:
            raise DecodeError(
                f"matte {self.name!r}: frame {index} was asked for after frame {self._at}",
                hint="open the matte again to go back",
            )
        picture = None
        while self._at < index:
            picture = next(self.frames, None) or picture
            self._at += 1
        if picture is not None:
            self._alpha = alpha_of(picture, self.channel)
        if self._alpha is None:
            raise DecodeError(f"matte {self.name!r}: its file has no frames")
        return Matte(fitted(self._alpha, frame.size), at=frame.at)


def alpha_of(picture: Frame, channel: str) -> Plane:
    """The coverage that a picture of a matte carries.

    Args:
        picture: any planar frame.
        channel: luma, alpha, or auto: alpha where the picture has it.

    Returns:
        (H, W) uint8 for 8-bit pictures, else uint16 stretched to 65535.
    """
    layout = picture.format
    if channel == "alpha" and not layout.has_alpha:
        raise DecodeError(f"the matte's file has no alpha ({layout.name})", hint="write channel: luma")
    wide = PixelFormat("gray", 8 if layout.depth == 8 else 16)
    if layout.has_alpha and channel != "luma":
        picture = Frame((picture.planes[-1],), PixelFormat("gray", layout.depth), _FULL, picture.at)
    return convert_frame(picture, wide, _FULL).planes[0]


def fitted(alpha: Plane, size: Size) -> Plane:
    """A matte in the size of the picture worked on, such as a proxy's."""
    if alpha.shape == size.shape:
        return alpha
    shrinks = size.width < alpha.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cast("Plane", cv2.resize(alpha, (size.width, size.height), interpolation=method))


@dataclass
class FromStore:
    """A matte that was found by looking at the whole shot.

    Args:
        entry: the stored frames.
        wanted: ids of the objects it covers.
        object_id: carried by the mattes where it is one object.
    """

    entry: MatteEntry
    wanted: frozenset[int]
    object_id: int = 0

    def matte_at(self, index: int, frame: Frame) -> Matte:
        """See ``MatteStream``."""
        alpha = self.entry.read(index).alpha_of(self.wanted, self.entry.size)
        return Matte(fitted(alpha, frame.size), self.object_id, frame.at)
