"""Pictures resized, fitted and pinned into place, antialiased.

The only place that knows OpenCV's coordinates, where the centre of the first pixel is (0, 0). Everywhere else
pixel edges lie at integers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.pixels.planes import cell_mean, color_format
from composer.values import Box, Frame, Homography, PixelFormat, Plane, Quad, Size

Fit = Literal["fill", "cover", "contain", "stretch"]
Resample = Callable[[NDArray[Any]], NDArray[Any]]
# Coverage is worked out in squares of this side; only those that an edge runs through cost anything.
_TILE = 16
_CENTRE = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]], np.float64)


def resized_plane(plane: NDArray[Any], shape: tuple[int, int]) -> NDArray[Any]:
    """A plane at another size: averaged where it shrinks, interpolated where it grows.

    Args:
        plane: (h, w) uint8, uint16 or float32.
        shape: (height, width) to resize to, at least 1x1.

    Returns:
        A plane of that shape; the plane itself when it has it already.
    """
    if plane.shape == shape:
        return plane
    source = plane
    if all(new < old and old % new == 0 for old, new in zip(plane.shape, shape, strict=True)):
        return cell_mean(source, (plane.shape[1] // shape[1], plane.shape[0] // shape[0]))
    # Four samples cover what lies under one result as long as the picture does not shrink to less than half.
    height, width = (new if 2 * new < old else old for old, new in zip(plane.shape, shape, strict=True))
    if (height, width) != plane.shape:
        source = cv2.resize(source, (width, height), interpolation=cv2.INTER_AREA).reshape(height, width)
    if (height, width) != shape:
        source = cv2.resize(source, shape[::-1], interpolation=cv2.INTER_LINEAR).reshape(shape)
    return np.asarray(source, plane.dtype)


def weighted(resample: Resample, plane: NDArray[Any], weight: Plane | None) -> NDArray[Any]:
    """Resample a plane so that only what its weight covers counts; nothing bleeds in from transparent parts.

    Args:
        resample: any linear resampling of one plane.
        plane: colour samples.
        weight: coverage of the same shape, or None where all counts.
    """
    if weight is None:
        return resample(plane)
    share = weight.astype(np.float32)
    below = resample(share)
    above = resample(plane.astype(np.float32) * share)
    # Where nothing is covered the colour cannot be seen; the unweighted one is as good as any.
    plain = resample(plane.astype(np.float32))
    mixed = np.divide(above, below, out=plain, where=below > 1e-3)
    return mixed if plane.dtype == np.float32 else np.rint(mixed).astype(plane.dtype)


def resize_frame(frame: Frame, size: Size) -> Frame:
    """A frame at another size in its own format, every plane in its own samples."""
    if frame.size == size:
        return frame
    alpha = frame.planes[-1] if frame.format.has_alpha else None
    planes = [
        resized_color(plane, alpha, frame.format.plane_shape(index, size), frame.format, index)
        for index, plane in enumerate(frame.planes[: color_format(frame.format).plane_count])
    ]
    if alpha is not None:
        planes.append(resized_plane(alpha, size.shape))
    return replace(frame, planes=tuple(planes))


def resized_color(plane: Plane, alpha: Plane | None, shape: tuple[int, int], pixels: PixelFormat, index: int) -> Plane:
    """One colour plane at another size, weighted with the picture's alpha.

    Args:
        plane: the plane.
        alpha: (H, W) full-size coverage, or None.
        shape: (height, width) wanted.
        pixels: format of the picture that the plane is from.
        index: which plane it is.
    """
    if plane.shape == shape:
        return plane
    weight = cell_mean(alpha, pixels.cell) if alpha is not None and pixels.is_chroma(index) else alpha
    return weighted(lambda part: resized_plane(part, shape), plane, weight)


def fit_boxes(source: Size, target: Size, fit: Fit, *, aspect: float = 1.0) -> tuple[Box, Box]:
    """What to take from a picture, and where to put it.

    Args:
        source: size of the picture.
        target: size of what it has to fill.
        fit: cover fills the target and cuts the rest off; contain shows all and leaves bars; stretch, or fill, distorts.
        aspect: width of one of the source's pixels, in widths of the target's, where both are equally high.

    Returns:
        The part of the source, and its place in the target, both in pixels and centred.

    Example:
        >>> fit_boxes(Size(200, 100), Size(100, 100), "cover")[0]
        Box(x0=50.0, y0=0.0, x1=150.0, y1=100.0)
    """
    return fitted(Box.whole(source), Box.whole(target), fit, aspect=aspect)


def fitted(shown: Box, target: Box, fit: Fit, *, aspect: float = 1.0) -> tuple[Box, Box]:
    """The same for a part of a picture and a box of any place and size.

    Args:
        shown: part of the source to show.
        target: where it has to go.
        fit: as for ``fit_boxes``.
        aspect: as for ``fit_boxes``.
    """
    if fit in ("stretch", "fill"):
        return shown, target
    wide, high = shown.x1 - shown.x0, shown.y1 - shown.y0
    across, down = (target.x1 - target.x0) / (wide * aspect), (target.y1 - target.y0) / high
    if fit == "cover":
        scale = max(across, down)
        return _centred(shown, wide * across / scale, high * down / scale), target
    scale = min(across, down)
    return shown, _centred(target, wide * aspect * scale, high * scale)


def _centred(box: Box, width: float, height: float) -> Box:
    left, top = (box.x0 + box.x1 - width) / 2, (box.y0 + box.y1 - height) / 2
    return Box(left, top, left + width, top + height)


def homography_between(source: Quad, target: Quad) -> Homography:
    """The plane-to-plane map that takes four corners to four others.

    Raises:
        numpy.linalg.LinAlgError: when three of the corners lie on a line.
    """
    rows, values = [], []
    for (x, y), (u, v) in zip(source.corners, target.corners, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    solved = np.linalg.solve(np.array(rows, np.float64), np.array(values, np.float64))
    return Homography(np.append(solved, 1.0).reshape(3, 3))


def warped_plane(
    plane: NDArray[Any],
    matrix: NDArray[np.float64],
    shape: tuple[int, int],
    *,
    method: Literal["linear", "cubic"] = "linear",
    mirrored: bool = False,
) -> NDArray[Any]:
    """A plane through a homography on edge coordinates; its border samples go on outside for ever.

    Args:
        plane: (h, w) uint8, uint16 or float32.
        matrix: (3, 3), source to destination.
        shape: (height, width) of the result.
        method: how to interpolate; cubic is sharper where a picture grows.
        mirrored: the plane goes on mirrored outside instead.
    """
    moved = _whole_shift(matrix)
    if moved is not None and (not mirrored or (moved == (0, 0) and plane.shape == shape)):
        return _shifted(plane, moved, shape)
    centred = np.linalg.inv(_CENTRE) @ matrix @ _CENTRE
    border = cv2.BORDER_REFLECT if mirrored else cv2.BORDER_REPLICATE
    flags = cv2.INTER_CUBIC if method == "cubic" else cv2.INTER_LINEAR
    result = cv2.warpPerspective(plane, centred, shape[::-1], flags=flags, borderMode=border)
    return np.asarray(result, plane.dtype).reshape(shape)


def _whole_shift(matrix: NDArray[np.float64]) -> tuple[int, int] | None:
    """(x, y) when the map only moves by whole pixels."""
    x, y = float(np.rint(matrix[0, 2])), float(np.rint(matrix[1, 2]))
    moved = np.array([[1, 0, x], [0, 1, y], [0, 0, 1]])
    return (int(x), int(y)) if np.allclose(matrix, moved, rtol=0, atol=1e-7) else None


def _shifted(plane: NDArray[Any], moved: tuple[int, int], shape: tuple[int, int]) -> NDArray[Any]:
    left, top = -moved[0], -moved[1]
    bottom, right = top + shape[0] - plane.shape[0], left + shape[1] - plane.shape[1]  # how far it reaches beyond
    inside = plane[max(top, 0) : max(top + shape[0], 0), max(left, 0) : max(left + shape[1], 0)]
    if inside.shape == shape:
        return np.ascontiguousarray(inside)
    if not inside.size:  # wholly outside, where the border's samples go on
        rows, columns = (
            np.clip(np.arange(count) + first, 0, whole - 1)
            for first, count, whole in zip((top, left), shape, plane.shape, strict=True)
        )
        return np.ascontiguousarray(plane[rows][:, columns])
    sides = (max(-top, 0), max(bottom, 0), max(-left, 0), max(right, 0))
    return np.asarray(cv2.copyMakeBorder(inside, *sides, cv2.BORDER_REPLICATE))


@dataclass(frozen=True, eq=False)
class Pinned:
    """A picture in its place.

    Args:
        planes: colour planes of the domain.
        coverage: (h, w) uint8 of the domain, soft at its edges.
        domain: box on chroma cells, inside the plate.
    """

    planes: tuple[Plane, ...]
    coverage: Plane
    domain: Box


def corner_pin(frame: Frame, quad: Quad, size: Size, pixels: PixelFormat, *, part: Quad | None = None) -> Pinned | None:
    """A picture with its four corners pinned to a plate.

    Each plane is warped in its own samples, so matching colours make no detour through RGB, and the picture's
    edge colours go on under its antialiased edge, so no chroma bleeds in from outside.

    Args:
        frame: the picture with the plate's matrix, range and depth; any subsampling, maybe alpha.
        quad: where its corners go, in pixels of the plate.
        size: of the plate.
        pixels: format of the plate.
        part: the corners of what is shown, in pixels of the picture; None for all of it. Another order of its corners
            mirrors or turns the picture.

    Returns:
        What covers the plate, or None when nothing does: outside the plate, or corners without a convex area.
    """
    domain = quad.bounds.intersected(Box.whole(size)).snapped(size, step=pixels.cell)
    if domain.is_empty or not is_convex(quad):
        return None
    part = part or Quad.of_box(Box.whole(frame.size))
    alpha = frame.planes[-1] if frame.format.has_alpha else None
    planes = []
    for index, plane in enumerate(frame.planes[: color_format(pixels).plane_count]):
        cells = [f.cell if f.is_chroma(index) else (1, 1) for f in (frame.format, pixels)]
        weight = None if alpha is None else cell_mean(alpha, cells[0])
        planes.append(weighted(_placing(part, quad, domain, cells[0], cells[1]), plane, weight))
    return Pinned(tuple(planes), pinned_coverage(frame, quad, domain, part=part), domain)


def mirrored_over(frame: Frame, part: Quad, quad: Quad, size: Size, pixels: PixelFormat) -> Frame:
    """A picture laid over a whole plate; where it ends it goes on mirrored.

    Args:
        frame: the picture with the plate's matrix, range and depth; any subsampling, maybe alpha.
        part: corners in pixels of the picture.
        quad: where they go on the plate; convex.
        size: of the plate.
        pixels: format of the plate.

    Returns:
        A frame of that size in the plate's format, with the picture's alpha where it has some.
    """
    pixels = replace(pixels, has_alpha=frame.format.has_alpha)
    alpha = frame.planes[-1] if frame.format.has_alpha else None
    planes = []
    for index, plane in enumerate(frame.planes):
        cells = [f.cell if f.is_chroma(index) else (1, 1) for f in (frame.format, pixels)]
        place = _placing(part, quad, Box.whole(size), cells[0], cells[1], mirrored=True)
        is_alpha = alpha is not None and index == len(frame.planes) - 1
        weight = None if alpha is None or is_alpha else cell_mean(alpha, cells[0])
        planes.append(weighted(place, plane, weight))
    return replace(frame, planes=tuple(planes), format=pixels)


def pinned_coverage(frame: Frame, quad: Quad, area: Box, *, part: Quad | None = None) -> Plane:
    """How much of each pixel a pinned picture covers.

    Args:
        frame: the picture; its alpha counts.
        quad: where its corners go.
        area: box of whole pixels to compute; it may reach outside the plate.
        part: as for ``corner_pin``.

    Returns:
        (h, w) uint8.
    """
    coverage = quad_coverage(quad, area)
    if not frame.format.has_alpha:
        return coverage
    part = part or Quad.of_box(Box.whole(frame.size))
    seen = _placing(part, quad, area, (1, 1), (1, 1))(frame.planes[-1].astype(np.float32) / frame.format.maximum)
    return np.rint(coverage * np.clip(seen, 0, 1)).astype(np.uint8)


def _placing(
    part: Quad,
    quad: Quad,
    domain: Box,
    source: tuple[int, int],
    target: tuple[int, int],
    *,
    mirrored: bool = False,
) -> Resample:
    """How one plane gets to its place; ``source`` and ``target`` are the planes' cells in the two pictures."""
    origin = np.array([[1, 0, -domain.x0 // target[0]], [0, 1, -domain.y0 // target[1]], [0, 0, 1]])
    into = origin @ np.diag([1 / target[0], 1 / target[1], 1.0]) @ homography_between(part, quad).matrix
    width, height = (-(-(domain.x1 - domain.x0) // target[0]), -(-(domain.y1 - domain.y0) // target[1]))
    (across, down), (wide, high) = extent(part), extent(quad)
    # Averaging first keeps the four-sample interpolation from skipping samples.
    step = (
        max(1, int(across / source[0] * target[0] / max(wide, 1))),
        max(1, int(down / source[1] * target[1] / max(high, 1))),
    )
    scale = np.diag([float(source[0] * step[0]), float(source[1] * step[1]), 1.0])

    def warp(plane: NDArray[Any]) -> NDArray[Any]:
        return warped_plane(cell_mean(plane, step), into @ scale, (int(height), int(width)), mirrored=mirrored)

    return warp


def extent(quad: Quad) -> tuple[float, float]:
    """The longer of each pair of facing edges: (across, down) in pixels."""
    top_left, top_right, bottom_right, bottom_left = quad.corners
    across = max(np.linalg.norm(top_right - top_left), np.linalg.norm(bottom_right - bottom_left))
    down = max(np.linalg.norm(bottom_left - top_left), np.linalg.norm(bottom_right - top_right))
    return float(across), float(down)


def is_convex(quad: Quad) -> bool:
    """Whether the corners go round a real area, one way or the other."""
    edges = np.roll(quad.corners, -1, axis=0) - quad.corners
    after = np.roll(edges, -1, axis=0)
    turns = edges[:, 0] * after[:, 1] - edges[:, 1] * after[:, 0]
    return bool((turns > 1e-6).all() or (turns < -1e-6).all())


def quad_coverage(quad: Quad, domain: Box) -> Plane:
    """How much of each pixel lies inside a convex quad: exact for upright edges, a linear ramp for others.

    Args:
        quad: corners in pixels.
        domain: box of whole pixels to compute.

    Returns:
        (h, w) uint8.
    """
    height, width = int(domain.y1 - domain.y0), int(domain.x1 - domain.x0)
    lines = _inward_lines(quad, domain)
    down, across = -(-height // _TILE), -(-width // _TILE)
    x, y = np.meshgrid((np.arange(across) + 0.5) * _TILE, (np.arange(down) + 0.5) * _TILE)
    middle = np.stack([a * x + b * y + c for a, b, c in lines])
    reach = np.array([(abs(a) + abs(b)) * _TILE / 2 for a, b, _ in lines]).reshape(4, 1, 1)
    inside, outside = (middle - reach >= 1).all(axis=0), (middle + reach <= 0).any(axis=0)
    tiles = np.zeros((down, across, _TILE, _TILE), np.uint8)
    tiles[inside] = 255
    tiles[~(inside | outside)] = _tile_coverage(lines, *np.nonzero(~(inside | outside)))
    whole = tiles.transpose(0, 2, 1, 3).reshape(down * _TILE, across * _TILE)
    return np.ascontiguousarray(whole[:height, :width])


def _inward_lines(quad: Quad, domain: Box) -> list[tuple[float, float, float]]:
    """a, b, c of each edge: ``a x + b y + c`` is the distance inside it plus a half, x and y from the domain's corner."""
    corners = quad.corners - [domain.x0, domain.y0]
    edges = np.roll(corners, -1, axis=0) - corners
    turn = np.sign(edges[0, 0] * edges[1, 1] - edges[0, 1] * edges[1, 0])
    normals = turn * np.stack([-edges[:, 1], edges[:, 0]], axis=1) / np.hypot(*edges.T)[:, None]
    return [(float(n[0]), float(n[1]), float(0.5 - n @ corner)) for n, corner in zip(normals, corners, strict=True)]


def _tile_coverage(lines: list[tuple[float, float, float]], down: NDArray[np.intp], across: NDArray[np.intp]) -> Plane:
    """(N, tile, tile) coverage of the tiles in these rows and columns."""
    step = np.arange(_TILE) + 0.5
    x, y = across[:, None] * _TILE + step, down[:, None] * _TILE + step
    share = np.full((len(down), _TILE, _TILE), np.float32(255))
    for a, b, c in lines:
        along = (a * x).astype(np.float32)[:, None, :] + (b * y + c).astype(np.float32)[:, :, None]
        share *= np.clip(along, 0, 1, out=along)
    return np.rint(share).astype(np.uint8)
