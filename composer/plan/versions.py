"""Versions of everything that decides pixels."""

from __future__ import annotations

from importlib import metadata

import av
import cv2
import numpy as np

from composer.version import VERSION


def versions(*extras: str) -> tuple[tuple[str, str], ...]:
    """(name, version) of Composer and of the libraries that decode, compute and encode.

    Args:
        extras: optional libraries that this render uses.

    Example:
        >>> versions()[0][0]
        'composer'
    """
    return (
        ("composer", VERSION),
        ("av", metadata.version("av")),
        ("ffmpeg", str(av.ffmpeg_version_info)),
        ("opencv", cv2.__version__),
        ("numpy", np.__version__),
        *((name, metadata.version(name)) for name in extras),
    )
