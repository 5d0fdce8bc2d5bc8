"""What the camera did between two pictures, read from the flow.

The answer is a homography in pixel-centre coordinates of the flow field (x right, y down, the
centre of the first pixel at 0, 0) that leads from the first picture to the second. It is exact for
a turning camera and for a flat world, and the best single guess otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.motion.border import explained, is_camera, may_be_subject, sides_of
from composer.motion.flow import FlowField, Grey, pixel_grid

Matrix = NDArray[np.float64]
Points = NDArray[np.float32]

#: About this many flow vectors are fitted; more gains nothing (measured 2026-11-22).
GRID_POINTS = 576
#: A vector agrees with a model when it ends within this many pixels at a width of 256.
TOLERANCE = 0.7
#: Simpler models win when they explain at least this share of what the fuller one explains.
SIMPLER_WINS = 0.97
#: A homography fitted to fewer vectors than this is a guess.
FEWEST_POINTS = 12


@dataclass(frozen=True, eq=False)
class CameraMotion:
    """The motion of the camera between two pictures.

    Attributes:
        matrix: (3, 3) float64, pixel centres of the first picture to those of the second.
        agreement: share of flow vectors it explains to a third of the tolerance, 0..1.
        still: whether "the camera did not move" explains the flow as well as anything else.
    """

    matrix: Matrix
    agreement: float
    still: bool


def estimate_camera(flow: FlowField, *, tolerance: float | None = None) -> CameraMotion:
    """Estimate the camera's motion from a flow field, robustly and deterministically.

    Models are tried from simple to rich (still, shift, affine, homography), and the simplest one
    that explains nearly as much as the best is taken: a camera on a tripod gives the identity
    exactly. Where two motions explain the picture and the smaller one runs along its border, that
    one is the camera's: the larger is a subject that fills the frame.

    Args:
        flow: (H, W, 2) float32, pixels.
        tolerance: pixels a vector may be off; by default 0.7 per 256 pixels of width.

    Returns:
        The camera's motion; the identity when nothing can be said.
    """
    height, width = flow.shape[:2]
    if tolerance is None:
        tolerance = TOLERANCE * max(1.0, (width * height / (256 * 144)) ** 0.5)
    start, vectors = _sample(flow)
    first = _fitted(start, vectors, tolerance, (height, width))
    return _behind_subject(first, start, vectors, tolerance, (height, width))


def _fitted(start: Points, vectors: Points, tolerance: float, shape: tuple[int, int]) -> CameraMotion:
    end = start + vectors
    models: list[Matrix] = []
    shares: list[float] = []
    for model in _models(start, end, tolerance):
        models.append(model)
        # Fitted loosely but judged tightly: half a pixel of drift a frame is a moving camera.
        shares.append(_agreement(model, start, end, tolerance / 3))
        if shares[-1] >= SIMPLER_WINS:
            break  # no richer model can explain so much more
    chosen = next(i for i, share in enumerate(shares) if share >= SIMPLER_WINS * max(shares))
    matrix = models[chosen] if chosen < 2 or _plausible(models[chosen], *shape) else models[1]
    return CameraMotion(matrix=matrix, agreement=shares[chosen], still=chosen == 0)


def _behind_subject(
    first: CameraMotion, start: Points, vectors: Points, tolerance: float, shape: tuple[int, int]
) -> CameraMotion:
    """The camera's motion as the border shows it, where the first guess is that of a subject that fills the picture."""
    end, sides = start + vectors, sides_of(start, *shape)
    inside = explained(first.matrix, start, end, tolerance)
    around = sides.any(axis=0) & ~inside
    if not may_be_subject(inside, sides) or np.count_nonzero(around) < FEWEST_POINTS:
        return first
    second = _fitted(start[around], vectors[around], tolerance, shape)
    if not is_camera(explained(second.matrix, start, end, tolerance), inside, sides):
        return first
    return replace(second, agreement=_agreement(second.matrix, start, end, tolerance / 3))


def resized_camera(matrix: Matrix, before: tuple[int, int], after: tuple[int, int]) -> Matrix:
    """A camera motion in pixel centres of a picture of another size.

    Args:
        matrix: (3, 3) float64 in pixel centres of a picture ``before`` (height, width) large.
        before: (height, width).
        after: (height, width).
    """
    across, down = after[1] / before[1], after[0] / before[0]
    into = np.array([[across, 0, (across - 1) / 2], [0, down, (down - 1) / 2], [0, 0, 1]], np.float64)
    return into @ matrix @ np.linalg.inv(into)


def warp_by_camera(picture: Grey, matrix: Matrix) -> Grey:
    """Fetch ``picture`` along a camera motion: the second picture as seen from the first.

    Args:
        picture: (H, W) uint8, the picture the motion leads to.
        matrix: (3, 3) float64 in its pixel centres.

    Returns:
        (H, W) uint8; beyond the border the nearest pixel repeats.
    """
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    fetched = cv2.warpPerspective(picture, matrix, picture.shape[::-1], flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return cast("Grey", fetched)


def camera_flow(matrix: Matrix, *, height: int, width: int) -> FlowField:
    """The flow a camera motion alone would cause.

    Args:
        matrix: (3, 3) float64 in pixel centres.
        height: rows.
        width: columns.

    Returns:
        (height, width, 2) float32, pixels.
    """
    columns, rows = pixel_grid(height, width)
    m = matrix.astype(np.float32)
    depth = m[2, 0] * columns + m[2, 1] * rows + m[2, 2]
    depth = np.where(np.abs(depth) < 1e-6, np.float32(1e-6), depth)
    x = (m[0, 0] * columns + m[0, 1] * rows + m[0, 2]) / depth - columns
    y = (m[1, 0] * columns + m[1, 1] * rows + m[1, 2]) / depth - rows
    return np.stack([x, y], axis=-1).astype(np.float32)


def residual_flow(flow: FlowField, matrix: Matrix) -> FlowField:
    """What is left of a flow once the camera's own motion is taken out: (H, W, 2) float32."""
    height, width = flow.shape[:2]
    return flow - camera_flow(matrix, height=height, width=width)


def epipolar_distance(flow: FlowField, *, tolerance: float = 0.5) -> NDArray[np.float32]:
    """How badly each vector fits one rigid world seen by a moving camera.

    A static thing at any depth moves along its epipolar line, so parallax scores low here while
    it scores high against a homography. Undefined for a camera that does not move; then the
    fundamental matrix fits anything and the distance is small everywhere.

    Args:
        flow: (H, W, 2) float32, pixels.
        tolerance: pixels a vector of the rigid world may be off its line.

    Returns:
        (H, W) float32, Sampson distance in pixels, at most 60.
    """
    height, width = flow.shape[:2]
    start, vectors = _sample(flow)
    matrix = _fundamental(start, start + vectors, tolerance)
    if matrix is None:
        return np.zeros((height, width), np.float32)
    return _sampson(flow, matrix.astype(np.float32))


def _sampson(flow: FlowField, m: NDArray[np.float32]) -> NDArray[np.float32]:
    """Distance of every vector's two ends from the lines that the fundamental matrix ``m`` gives them."""
    x, y = pixel_grid(*flow.shape[:2])
    u, v = x + flow[..., 0], y + flow[..., 1]
    line = [m[i, 0] * x + m[i, 1] * y + m[i, 2] for i in range(3)]
    back = [m[0, i] * u + m[1, i] * v + m[2, i] for i in range(2)]
    off = np.abs(u * line[0] + v * line[1] + line[2])
    slope = line[0] ** 2 + line[1] ** 2 + back[0] ** 2 + back[1] ** 2
    return np.minimum(off / np.sqrt(slope + np.float32(1e-12)), np.float32(60))


def _sample(flow: FlowField) -> tuple[Points, Points]:
    height, width = flow.shape[:2]
    step = max(1, round((width * height / GRID_POINTS) ** 0.5))
    columns, rows = pixel_grid(height, width)
    grid = (slice(step // 2, None, step), slice(step // 2, None, step))
    start = np.stack([columns[grid].ravel(), rows[grid].ravel()], axis=1)
    return start, flow[grid].reshape(-1, 2)


def _models(start: Points, end: Points, tolerance: float) -> Iterator[Matrix]:
    """From simple to rich, each fitted when it is asked for."""
    yield np.eye(3)
    yield _shift(end - start)
    if len(start) >= FEWEST_POINTS:
        yield _affine(start, end, tolerance)
        yield _homography(start, end, tolerance)


def _shift(vectors: Points) -> Matrix:
    matrix = np.eye(3)
    matrix[:2, 2] = np.median(vectors, axis=0)
    return matrix


def _affine(start: Points, end: Points, tolerance: float) -> Matrix:
    found, _ = cv2.estimateAffine2D(start, end, method=cv2.USAC_MAGSAC, ransacReprojThreshold=tolerance, maxIters=300)
    return np.eye(3) if found is None else np.vstack([found, [0.0, 0.0, 1.0]])


def _homography(start: Points, end: Points, tolerance: float) -> Matrix:
    # USAC seeds its own generator with a constant, so equal flow gives an equal matrix.
    found, _ = cv2.findHomography(start, end, cv2.USAC_MAGSAC, tolerance, maxIters=600, confidence=0.999)
    return np.eye(3) if found is None else found


def _fundamental(start: Points, end: Points, tolerance: float) -> Matrix | None:
    if len(start) < FEWEST_POINTS:
        return None
    try:
        found, _ = cv2.findFundamentalMat(start, end, cv2.USAC_MAGSAC, tolerance, 0.99, 300)
    except cv2.error:  # raised for degenerate point sets
        return None
    return None if found is None or found.shape != (3, 3) else found


def _agreement(matrix: Matrix, start: Points, end: Points, tolerance: float) -> float:
    if len(start) == 0:
        return 0.0
    x, y, depth = matrix[:, :2] @ start.T + matrix[:, 2:]
    depth[np.abs(depth) < 1e-9] = 1e-9
    off = (x / depth - end[:, 0]) ** 2 + (y / depth - end[:, 1]) ** 2
    return float(np.count_nonzero(off < tolerance**2) / len(start))


def _plausible(matrix: Matrix, height: int, width: int) -> bool:
    """Whether the picture stays a picture: finite, not mirrored, not shrunk to a tenth."""
    corners = np.array([[0, 0, 1], [width, 0, 1], [width, height, 1], [0, height, 1]], np.float64)
    there = corners @ matrix.T
    if not np.isfinite(there).all() or (there[:, 2] < 0.2).any():
        return False
    quad = there[:, :2] / there[:, 2:]
    edges = np.roll(quad, -1, axis=0) - quad
    turned = np.roll(edges, -1, axis=0)
    turns = edges[:, 0] * turned[:, 1] - edges[:, 1] * turned[:, 0]
    area = cv2.contourArea(quad.astype(np.float32))
    return bool((turns > 0).all() and 0.1 < area / (width * height) < 10.0)
