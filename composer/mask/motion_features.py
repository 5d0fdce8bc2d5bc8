"""What the motion network sees: measured once per frame, the same way in training and in use.

Two steps. `measure` turns a window of five grey frames and the flows between them into twenty
physical planes (pixels per frame, grey levels) on a grid of half the working size; generated
training scenes are stored in this form. `normalise` turns those planes into the network's input,
made independent of how fast the scene moves and how noisy it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.motion.camera import (
    CameraMotion,
    camera_flow,
    epipolar_distance,
    estimate_camera,
    resized_camera,
    warp_by_camera,
)
from composer.motion.flow import FlowField, Grey, resize_flow, round_trip_error, warp_by_flow

Planes = NDArray[np.float32]

#: Frames looked at, relative to the frame asked about.
GAPS = (-2, -1, 1, 2)
#: Working pictures have about this many pixels (256x144) and sides in multiples of 16.
WORKING_AREA = 256 * 144
SIDE_STEP = 16

RESIDUAL = slice(0, 8)  # velocity beside the camera's, xy for each of GAPS
CAMERA = slice(8, 10)  # the camera's own velocity at gap +1
PHOTOMETRIC = slice(10, 14)  # |frame - frame at gap moved by the camera|, each of GAPS
UNEXPLAINED = slice(14, 16)  # |frame - frame at gap moved by the flow|, gaps -1 and +1
ROUND_TRIP = slice(16, 18)  # forward-backward error, gaps -1 and +1
EPIPOLAR = slice(18, 20)  # distance to one rigid world, gaps +1 and +2
PLANE_COUNT = 20
INPUT_COUNT = 35
#: Inputs that change their sign in a mirror: x of the residuals, of the camera's velocity and of the whole one, and how
#: far the residual lies across the camera's motion.
MIRRORED = [0, 2, 4, 6, 18, 20, 23]


@dataclass(frozen=True, eq=False)
class Measurement:
    """The planes of one frame, and the camera motions found on the way.

    Attributes:
        planes: (20, h/2, w/2) float32, see the slices above; lengths in working pixels.
        cameras: gap to camera motion in flow-size pixel centres, for the gaps that exist.
    """

    planes: Planes
    cameras: Mapping[int, CameraMotion]


def working_size(height: int, width: int) -> tuple[int, int]:
    """The (height, width) at which motion is judged: equal area, the picture's own aspect."""
    aspect = width / height
    tall = (WORKING_AREA / aspect) ** 0.5
    step = SIDE_STEP
    return (
        max(2, round(tall / step)) * step,
        max(2, round(tall * aspect / step)) * step,
    )


def measure(
    frames: Mapping[int, Grey],
    flows: Mapping[tuple[int, int], FlowField],
    *,
    height: int,
    width: int,
) -> Measurement:
    """Measure one frame against its neighbours.

    Args:
        frames: gap to grey picture (H, W) uint8; gap 0 and any of -2, -1, 1, 2 that exist.
        flows: (from gap, to gap) to flow (H, W, 2) float32: (0, g) for every gap given and
            (g, 0) for the gaps -1 and 1.
        height: rows of the working picture the planes belong to.
        width: columns of it.

    Returns:
        The planes at half the working size. A gap that does not exist is replaced by its
        opposite, a lone frame measures zero everywhere.
    """
    present = [gap for gap in GAPS if gap in frames]
    grid = (height // 2, width // 2)
    if not present:
        return Measurement(np.zeros((PLANE_COUNT, *grid), np.float32), {})
    cameras = {gap: estimate_camera(flows[0, gap]) for gap in present}
    by_gap = {gap: _gap_planes(frames, flows, gap, cameras[gap], grid) for gap in present}
    chosen = [by_gap[_stand_in(gap, present)] for gap in GAPS]
    ahead, beyond = chosen[2], chosen[3]
    planes = np.concatenate(
        [
            *(one.residual for one in chosen),
            ahead.camera,
            np.stack([one.photometric for one in chosen]),
            np.stack([chosen[1].unexplained, chosen[2].unexplained]),
            np.stack([chosen[1].round_trip, chosen[2].round_trip]),
            np.stack([epipolar_distance(one.flow, tolerance=0.5) for one in (ahead, beyond)]) * 2,
        ]
    )
    return Measurement(planes.astype(np.float32), cameras)


@dataclass(frozen=True, eq=False)
class _GapPlanes:
    residual: Planes  # (2, h, w) working pixels per frame
    camera: Planes  # (2, h, w) working pixels per frame
    flow: FlowField  # (h, w, 2) grid pixels
    photometric: Planes  # (h, w) grey levels
    unexplained: Planes  # (h, w) grey levels
    round_trip: Planes  # (h, w) working pixels


def _gap_planes(
    frames: Mapping[int, Grey],
    flows: Mapping[tuple[int, int], FlowField],
    gap: int,
    camera: CameraMotion,
    grid: tuple[int, int],
) -> _GapPlanes:
    here, there, flow = frames[0], frames[gap], flows[0, gap]
    size = (here.shape[0], here.shape[1])
    # Grid pixels are two working pixels wide, so 2 / gap makes working pixels per frame.
    small = resize_flow(flow, height=grid[0], width=grid[1])
    small_camera = camera_flow(resized_camera(camera.matrix, size, grid), height=grid[0], width=grid[1])
    unexplained = round_trip = np.zeros(grid, np.float32)
    if abs(gap) == 1:
        unexplained = _difference(here, warp_by_flow(there, flow), grid)
        error = round_trip_error(flow, flows[gap, 0]) * (2 * grid[1] / size[1])
        round_trip = _shrink(error, grid)
    return _GapPlanes(
        residual=np.moveaxis((small - small_camera) * (2.0 / gap), 2, 0),
        camera=np.moveaxis(small_camera * (2.0 / gap), 2, 0),
        flow=small,
        photometric=_difference(here, warp_by_camera(there, camera.matrix), grid),
        unexplained=unexplained,
        round_trip=round_trip,
    )


def _stand_in(gap: int, present: list[int]) -> int:
    """The gap whose measurement is used for ``gap``: itself, the opposite, or a shorter one."""
    step = gap // abs(gap)
    return next(g for g in (gap, -gap, step, -step) if g in present)


def _shrink(plane: NDArray[np.generic], grid: tuple[int, int]) -> Planes:
    small = cv2.resize(plane, (grid[1], grid[0]), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32)


def _difference(here: Grey, moved: NDArray[np.generic], grid: tuple[int, int]) -> Planes:
    sigma = here.shape[1] / (2 * grid[1])  # one working pixel
    return _shrink(cv2.GaussianBlur(cv2.absdiff(moved, here), (0, 0), sigma), grid)


def normalise(planes: Planes) -> Planes:
    """Turn measured planes into network input, independent of speed and noise.

    Args:
        planes: (20, h, w) float32 as `measure` returns them.

    Returns:
        (35, h, w) float32, roughly within -3..4.
    """
    residual = planes[RESIDUAL].reshape(4, 2, *planes.shape[1:])
    length = np.sqrt((residual**2).sum(1))
    sparse = length[:, ::4, ::4]
    fast = float(np.quantile(sparse, 0.95)) + 0.15
    usual = float(np.median(sparse)) + 0.05
    grey = planes[PHOTOMETRIC.start : UNEXPLAINED.stop]
    noise = float(grey[:, ::3, ::3].mean()) + 2.0
    parts = [
        np.clip(planes[RESIDUAL] / fast, -3, 3),
        np.log1p(length / usual) * 0.4,
        np.clip(grey / noise * 0.5, 0, 4),
        _camera_inputs(planes, residual),
        _rigidity_inputs(planes),
        np.log1p(planes[ROUND_TRIP]) * 0.5,
        _constants(planes, (np.log(fast), np.log(usual), np.log(noise) - 1.5)),
    ]
    return np.concatenate(parts).astype(np.float32)


def mirror_inputs(inputs: Planes) -> Planes:
    """The network's input for the same scene seen in a mirror.

    Args:
        inputs: (35, h, w) float32 as `normalise` returns them.

    Returns:
        (35, h, w) float32: flipped, what points along or turns with the rows negated.
    """
    flipped = np.ascontiguousarray(inputs[:, :, ::-1])
    flipped[MIRRORED] *= -1
    return flipped


def _camera_inputs(planes: Planes, residual: Planes) -> Planes:
    """How the residual lies to the camera's motion: near static things lead or lag along it."""
    camera = planes[CAMERA]
    whole = camera + residual[2]
    speed = np.sqrt((whole**2).sum(0))
    scale = float(np.quantile(speed[::4, ::4], 0.9)) + 0.3
    mean = (residual[1] + residual[2]) * 0.5
    square = (camera**2).sum(0) + 0.1
    along = (mean * camera).sum(0) / square
    across = (mean[0] * camera[1] - mean[1] * camera[0]) / square
    pace = float(np.sqrt((camera**2).sum(0)).mean())
    return np.concatenate(
        [
            np.clip(camera / scale, -3, 3),
            np.clip(whole / scale, -3, 3),
            np.clip(np.stack([along, across]), -2, 2),
            _constants(planes, (np.log(scale), np.log(pace + 0.05) * 0.5)),
        ]
    )


def _rigidity_inputs(planes: Planes) -> Planes:
    distance = planes[EPIPOLAR]
    usual = np.median(distance[:, ::3, ::3], axis=(1, 2)) + 0.05
    return np.concatenate(
        [
            np.log1p(distance / usual[:, None, None]) * 0.4,
            _constants(planes, tuple(np.log(usual) * 0.5)),
        ]
    )


def _constants(planes: Planes, values: tuple[float, ...]) -> Planes:
    height, width = planes.shape[1:]
    column = np.asarray(values, np.float32)[:, None, None]
    return np.broadcast_to(column, (len(values), height, width))
