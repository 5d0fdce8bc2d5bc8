"""What makes a picture look photographed with the plate: its colours, the light behind it, its grain."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from composer.effects.base import Inputs
from composer.effects.pictures import layer_format, plate_tags
from composer.effects.transform import Pin
from composer.pixels.grain import grained, noise_level
from composer.pixels.match import matched_planes, statistics
from composer.pixels.planes import color_planes_of, cropped, plane_slices
from composer.pixels.warp import Pinned, pinned_coverage, quad_coverage
from composer.pixels.wrap import light_of, wrap_weight, wrapped
from composer.values import Box, Frame, Plane, Quad

_LEAST_RING, _RING = 8, 0.25  # pixels; share of the longer side that the surroundings reach


def color_matched(
    inputs: Inputs, pinned: Pinned, quad: Quad, amount: float, fronts: tuple[Plane, ...]
) -> tuple[Plane, ...]:
    """The picture's planes, brought towards the means and deviations of what surrounds it on this frame.

    Args:
        inputs: the plate.
        pinned: the picture.
        quad: its corners.
        amount: 0 to 1.
        fronts: (H, W) of what stands in front of it, which is not asked.
    """
    if amount <= 0:
        return pinned.planes
    box, pixels = pinned.domain, layer_format(inputs)
    ring = max(_LEAST_RING, _RING * max(box.x1 - box.x0, box.y1 - box.y0))
    around = Box(box.x0 - ring, box.y0 - ring, box.x1 + ring, box.y1 + ring).snapped(
        inputs.plate.size, step=pixels.cell
    )
    outside = np.where(quad_coverage(quad, around) == 0, np.uint8(255), np.uint8(0))
    for front in fronts:
        outside[front[around.slices] > 0] = 0
    own = statistics(pinned.planes, pinned.coverage, pixels)
    wanted = statistics(cropped(color_planes_of(inputs.plate), pixels, around), outside, pixels)
    if own is None or wanted is None:
        return pinned.planes
    return matched_planes(pinned.planes, own, wanted, amount, pixels)


def lit_from_behind(
    inputs: Inputs, planes: tuple[Plane, ...], domain: Box, weight: NDArray[np.float32], radius: float
) -> tuple[Plane, ...]:
    """Planes with the plate's light wrapped around their edge.

    Args:
        inputs: the plate.
        planes: of the picture.
        domain: where they lie.
        weight: (h, w) float32 of the domain: how much light reaches every pixel.
        radius: how far the light is blurred, in pixels.
    """
    pixels = layer_format(inputs)
    reach = 2 * radius + 2
    wide = Box(domain.x0 - reach, domain.y0 - reach, domain.x1 + reach, domain.y1 + reach)
    area = wide.snapped(inputs.plate.size, step=(64, 64))  # so that shrunk pixels lie still while the picture moves
    light = light_of(cropped(color_planes_of(inputs.plate), pixels, area), pixels, radius)
    inner = Box(domain.x0 - area.x0, domain.y0 - area.y0, domain.x1 - area.x0, domain.y1 - area.y0)
    own = tuple(plane[plane_slices(inner, pixels, index)] for index, plane in enumerate(light))
    return wrapped(planes, own, weight, pixels, plate_tags(inputs))


def light_weight(frame: Frame, pin: Pin, domain: Box, radius: float, amount: float) -> NDArray[np.float32]:
    """How much of the light behind it reaches every pixel of a pinned picture.

    Args:
        frame: the picture.
        pin: where it is.
        domain: the part of the plate to compute.
        radius: how far the light reaches in, in pixels.
        amount: 0 to 1.
    """
    radius = min(radius, max(domain.x1 - domain.x0, domain.y1 - domain.y0))  # beyond that it only costs memory
    reach = int(np.ceil(2 * radius)) + 1
    area = Box(domain.x0 - reach, domain.y0 - reach, domain.x1 + reach, domain.y1 + reach)
    weight = wrap_weight(pinned_coverage(frame, pin.quad, area, part=pin.part), radius)
    inner = slice(reach, reach + int(domain.y1 - domain.y0)), slice(reach, reach + int(domain.x1 - domain.x0))
    return np.asarray(weight[inner] * np.float32(amount))


def grainy(inputs: Inputs, planes: tuple[Plane, ...], amount: float) -> tuple[Plane, ...]:
    """Planes as noisy as the footage is on this frame, times an amount; equal times give equal grain."""
    if amount <= 0:
        return planes
    footage = inputs.untouched
    levels = inputs.memo.once(
        ("noise", footage.size, footage.format),
        lambda: tuple(noise_level(plane) for plane in color_planes_of(footage)),
        version=footage.at,
    )
    seed = max(0, round(inputs.seconds * 1_000_000))
    return grained(planes, tuple(level * amount for level in levels), layer_format(inputs), seed=seed)
