"""Optical flow and camera motion: what moved between two pictures, and what the camera did."""

from __future__ import annotations

from composer.motion.camera import (
    CameraMotion,
    camera_flow,
    epipolar_distance,
    estimate_camera,
    residual_flow,
    resized_camera,
    warp_by_camera,
)
from composer.motion.flow import (
    DisFlow,
    FlowEstimator,
    consistent,
    resize_flow,
    round_trip_error,
    warp_by_flow,
)

__all__ = [
    "CameraMotion",
    "DisFlow",
    "FlowEstimator",
    "camera_flow",
    "consistent",
    "epipolar_distance",
    "estimate_camera",
    "residual_flow",
    "resize_flow",
    "resized_camera",
    "round_trip_error",
    "warp_by_camera",
    "warp_by_flow",
]
