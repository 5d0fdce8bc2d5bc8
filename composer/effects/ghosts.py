"""The subject as it was at another moment, ready to be put over the plate: what clones, freeze and trail share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from composer.effects.base import Effect, Inputs
from composer.fields import MatteName
from composer.pixels.carry import carried, carried_matte, is_nothing, landing
from composer.pixels.edges import cleaned, lifted, own_colors
from composer.pixels.planes import bounds, color_planes_of, cropped, faded, inverted, plane_slices, product
from composer.pixels.stack import stacked
from composer.values import Box, Homography, Layer, Matte, Plane

Align = Annotated[
    Literal["camera", "screen"],
    Field(description="what it stays in place with: the world, as the camera moves, or the screen"),
]


def listed(raw: object) -> object:
    """One value as a list of one."""
    return [raw] if isinstance(raw, str | int | float) else raw


Front = Annotated[
    tuple[MatteName, ...],
    BeforeValidator(listed),
    Field(description="matte or mattes of the picture now that stay in front of it"),
]


class Ghosts(Effect):
    """An effect that shows the subject of other moments."""

    matte: MatteName = Field(description="the subject")
    align: Align = "camera"

    @property
    def brings_color(self) -> bool:
        """Never: it shows the footage's own."""
        return False

    @property
    def needs_camera(self) -> bool:
        """Where what it shows stays in place with the world."""
        return self.align == "camera"


@dataclass(frozen=True)
class Looks:
    """How a ghost is put into the picture.

    Args:
        opacity: 0 is not there, 1 is solid.
        align: with what it stays in place: the world that the camera shows, or the screen.
        holds: whether its moment is the same on many frames, so that its colours are worth keeping.
    """

    opacity: float
    align: Align = "camera"
    holds: bool = False


def ghost(inputs: Inputs, then: Inputs, name: str, looks: Looks) -> Layer | None:
    """The subject of another moment, where it was then.

    Args:
        inputs: now.
        then: the other moment.
        name: the subject's matte.
        looks: how it is put there.

    Returns:
        Its own colours, covering what it covered; None where it was not there, or where the plate shows it anyway.
    """
    if looks.opacity <= 0:
        return None
    pixels, size = inputs.plate.format, inputs.plate.size
    matte = then.matte(name)
    domain = bounds(matte.alpha).snapped(size, step=pixels.cell)
    if domain.is_empty:
        return None
    map_ = _map(inputs, then, domain) if looks.align == "camera" else None
    if map_ is None and _is_same(inputs, then, domain):
        return None
    make = partial(_subject, color_planes_of(then.plate), matte, domain, inputs)
    planes = inputs.memo.once(("subject", name, then.seconds), make, version=then.plate) if looks.holds else make()
    there = Layer(planes, matte.alpha[domain.slices], domain)
    layer = there if map_ is None else _carried(there, map_, inputs)
    if layer is None or layer.matte is None:
        return None
    return Layer(layer.planes, faded(layer.matte, looks.opacity), layer.domain)


def _map(inputs: Inputs, then: Inputs, domain: Box) -> Homography | None:
    """How the camera moved what is seen in a domain since then; None where it did not, or where nobody knows."""
    now, before = inputs.camera(), then.camera()
    if now is None or before is None:
        return None
    map_ = Homography(now.matrix @ np.linalg.inv(before.matrix))
    return None if is_nothing(map_, domain) else map_


def _carried(layer: Layer, map_: Homography, inputs: Inputs) -> Layer | None:
    """A layer moved with the camera, or None where it has left the picture."""
    pixels = inputs.plate.format
    domain = landing(map_, layer.domain, inputs.plate.size, pixels.cell)
    if domain.is_empty or layer.matte is None:
        return None
    planes = carried(layer.planes, pixels, map_, origin=layer.domain, domain=domain)
    return Layer(planes, carried_matte(layer.matte, map_, origin=layer.domain, domain=domain), domain)


def _is_same(inputs: Inputs, then: Inputs, domain: Box) -> bool:
    """Whether the plate shows just what it showed then: the subject is there already."""
    pixels = inputs.plate.format
    pairs = zip(*(cropped(frame.planes, pixels, domain) for frame in (inputs.plate, then.plate)), strict=True)
    return all((now is before) or bool((now == before).all()) for now, before in pairs)


def _subject(plate: tuple[Plane, ...], matte: Matte, domain: Box, inputs: Inputs) -> tuple[Plane, ...]:
    """The subject's own colours in a domain: exactly where the matte knows them, else by the colours around."""
    pixels = inputs.plate.format
    if matte.colors is not None:
        return cropped(own_colors(plate, matte.colors, pixels), pixels, domain)
    reach = 64  # farther than the local means of ``lifted`` look; on its grid
    around = Box(domain.x0 - reach, domain.y0 - reach, domain.x1 + reach, domain.y1 + reach)
    around = around.snapped(inputs.plate.size, step=(16, 16))
    inner = Box(domain.x0 - around.x0, domain.y0 - around.y0, domain.x1 - around.x0, domain.y1 - around.y0)
    near = lifted(cropped(plate, pixels, around), matte.alpha[around.slices], pixels)
    return tuple(plane[plane_slices(inner, pixels, index)] for index, plane in enumerate(near))


def behind(inputs: Inputs, layers: Sequence[Layer], front: Iterable[str]) -> Layer | None:
    """Ghosts as one layer, behind what mattes of now cover.

    Args:
        inputs: now.
        layers: bottom to top.
        front: names of the mattes that stay in front.
    """
    layer = stacked(layers, inputs.plate.format)
    if layer is None:
        return None
    plate = cropped(color_planes_of(inputs.plate), inputs.plate.format, layer.domain)
    for name in front:
        before = inputs.matte(name).alpha[layer.domain.slices]
        if before.any():
            planes = cleaned(layer.planes, plate, before, inputs.plate.format)
            coverage = inverted(before) if layer.matte is None else product(layer.matte, inverted(before))
            layer = Layer(planes, coverage, layer.domain)
    return layer
