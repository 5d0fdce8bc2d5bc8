"""Something else behind the subject."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from composer.effects.base import Inputs, Picture
from composer.effects.joining import Joined
from composer.effects.pictures import filled, fitted, layer_format, matched, plate_tags
from composer.errors import InputError
from composer.fields import AnimatedLength, Color, FieldModel, MatteName, Opacity, SourceName
from composer.fields.animation import Animated
from composer.pixels.color import frame_from_rgb
from composer.pixels.filter import blurred_planes
from composer.pixels.planes import color_planes_of, faded, inverted, product, whole
from composer.pixels.warp import fitted as fitted_boxes
from composer.pixels.warp import mirrored_over
from composer.values import Box, Frame, Layer, Plane, Quad


class Gradient(FieldModel):
    """Colours that run into each other along a line."""

    colors: Annotated[
        tuple[Color, ...], Field(min_length=2, description="from the first side to the other, evenly spaced")
    ]
    angle: float = Field(0.0, description="degrees: 0 runs left to right, 90 top to bottom")


class Background(Joined):
    """Replaces everything but what a matte keeps: by a picture or video, a colour, a gradient, or its own blur.

    A picture or video is fitted to the plate; its own start, speed and end rule are set where it is named, in
    ``sources``. Where the matte is soft, the old background is taken out of the edge before the new one goes in: exactly
    where the matte has ``edges: fine``, else by the colours around.
    """

    kind: ClassVar[str] = "background"
    example: ClassVar[str] = "background: {source: sky.png, keep: walker, fit: cover}"

    keep: MatteName
    source: SourceName | None = Field(None, description="picture or video to put behind; a name in sources, or a file")
    color: Color | None = Field(None, description="one colour to put behind")
    gradient: Gradient | None = Field(None, description="colours that run into each other")
    blur: AnimatedLength | None = Field(
        None, description="blur the footage's own background by this radius: pixels, or a share of the height"
    )
    fit: Literal["fill", "cover", "contain", "stretch"] = Field(
        "cover", description="cover cuts off; contain shows all with black bars; fill, or stretch, distorts"
    )
    opacity: Opacity = Field(Animated.parse(1), description="0 shows the old background, 1 the new one")
    attach: Literal["screen", "camera"] = Field(
        "screen",
        description="whether a picture stays where it is on the screen, or moves as the camera sees the scene move",
    )
    overscan: float = Field(
        1.0,
        ge=1,
        le=4,
        description="times the plate's size at which an attached picture begins; beyond it it is mirrored",
    )

    @model_validator(mode="after")
    def _one_picture(self) -> Background:
        given = [name for name in ("source", "color", "gradient", "blur") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"expected one of source, color, gradient, blur; got {' and '.join(given) or 'none'}")
        if self.blur is not None and any(value.amount < 0 for value in self.blur.values):
            raise ValueError("blur: expected 0 or more")
        if self.attach == "camera" and (self.source is None or self.fit == "contain"):
            raise ValueError(
                "attach: camera takes a picture or video that fills the plate: a source, and not fit: contain"
            )
        if self.overscan != 1 and self.attach == "screen":
            raise ValueError("overscan: only a background with attach: camera moves and needs it")
        if any(color.alpha < 255 for color in (self.color, *(self.gradient.colors if self.gradient else ())) if color):
            raise ValueError("color: expected one without transparency; opacity makes the new background see-through")
        return self

    @property
    def brings_color(self) -> bool:
        """Not where the footage's own background is blurred."""
        return self.blur is None

    @property
    def needs_camera(self) -> bool:
        """Where the background moves with it."""
        return self.attach == "camera"

    def apply(self, inputs: Inputs) -> Layer | None:
        """The new background, covering what the matte does not keep."""
        opacity = self.opacity.value_at(inputs.seconds, inputs.rate)
        matte = inputs.matte(self.keep)
        keep = matte.alpha
        picture = self._picture(inputs, keep) if opacity > 0 else None
        if picture is None:
            return None
        planes, alpha = picture
        coverage = inverted(keep)
        if self.blur is None:
            planes, coverage = self.joined(inputs, planes, matte)
        coverage = faded(coverage, opacity)
        return Layer(planes, coverage if alpha is None else product(coverage, alpha), whole(inputs.plate))

    def _picture(self, inputs: Inputs, keep: Plane) -> tuple[tuple[Plane, ...], Plane | None] | None:
        """Planes of the plate's size and, for a source with alpha, its coverage; None when it has ended."""
        if self.source is not None:
            return self._from_source(inputs, self.source)
        if self.color is not None:
            return filled(inputs, self.color.rgb, inputs.plate.size), None
        if self.gradient is not None:
            return _ramp(inputs, self.gradient), None
        if self.blur is not None:
            radius = self.blur.pixels_at(
                inputs.seconds, inputs.rate, whole=inputs.plate.size.height, proxy=inputs.proxy
            )
            plate = color_planes_of(inputs.plate)
            return blurred_planes(plate, inputs.plate.format, radius, "gaussian", exclude=keep), None
        raise InputError("background: expected one of source, color, gradient, blur")

    def _from_source(self, inputs: Inputs, name: str) -> tuple[tuple[Plane, ...], Plane | None] | None:
        picture = inputs.source(name)
        if picture is None:
            return None
        frame = (
            self._attached(inputs, name, picture)
            if self.attach == "camera"
            else fitted(inputs, name, picture, self.fit)
        )
        return color_planes_of(frame), _coverage(
            frame.planes[-1], frame.format.depth
        ) if frame.format.has_alpha else None

    def _attached(self, inputs: Inputs, name: str, picture: Picture) -> Frame:
        """The picture as the camera sees it from here, if it lay over the whole plate on the first frame."""
        camera = inputs.camera()
        frame = matched(inputs, name, picture)
        wide, high = inputs.plate.size.width, inputs.plate.size.height
        margin = (self.overscan - 1) / 2
        over = Box(-margin * wide, -margin * high, (1 + margin) * wide, (1 + margin) * high)
        part, spot = fitted_boxes(Box.whole(frame.size), over, self.fit, aspect=picture.aspect)
        corners = Quad.of_box(spot).corners
        moved = corners if camera is None else camera.applied(corners)
        return mirrored_over(frame, Quad.of_box(part), Quad(moved), inputs.plate.size, inputs.plate.format)


def _coverage(alpha: Plane, depth: int) -> Plane:
    """An alpha plane as a matte: full coverage is 255 or 65535."""
    if depth in (8, 16):
        return alpha
    return np.rint(alpha * np.float32(65535 / ((1 << depth) - 1))).astype(np.uint16)


def _ramp(inputs: Inputs, gradient: Gradient) -> tuple[Plane, ...]:
    size, pixels = inputs.plate.size, layer_format(inputs)

    def make() -> tuple[Plane, ...]:
        radians = np.deg2rad(gradient.angle)
        x = (np.arange(size.width) + 0.5 - size.width / 2) * np.cos(radians)
        y = (np.arange(size.height) + 0.5 - size.height / 2) * np.sin(radians)
        length = abs(size.width * np.cos(radians)) + abs(size.height * np.sin(radians))
        share = np.add.outer(y, x) / length + 0.5
        stops = np.linspace(0, 1, len(gradient.colors))
        bands = [np.interp(share, stops, [color.rgb[band] * 257.0 for color in gradient.colors]) for band in range(3)]
        rgb = np.rint(np.stack(bands, axis=-1)).astype(np.uint16)
        return frame_from_rgb(rgb, pixels, plate_tags(inputs)).planes

    return inputs.memo.once(("gradient", gradient, size, pixels), make)
