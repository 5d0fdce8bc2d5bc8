"""A pinhole camera in a street: x along the wall, y up, z from the wall towards the camera; metres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Camera:
    """Where the camera stands and how it looks; it is level, so that upright things stay upright.

    Args:
        eye: position (x, y, z) in metres.
        yaw: turn to the right in radians, 0 looks straight at the wall.
        focal: focal length in pixels of the picture.
        center: where the optical axis meets the picture, (x, y) in pixels.
    """

    eye: tuple[float, float, float] = (-0.75, 1.45, 7.5)
    yaw: float = 0.2
    focal: float = 650.0
    center: tuple[float, float] = (320.0, 128.0)

    @property
    def axes(self) -> NDArray[np.float64]:
        """Rows are the camera's right, down and forward directions, (3, 3)."""
        c, s = np.cos(self.yaw), np.sin(self.yaw)
        return np.array([[c, 0, s], [0, -1, 0], [s, 0, -c]])

    def project(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Pixels (N, 2) of world points (N, 3)."""
        seen = (points - np.array(self.eye)) @ self.axes.T
        return seen[:, :2] / seen[:, 2:] * self.focal + np.array(self.center)

    def rays(self, x: Floats, y: Floats) -> Floats:
        """Unit directions (N, 3) through picture positions."""
        local = np.stack([(x - self.center[0]) / self.focal, (y - self.center[1]) / self.focal, np.ones_like(x)], -1)
        world = local @ self.axes
        return (world / np.linalg.norm(world, axis=-1, keepdims=True)).astype(np.float32)

    def plane(self, corner: tuple[float, float, float], right: tuple[float, ...], down: tuple[float, ...]):  # noqa: ANN201
        """Homography (3, 3) from metres on a plane (right, down from a corner) to picture pixels."""
        columns = np.stack([np.array(right), np.array(down), np.array(corner) - np.array(self.eye)], 1)
        lens = np.array([[self.focal, 0, self.center[0]], [0, self.focal, self.center[1]], [0, 0, 1]])
        return lens @ self.axes @ columns
