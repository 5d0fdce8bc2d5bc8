"""The base of effects that write: how letters look, and where the block of them goes."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Literal, Self

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, Field, model_validator

from composer.effects.base import Effect, Inputs
from composer.effects.pictures import layer_format, plate_tags
from composer.errors import FileRefused
from composer.fields import AnimatedPoint, Color, FieldModel, FileName, Length, MatteName, Opacity, Place, RegionName
from composer.fields.animation import Animated
from composer.pixels.area import rounded_box
from composer.pixels.color import frame_from_rgb
from composer.pixels.glyphs import characters_of
from composer.pixels.planes import faded, inverted, product
from composer.pixels.text import Align, Drawn, Face, can_shape
from composer.pixels.warp import corner_pin, homography_between
from composer.values import Box, Frame, Layer, PixelFormat, Plane, Quad

Anchor = Literal["top_left", "top", "top_right", "left", "center", "right", "bottom_left", "bottom", "bottom_right"]
Floats = NDArray[np.float32]

# A region's own picture has a height of whole steps of so many pixels and a shape of whole steps, so that a region that
# breathes as it is followed does not break its lines anew on every frame.
_STEP, _SHAPES = 32, 16


def _listed(raw: object) -> object:
    return [raw] if isinstance(raw, str) else raw


def _or_none(raw: object) -> object:
    return None if raw == "none" else raw


class Outline(FieldModel):
    """A line around letters."""

    width: Length = Field(Length.parse(0.08), description="a share of the letters' size, or pixels")
    color: Color = Field(Color.parse("black"), description="of the line")


OptionalOutline = Annotated[Outline | None, BeforeValidator(_or_none)]


class LetterShadow(FieldModel):
    """A soft shadow under letters."""

    offset: tuple[Length, Length] = Field(
        (Length.parse(0.06), Length.parse(0.06)), description="[right, down], shares of the letters' size, or pixels"
    )
    blur: Length = Field(Length.parse(0.08), description="a share of the letters' size, or pixels")
    color: Color = Field(Color.parse("#000000b0"), description="of the shadow; its transparency is how faint it is")


class Backing(FieldModel):
    """A box behind letters."""

    color: Color = Field(Color.parse("#000000a0"), description="of the box")
    padding: Length = Field(Length.parse(0.25), description="a share of the letters' size, or pixels")
    radius: Length = Field(Length.parse(0.15), description="of its corners: a share of the letters' size, or pixels")


@dataclass(frozen=True, eq=False)
class _Spot:
    """Where a block may go.

    Args:
        box: what it is laid into, in pixels of the plate or of a region's own picture.
        width: pixels that lines may take; None breaks at line breaks only.
        onto: from there to the plate, (3, 3); None where it is the plate.
    """

    box: Box
    width: float | None
    onto: NDArray[np.float64] | None = None


class Lettering(Effect):
    """An effect that writes."""

    font: FileName = Field("rubik", description="rubik, rubik-bold, or a .ttf or .otf file, relative to the recipe")
    size: Length = Field(
        Length.parse(0.08), description="of the letters: a share of the picture's (or the region's) height, or pixels"
    )
    color: Color = Field(Color.parse("white"), description="of the letters")
    align: Align = Field("center", description="of lines among each other")
    line_height: float = Field(1.2, gt=0, le=10, description="from line to line, in sizes")
    outline: OptionalOutline = Field(None, description="a line around the letters; {} takes it as it is")
    shadow: Annotated[LetterShadow | None, BeforeValidator(_or_none)] = Field(
        None, description="a soft shadow; {} takes it as it is"
    )
    box: Annotated[Backing | None, BeforeValidator(_or_none)] = Field(
        None, description="a box behind the letters; {} takes it as it is"
    )
    place: Place | None = Field(None, description="upright box to write into: left, top, right, bottom")
    region: RegionName | None = Field(None, description="region to write on, in its perspective")
    position: AnimatedPoint | None = Field(None, description="where the anchor of the block goes; may move")
    anchor: Anchor = Field("center", description="where in the picture, the place or the region the block goes")
    margin: Length = Field(Length.parse(0.05), description="kept free at the picture's sides: a share of the height")
    wrap: Length | None = Field(
        None, description="width at which lines break: a share of the picture's width, or pixels; else its room"
    )
    opacity: Opacity = Field(Animated.parse(1), description="0 is not there, 1 is solid")
    behind: Annotated[tuple[MatteName, ...], BeforeValidator(_listed)] = Field(
        (), description="matte or mattes that stay in front of it"
    )

    @model_validator(mode="after")
    def _one_spot(self) -> Self:
        given = [name for name in ("place", "region", "position") if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"expected at most one of place, region, position; got {' and '.join(given)}")
        if self.size.amount <= 0:
            raise ValueError("size: expected more than 0")
        return self

    def check_files(self, files: Mapping[str, bytes]) -> tuple[str, ...]:
        """The font can be read, and text can be shaped here."""
        if not can_shape():
            words = "text needs a Pillow with complex layout (raqm), which this one is built without"
            raise FileRefused(words, file=self.font, hint="pip install --force-reinstall pillow; see composer doctor")
        try:
            characters_of(files[self.font])
            Face(files[self.font], 16)
        except ValueError as error:
            raise FileRefused(str(error), file=self.font, hint="expected a .ttf or .otf file") from error
        return ()

    def written(self, inputs: Inputs, text: str) -> Layer | None:
        """A text in its place, or None where nothing of it is seen."""
        opacity = self.opacity.value_at(inputs.seconds, inputs.rate)
        spot = self._spot(inputs) if opacity > 0 and text.strip() else None
        if spot is None:
            return None
        high = inputs.plate.size.height if self.region is None else spot.box.y1
        size = max(1.0, self.size.pixels(int(high), proxy=inputs.proxy))
        frame, inner = self._picture(inputs, text, size, spot.width)
        left, top = self._corner(spot.box, inner, is_whole=self.position is None or len(self.position.values) == 1)
        quad = Quad.of_box(Box(left, top, left + frame.size.width, top + frame.size.height))
        if spot.onto is not None:
            points = np.column_stack([quad.corners, np.ones(4)]) @ spot.onto.T
            quad = Quad(points[:, :2] / points[:, 2:])
        pinned = corner_pin(frame, quad, inputs.plate.size, inputs.plate.format)
        if pinned is None:
            return None
        coverage = faded(pinned.coverage, opacity)
        for name in self.behind:
            coverage = product(coverage, inverted(inputs.matte(name).alpha[pinned.domain.slices]))
        return Layer(pinned.planes, coverage, pinned.domain) if coverage.any() else None

    def _spot(self, inputs: Inputs) -> _Spot | None:
        """Where the block goes now; None while its region is lost."""
        plate, proxy = inputs.plate.size, inputs.proxy
        wrap = None if self.wrap is None else self.wrap.pixels(plate.width, proxy=proxy)
        if self.region is not None:
            placed = inputs.region(self.region)
            return None if placed is None else _on(placed.quad)
        if self.place is not None:
            box = self.place.box(plate, proxy=proxy)
            return _Spot(box, wrap or box.x1 - box.x0)
        if self.position is not None:
            x, y = self.position.pixels_at(inputs.seconds, inputs.rate, plate, proxy=proxy)
            return _Spot(Box(float(x), float(y), float(x), float(y)), wrap)
        free = self.margin.pixels(plate.height, proxy=proxy)
        box = Box(free, free, plate.width - free, plate.height - free)
        return _Spot(box, wrap or max(1.0, box.x1 - box.x0))

    def _corner(self, box: Box, inner: Box, *, is_whole: bool) -> tuple[float, float]:
        """Where the top left corner of a picture goes whose block lies at ``inner``."""
        x = 0.0 if "left" in self.anchor else 1.0 if "right" in self.anchor else 0.5
        y = 0.0 if "top" in self.anchor else 1.0 if "bottom" in self.anchor else 0.5
        left = box.x0 + (box.x1 - box.x0 - (inner.x1 - inner.x0)) * x - inner.x0
        top = box.y0 + (box.y1 - box.y0 - (inner.y1 - inner.y0)) * y - inner.y0
        return (float(round(left)), float(round(top))) if is_whole else (left, top)

    def _picture(self, inputs: Inputs, text: str, size: float, width: float | None) -> tuple[Frame, Box]:
        """The block as a picture with alpha, and where in it the block (with its box) lies; made once per content."""
        pixels = replace(layer_format(inputs), subsampling=(0, 0), has_alpha=True)
        key: Hashable = ("letters", self, pixels, plate_tags(inputs))
        version: Hashable = (text, size, width, inputs.proxy)

        def make() -> tuple[Frame, Box]:
            face = Face(inputs.file(self.font), size)
            edge = 0.0 if self.box is None else self._own(self.box.padding, size, inputs)
            free = None if width is None else max(1.0, width - 2 * edge)
            block = face.laid_out(text, width=free, align=self.align, line_height=self.line_height)
            stroke = 0.0 if self.outline is None else self._own(self.outline.width, size, inputs)
            drawn = face.drawn(block, stroke=stroke)
            rgba, shift = self._painted(drawn, size, inputs)
            inner = Box(shift - edge, shift - edge, shift + block.width + edge, shift + block.height + edge)
            return _frame(rgba, pixels, inputs), inner

        return inputs.memo.once(key, make, version=version)

    def _own(self, length: Length, size: float, inputs: Inputs) -> float:
        """A length in letters' sizes as pixels, from 0 to the picture's longer side: more only costs memory."""
        return min(max(0.0, self._signed(length, size, inputs)), float(max(inputs.plate.size.shape)))

    def _signed(self, length: Length, size: float, inputs: Inputs) -> float:
        most = 2.0 * max(inputs.plate.size.shape)
        return min(max(-most, length.amount * (inputs.proxy if length.is_pixels else size)), most)

    def _painted(self, drawn: Drawn, size: float, inputs: Inputs) -> tuple[Floats, float]:
        """(h, w, 4) straight colour and coverage, 0..1, from the bottom up; and how far in the block begins."""
        shadow = self.shadow
        more = 0
        if self.box is not None:
            more = int(np.ceil(self._own(self.box.padding, size, inputs)))
        if shadow is not None:
            reach = max(abs(self._signed(each, size, inputs)) for each in shadow.offset)
            more = max(more, int(np.ceil(reach + 2 * self._own(shadow.blur, size, inputs))))
        fill, stroke = (_shares(np.pad(plane, more)) for plane in (drawn.fill, drawn.stroke))
        room = drawn.room + more
        layers: list[tuple[Floats, Color]] = []
        if self.box is not None:
            edge, radius = (self._own(each, size, inputs) for each in (self.box.padding, self.box.radius))
            layers.append((rounded_box(fill.shape, room - edge, radius), self.box.color))
        if shadow is not None:
            move = [self._signed(each, size, inputs) for each in shadow.offset]
            layers.append((_cast(stroke, move, self._own(shadow.blur, size, inputs)), shadow.color))
        if self.outline is not None:
            layers.append((stroke, self.outline.color))
        return _stacked([*layers, (fill, self.color)]), float(room)


def _on(quad: Quad) -> _Spot:
    """The picture of a region's own: about as large as it appears."""
    top_left, top_right, bottom_right, bottom_left = quad.corners
    wide = (np.linalg.norm(top_right - top_left) + np.linalg.norm(bottom_right - bottom_left)) / 2
    high = (np.linalg.norm(bottom_left - top_left) + np.linalg.norm(bottom_right - top_right)) / 2
    shape = max(1, round(float(wide) / max(float(high), 1e-6) * _SHAPES)) / _SHAPES
    height = max(1, -(-int(np.ceil(high)) // _STEP)) * _STEP
    flat = Box(0, 0, float(height * shape), float(height))
    return _Spot(flat, flat.x1, homography_between(Quad.of_box(flat), quad).matrix)


def _shares(coverage: Plane) -> Floats:
    return np.multiply(coverage, np.float32(1 / 255), dtype=np.float32)


def _cast(shape: Floats, move: list[float], blur: float) -> Floats:
    matrix = np.array([[1, 0, move[0]], [0, 1, move[1]]], np.float64)
    moved = cv2.warpAffine(shape, matrix, shape.shape[::-1], flags=cv2.INTER_LINEAR)
    return np.asarray(cv2.GaussianBlur(moved, (0, 0), blur / 2) if blur >= 0.25 else moved, np.float32)


def _stacked(layers: list[tuple[Floats, Color]]) -> Floats:
    """Layers over each other, straight. Source: Porter and Duff 1984, *over*."""
    rgb = np.zeros((*layers[0][0].shape, 3), np.float32)
    alpha = np.zeros(layers[0][0].shape, np.float32)
    for shape, color in layers:
        share = shape * np.float32(color.alpha / 255)
        rgb = rgb * (1 - share)[..., None] + share[..., None] * (np.array(color.rgb, np.float32) / 255)
        alpha = alpha * (1 - share) + share
    # Where nothing covers, the last colour goes on, so that nothing dark bleeds in when the picture is warped.
    last = np.broadcast_to(np.array(layers[-1][1].rgb, np.float32) / 255, rgb.shape)
    straight = np.where(alpha[..., None] > 1e-4, rgb / np.maximum(alpha, 1e-4)[..., None], last)
    return np.dstack([straight, alpha]).astype(np.float32)


def _frame(rgba: Floats, pixels: PixelFormat, inputs: Inputs) -> Frame:
    top = np.rint(np.clip(rgba, 0, 1) * 65535).astype(np.uint16)
    return frame_from_rgb(top, pixels, plate_tags(inputs))
