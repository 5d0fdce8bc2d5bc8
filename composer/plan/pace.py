"""How a clip's own time runs while it is shown, whatever its speed does: no error adds up from frame to frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np

from composer.fields import Animated, Ease
from composer.fields.easing import CURVES
from composer.values import FrameRate


@dataclass(frozen=True)
class Stretch:
    """A part of a clip in which speed goes from one value to another.

    Args:
        begin: seconds shown, at which it begins.
        end: seconds shown, at which it ends; None for never, at one speed.
        first: speed at its begin.
        last: speed at its end.
        ease: how speed goes from one to the other.
        passed: seconds of the clip that have passed before.
    """

    begin: Fraction
    end: Fraction | None
    first: Fraction
    last: Fraction
    ease: Ease
    passed: Fraction

    def passed_at(self, seconds: Fraction) -> Fraction:
        """Seconds of the clip that have passed at a moment of this stretch: the integral of its speed."""
        if self.end is None:
            return self.passed + self.first * (seconds - self.begin)
        length = self.end - self.begin
        share = (seconds - self.begin) / length
        return self.passed + length * (self.first * share + (self.last - self.first) * _integral(self.ease, share))


def _in_out(share: Fraction) -> Fraction:
    if share <= Fraction(1, 2):
        return Fraction(2, 3) * share**3
    return share - Fraction(1, 2) + Fraction(2, 3) * (1 - share) ** 3


# From 0 to a share of the easing curves of ``fields.easing``, where the integral is a short polynomial.
_EXACT: dict[Ease, Callable[[Fraction], Fraction]] = {
    "linear": lambda share: share**2 / 2,
    "hold": lambda _: Fraction(0),
    "in": lambda share: share**3 / 3,
    "out": lambda share: share**2 - share**3 / 3,
    "in_out": _in_out,
}
# Between two of these every curve is smooth: halves of in_out, bounces of out_bounce.
_BENDS = (0.0, 1 / 2.75, 0.5, 2 / 2.75, 2.5 / 2.75, 1.0)
_FINEST = 10**9  # denominators: what is a half is one half again, so that a clip does not end a frame late


def _integral(ease: Ease, share: Fraction) -> Fraction:
    """Of an easing curve from 0 to a share: exact, or to 1e-9 where the curve is no short polynomial."""
    if exact := _EXACT.get(ease):
        return exact(share)
    curve, ends = CURVES[ease], [min(bend, float(share)) for bend in _BENDS]
    nodes, weights = np.polynomial.legendre.leggauss(16)
    total = 0.0
    for first, last in pairwise(ends):
        half = (last - first) / 2
        values = [curve(float(first + half * (1 + node))) for node in nodes] if half else [0.0] * len(nodes)
        total += half * float(weights @ values)
    return Fraction(total).limit_denominator(_FINEST)


@dataclass(frozen=True)
class Pace:
    """Where in a clip each moment of showing it lies.

    Args:
        start: seconds into the clip at which it begins.
        stretches: one after another; the last one has no end.
    """

    start: Fraction
    stretches: tuple[Stretch, ...]

    @property
    def speed(self) -> Fraction | None:
        """Its one speed, or None where it changes."""
        return self.stretches[0].first if len(self.stretches) == 1 else None

    def at(self, seconds: Fraction) -> Fraction:
        """Seconds into the clip that are shown at a moment.

        Args:
            seconds: since the clip began to be shown, >= 0.
        """
        stretch = next(each for each in reversed(self.stretches) if each.begin <= seconds)
        return self.start + stretch.passed_at(seconds)

    def frames_until(self, stop: Fraction, rate: FrameRate) -> int:
        """How many frames are shown before the clip's time reaches a moment; at least one.

        Args:
            stop: seconds into the clip.
            rate: of what is shown.
        """
        count = 1
        while self.at(count / rate.value) < stop:
            count *= 2
        low, high = count // 2, count
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.at(middle / rate.value) < stop else (low, middle)
        return high


def pace_of(start: Fraction, speed: Animated, rate: FrameRate) -> Pace:
    """The pace of a clip, its speeds integrated.

    Args:
        start: seconds into the clip.
        speed: seconds of it per second shown, > 0.
        rate: of what is shown; turns keyframes written in frames into seconds.

    Example:
        >>> ramp = Animated.parse({"0s": 1, "2s": 3})
        >>> pace_of(Fraction(0), ramp, FrameRate(Fraction(25))).at(Fraction(2))
        Fraction(4, 1)
    """
    times = [moment.seconds_at(rate) for moment in speed.moments]
    speeds = [Fraction(str(value)) for value in speed.values]
    stretches: list[Stretch] = []
    passed, zero = Fraction(0), Fraction(0)
    if times[0] > 0:
        stretches.append(Stretch(zero, times[0], speeds[0], speeds[0], "hold", passed))
        passed += speeds[0] * times[0]
    for (begin, end), (first, last) in zip(pairwise(times), pairwise(speeds), strict=True):
        if begin == end:
            continue  # a jump: of two keyframes at one moment the later one counts
        stretches.append(Stretch(begin, end, first, last, speed.ease, passed))
        passed = stretches[-1].passed_at(end)
    stretches.append(Stretch(times[-1], None, speeds[-1], speeds[-1], "hold", passed))
    return Pace(start, tuple(stretches))
