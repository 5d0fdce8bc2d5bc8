"""Where a view has to be so that it keeps a subject in the picture and hardly seems to move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from composer.motion.steady import filled, limited, smoothed, taut

Values = NDArray[np.float64]
_DEAD = 0.08  # of the view's width on either side of the subject's middle within which the view rests
_FASTEST = 1.0  # widths of the view a second
_MARGIN = 0.02  # of the view's width kept free beside a subject that fits


@dataclass(frozen=True, eq=False)
class Subject:
    """One axis of a subject through a scene.

    Args:
        middle: (N,) its centre of mass, pixels; NaN where it is not seen.
        low: (N,) its nearer edge; NaN likewise.
        high: (N,) its farther edge; NaN likewise.
    """

    middle: Values
    low: Values
    high: Values


def following(subject: Subject, view: Values, whole: float, *, sigma: float, rate: float) -> Values:
    """The middle of the view on every frame, along one axis.

    The subject's middle, with a dead zone around it in which the view rests, is smoothed without lag. Where the subject
    would be cut off although it fits, the view comes nearer. It never moves faster than its own width a second, and
    never leaves the picture.

    Args:
        subject: along this axis.
        view: (N,) width of the view, pixels.
        whole: width of the picture, pixels.
        sigma: frames; standard deviation of the smoothing.
        rate: frames a second.
    """
    middle = filled(subject.middle, whole / 2)
    low, high = filled(subject.low, whole / 2), filled(subject.high, whole / 2)
    inside = (np.minimum(view / 2, whole - view / 2), np.maximum(view / 2, whole - view / 2))
    wanted = middle.clip(*inside)
    path = smoothed(taut(wanted - _DEAD * view, wanted + _DEAD * view), sigma)
    reach = view / 2 - _MARGIN * view
    fits = high - low <= 2 * reach
    least, most = np.where(fits, high - reach, -np.inf), np.where(fits, low + reach, np.inf)
    for part in (3, 9):
        path = smoothed(path.clip(least, most).clip(*inside), sigma / part)
    # To a thousandth of a pixel: a view that rests has to rest exactly, or it is resampled for nothing.
    return limited(path, _FASTEST * float(view.min()) / rate).clip(*inside).round(3)
