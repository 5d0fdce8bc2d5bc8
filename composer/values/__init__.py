"""What every room speaks: frozen values, numpy at most."""

from composer.values.frame import (
    Candidate,
    ColorTags,
    EdgeColors,
    Flow,
    Frame,
    Layer,
    Matte,
    PixelFormat,
    Plane,
    Prompt,
)
from composer.values.geometry import Box, Homography, Placement, Quad, Size
from composer.values.progress import Progress
from composer.values.timing import ROUNDED, FrameRate, Moment, Span, Timestamp

__all__ = [
    "ROUNDED",
    "Box",
    "Candidate",
    "ColorTags",
    "EdgeColors",
    "Flow",
    "Frame",
    "FrameRate",
    "Homography",
    "Layer",
    "Matte",
    "Moment",
    "PixelFormat",
    "Placement",
    "Plane",
    "Progress",
    "Prompt",
    "Quad",
    "Size",
    "Span",
    "Timestamp",
]
