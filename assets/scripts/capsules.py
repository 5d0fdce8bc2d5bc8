"""Solid shapes made of tapered capsules: distance, ray tracing, normals and soft shadows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Indices = NDArray[np.intp]
MISS = np.float32(np.inf)


@dataclass(frozen=True)
class Capsules:
    """N tapered capsules; those of one group melt into each other.

    Args:
        start: (N, 3) one end of each axis in metres.
        end: (N, 3) other end.
        radius: (N, 2) radius at start and end in metres.
        group: (N,) number of the group, rising from 0.
        blend: how softly a group melts together, in metres.
    """

    start: Floats
    end: Floats
    radius: Floats
    group: Indices
    blend: float = 0.012

    def measured(self, points: Floats) -> tuple[Floats, Floats]:
        """Distance (P, N) of points (P, 3) to each capsule, and how far along its axis, 0..1."""
        axis = self.end - self.start
        length = (axis * axis).sum(1) + 1e-9
        along = points @ axis.T - (self.start * axis).sum(1)
        share = np.clip(along / length, 0, 1)
        square = (points * points).sum(1)[:, None] - 2 * points @ self.start.T + (self.start * self.start).sum(1)
        square += share * (share * length - 2 * along)
        radius = self.radius[:, 0] + share * (self.radius[:, 1] - self.radius[:, 0])
        return np.sqrt(np.maximum(square, 0)) - radius, share

    def distance(self, points: Floats) -> Floats:
        """Distance (P,) to the melted surface; in blocks that stay in the processor's cache."""
        members = (self.group[:, None] == np.arange(self.group.max() + 1)).astype(np.float32)
        out = np.empty(len(points), np.float32)
        for block in range(0, len(points), 1024):
            each, _ = self.measured(points[block : block + 1024])
            weight = np.exp(np.clip(each, -1, 1) * np.float32(-1 / self.blend))
            out[block : block + 1024] = -self.blend * np.log((weight @ members).max(1) + 1e-37)
        return out

    def normals(self, points: Floats) -> Floats:
        """Outward unit normals (P, 3) at surface points."""
        corners = np.array([[1, -1, -1], [-1, -1, 1], [-1, 1, -1], [1, 1, 1]], np.float32)
        slope = sum(corner * self.distance(points + 0.004 * corner)[:, None] for corner in corners)
        return slope / (np.linalg.norm(slope, axis=1, keepdims=True) + 1e-9)


def trace(solid: Capsules, eye: Floats, rays: Floats, *, near: float, far: float, steps: int = 36) -> Floats:
    """Distance (P,) along each ray to the surface, or ``MISS``.

    Args:
        solid: what to hit.
        eye: (3,) where all rays start.
        rays: (P, 3) unit directions.
        near: where to start looking, in metres.
        far: where to give up.
        steps: most steps per ray.
    """
    reach = np.full(len(rays), MISS)
    alive = np.arange(len(rays))
    depth = np.full(len(rays), near, np.float32)
    for _ in range(steps):
        gap = solid.distance(eye + depth[:, None] * rays[alive])
        hit = gap < 0.0015
        reach[alive[hit]] = depth[hit]
        keep = ~hit & (depth < far)
        alive, depth = alive[keep], depth[keep] + 0.92 * gap[keep]
        if not len(alive):
            break
    return reach


def shadow(
    solid: Capsules, points: Floats, light: Floats, *, softness: float, far: float = 2.4, steps: int = 28
) -> Floats:
    """Share of a broad light that reaches each point (P,), 0 dark to 1 lit.

    Args:
        solid: what stands in the way.
        points: (P, 3) places that may be in shadow.
        light: (3,) unit direction towards the light.
        softness: how broad the light is; 0.1 is a sun behind haze.
        far: how far an obstacle may be, in metres.
        steps: how many places are looked at on the way.
    """
    lit = np.ones(len(points), np.float32)
    for step in np.geomspace(0.03, far, steps).astype(np.float32):
        gap = solid.distance(points + step * light)
        lit = np.minimum(lit, 0.5 + 0.5 * gap / (softness * (step + 0.12)))
    lit = np.clip(lit, 0, 1)
    return lit * lit * (3 - 2 * lit)


def openness(solid: Capsules, points: Floats, *, reach: float) -> Floats:
    """Share of the sky that points on the ground see (P,): darkens where something stands close."""
    return np.clip(0.35 + 0.65 * solid.distance(points) / reach, 0.35, 1)
