"""Soft edges without the old background shining through: by known colours on either side, or by local means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.pixels.alpha import blended
from composer.pixels.planes import bounds, cell_mean, cropped, inverted, matte_for, plane_slices
from composer.values import Box, EdgeColors, PixelFormat, Plane, Size

Floats = NDArray[np.float32]

# Local colours are means over windows of 13 x 4 = 52 pixels, wider than the soft edge of a usual matte.
_SHRINK, _WINDOW = 4, 13


def still_shows(plate: tuple[Plane, ...], pixels: PixelFormat, colors: EdgeColors) -> bool:
    """Whether a plate still has the samples that the colours were parted from: no edit has painted over them.

    Args:
        plate: the plate's planes.
        pixels: their format.
        colors: parted by whoever made the matte.
    """
    here = cropped(plate, pixels, colors.domain)
    return all(np.array_equal(now, then) for now, then in zip(here, colors.mixed, strict=False))


def remixed(
    planes: tuple[Plane, ...], keep: Plane, colors: EdgeColors, pixels: PixelFormat
) -> tuple[tuple[Plane, ...], Plane]:
    """New background planes with the subject's own colour mixed into them where its matte is soft.

    Args:
        planes: colour planes of the new background, of the plate's size and format.
        keep: (H, W) uint8 or uint16 coverage of the subject.
        colors: what its edge shows.
        pixels: the plate's format.

    Returns:
        The planes, and (H, W) coverage to put them over the plate with: what ``keep`` leaves out, and all of every
        chroma cell that is soft, since there the picture is finished. Samples that are kept in full stay the plate's.
    """
    part = colors.domain.slices
    inside = keep[part]
    mixed = []
    for index, plane in enumerate(planes):
        place = plane_slices(colors.domain, pixels, index)
        share = matte_for(inside, pixels, index)
        own = np.array(plane, order="C")
        own[place] = blended(colors.subject[index], plane[place], share)
        np.copyto(own[place], colors.mixed[index], where=share == np.iinfo(share.dtype).max)
        mixed.append(own)
    coverage = inverted(keep)
    coverage[part][_soft_cells(inside, pixels.cell)] = np.iinfo(keep.dtype).max
    return tuple(mixed), coverage


def _soft_cells(keep: Plane, cell: tuple[int, int]) -> NDArray[np.bool_]:
    """The pixels of every cell that is neither empty nor full."""
    share = cell_mean(keep.astype(np.float32), cell)
    soft = (share > 0) & (share < np.iinfo(keep.dtype).max)
    return soft.repeat(cell[1], axis=0).repeat(cell[0], axis=1)[: keep.shape[0], : keep.shape[1]]


def cleaned(planes: tuple[Plane, ...], plate: tuple[Plane, ...], keep: Plane, pixels: PixelFormat) -> tuple[Plane, ...]:
    """New background planes, corrected so that *over* leaves no trace of the old background in the soft edge.

    There the plate shows ``a F + (1 - a) B``, subject and old background. Putting the layer ``C`` over it with
    coverage ``1 - a`` gives ``a F + (1 - a) N`` for a new background ``N`` when ``C = N + a (F - B)``. F and B
    are local means of what is surely subject and surely background; where one is missing nothing is corrected.

    Source: the means are those of Forte and Pitie, "Approximate Fast Foreground Colour Estimation", ICIP 2021.

    Args:
        planes: colour planes of the new background, of the plate's size and format.
        plate: the plate's planes.
        keep: (H, W) uint8 or uint16 coverage of the subject.
        pixels: the plate's format.
    """
    parts = list(_contrasts(plate, keep, pixels))
    if not parts:
        return planes
    return tuple(
        _corrected(plane, part, coverage=part.coverage, pixels=pixels)
        for plane, part in zip(planes, parts, strict=False)
    )


def rejoined(
    planes: tuple[Plane, ...], plate: tuple[Plane, ...], keep: Plane, pixels: PixelFormat
) -> tuple[tuple[Plane, ...], Plane]:
    """New background planes with the subject's soft edge before them, finished, without the old background in it.

    There the plate shows ``a F + (1 - a) B``; with the local means of ``cleaned`` F is the plate plus
    ``(1 - a) (F - B)``, and what is written is ``a F + (1 - a) N``. It fits the samples where the correction of
    ``cleaned`` may not: a bright old background before a dark new one leaves less than nothing to put over the plate.

    Args:
        planes: colour planes of the new background, of the plate's size and format.
        plate: the plate's planes.
        keep: (H, W) uint8 or uint16 coverage of the subject.
        pixels: the plate's format.

    Returns:
        The planes, and (H, W) coverage to put them over the plate with: what ``keep`` leaves out, and all of every
        chroma cell that is soft. Samples of cells that are kept in full stay the plate's.
    """
    parts = list(_contrasts(plate, keep, pixels))
    coverage = np.array(inverted(keep))
    if not parts:
        return planes, coverage
    cells = _mixed_cells(parts, pixels)
    inside = cells.repeat(pixels.cell[1], axis=0).repeat(pixels.cell[0], axis=1)
    inside = inside[: parts[0].coverage.shape[0], : parts[0].coverage.shape[1]]
    coverage[parts[0].place][inside] = np.iinfo(keep.dtype).max
    spots = np.flatnonzero(inside), np.flatnonzero(cells)
    return tuple(
        _before(plane, old, part, spots[pixels.is_chroma(index)], pixels)
        for index, (plane, old, part) in enumerate(zip(planes, plate, parts, strict=False))
    ), coverage


def _mixed_cells(parts: list[_Contrast], pixels: PixelFormat) -> NDArray[np.bool_]:
    """The chroma cells that are neither empty nor full; the means of 8 bit mattes may round, so every pixel is asked."""
    soft = _is_soft(parts[0].coverage)
    if pixels.cell == (1, 1):
        return soft
    some = cell_mean(soft.view(np.uint8) * np.uint8(255), pixels.cell) > 0
    return np.asarray(some | _is_soft(parts[1].coverage))


def _is_soft(coverage: Plane) -> NDArray[np.bool_]:
    # Unsigned 0 wraps around to the top: one comparison finds what is neither 0 nor full.
    return np.asarray(np.subtract(coverage, 1, dtype=coverage.dtype) < np.iinfo(coverage.dtype).max - 1)


def _before(plane: Plane, old: Plane, part: _Contrast, spots: NDArray[np.intp], pixels: PixelFormat) -> Plane:
    """The plane with the subject of the old one before it at some of the part's samples."""
    rows, columns = np.divmod(spots.astype(np.int32), np.int32(part.coverage.shape[1]))
    share = part.coverage.reshape(-1).take(spots) * np.float32(1 / np.iinfo(part.coverage.dtype).max)
    means = (rows // part.step[1]) * np.int32(part.means.shape[1]) + columns // part.step[0]
    own = np.ascontiguousarray(old[part.place]).reshape(-1).take(spots)
    own = own + part.means.reshape(-1).take(means) * (1 - share)
    np.clip(own, 0, pixels.maximum, out=own)
    result = np.array(plane, order="C")
    samples = result.reshape(-1)
    top, left = np.int32(part.place[0].start), np.int32(part.place[1].start)
    places = (rows + top) * np.int32(plane.shape[1]) + columns + left
    below = samples.take(places)
    samples[places] = np.rint(below + (own - below) * share).astype(plane.dtype)
    return result


def lifted(plate: tuple[Plane, ...], keep: Plane, pixels: PixelFormat) -> tuple[Plane, ...]:
    """The plate's planes with the old background taken out of the subject's soft edge.

    There the plate shows ``a F + (1 - a) B``; the subject's own colour, to be put over something else with coverage
    ``a``, is ``F``: the plate plus ``(1 - a) (F - B)``, with the same local means as ``cleaned``.

    Args:
        plate: colour planes.
        keep: (H, W) uint8 or uint16 coverage of the subject.
        pixels: the plate's format.
    """
    parts = list(_contrasts(plate, keep, pixels))
    if not parts:
        return plate
    return tuple(
        _corrected(plane, part, coverage=inverted(part.coverage), pixels=pixels)
        for plane, part in zip(plate, parts, strict=False)
    )


def own_colors(plate: tuple[Plane, ...], colors: EdgeColors, pixels: PixelFormat) -> tuple[Plane, ...]:
    """The plate's planes with the subject's own colours where they were parted from what lies behind.

    Args:
        plate: colour planes.
        colors: parted by whoever made the matte.
        pixels: the plate's format.
    """
    own = tuple(np.array(plane, order="C") for plane in plate)
    for part, subject in zip(cropped(own, pixels, colors.domain), colors.subject, strict=False):
        part[...] = subject
    return own


@dataclass(frozen=True)
class _Contrast:
    """How much brighter the subject is than the background, around the subject, in one plane.

    Args:
        means: (h, w) local contrast, one value for ``step`` samples.
        place: rows and columns of the plane that it covers.
        coverage: of the subject there, in the plane's samples.
        step: samples across and down.
    """

    means: Floats
    place: tuple[slice, slice]
    coverage: Plane
    step: tuple[int, int]


def _contrasts(plate: tuple[Plane, ...], keep: Plane, pixels: PixelFormat) -> Iterator[_Contrast]:
    """The contrast of every plane; none where there is no subject."""
    shrunk = _shrunk(keep, (_SHRINK, _SHRINK))
    subject = bounds(shrunk)
    if subject.is_empty:
        return
    around = Box(subject.x0 - _WINDOW, subject.y0 - _WINDOW, subject.x1 + _WINDOW, subject.y1 + _WINDOW)
    near = around.snapped(Size(shrunk.shape[1], shrunk.shape[0]), step=(4, 4))
    area = near.scaled(_SHRINK, _SHRINK).intersected(Box(0, 0, keep.shape[1], keep.shape[0]))
    full = np.iinfo(keep.dtype).max
    inside, outside = ((shrunk[near.slices] == value).astype(np.float32) for value in (full, 0))
    weights = _mean(inside), _mean(outside)
    for index, old in enumerate(plate):
        cell = pixels.cell if pixels.is_chroma(index) else (1, 1)
        step = max(1, _SHRINK // cell[0]), max(1, _SHRINK // cell[1])
        place = plane_slices(area, pixels, index)
        means = _contrast(_shrunk(old[place], step).astype(np.float32), (inside, outside), weights)
        yield _Contrast(means, place, matte_for(keep[area.slices], pixels, index), step)


def _shrunk(plane: Plane, step: tuple[int, int]) -> Plane:
    """Means of cells, two by two as often as it goes: that way is in SIMD, and its rounding does not matter here."""
    while min(step) > 1:
        plane, step = cell_mean(plane, (2, 2)), (step[0] // 2, step[1] // 2)
    return cell_mean(plane, step)


def _mean(values: Floats) -> Floats:
    return np.asarray(cv2.blur(values, (_WINDOW, _WINDOW), borderType=cv2.BORDER_REPLICATE)).reshape(values.shape)


def _contrast(small: Floats, masks: tuple[Floats, Floats], weights: tuple[Floats, Floats]) -> Floats:
    """Local colour of the subject minus that of the background; 0 where either is out of sight."""
    known = (weights[0] > 0.01) & (weights[1] > 0.01)
    means = [
        np.divide(_mean(small * mask), weight, out=np.zeros_like(small), where=known)
        for mask, weight in zip(masks, weights, strict=True)
    ]
    return np.asarray(means[0] - means[1], np.float32)


def _corrected(plane: Plane, part: _Contrast, *, coverage: Plane, pixels: PixelFormat) -> Plane:
    """The plane with the contrast added to its soft samples, as much as the coverage says."""
    full = int(np.iinfo(coverage.dtype).max)
    soft = np.flatnonzero(_is_soft(coverage)).astype(np.int32)
    rows, columns = np.divmod(soft, np.int32(coverage.shape[1]))
    share = coverage.reshape(-1).take(soft)
    means = (rows // part.step[1]) * np.int32(part.means.shape[1]) + columns // part.step[0]
    change = part.means.reshape(-1).take(means) * share * np.float32(1 / full)
    result = np.array(plane, order="C")
    samples = result.reshape(-1)
    top, left = np.int32(part.place[0].start), np.int32(part.place[1].start)
    places = (rows + top) * np.int32(plane.shape[1]) + columns + left
    changed = np.rint(samples.take(places) + change)
    samples[places] = np.clip(changed, 0, pixels.maximum, out=changed).astype(plane.dtype)
    return result
