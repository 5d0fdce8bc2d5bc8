"""How a value goes from one keyframe to the next.

Source: Penner, "Robert Penner's Programming Macromedia Flash MX", 2002, chapter 7, whose names are the usual ones: in
starts slowly, out ends slowly, in_out does both, and without a curve's name it is the quadratic one. ``ease`` is CSS's
default, cubic-bezier(0.25, 0.1, 0.25, 1) (W3C, CSS Easing Functions Level 1).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal

Ease = Literal[
    "linear",
    "hold",
    "ease",
    "in",
    "out",
    "in_out",
    "in_cubic",
    "out_cubic",
    "in_out_cubic",
    "in_sine",
    "out_sine",
    "in_out_sine",
    "in_expo",
    "out_expo",
    "in_out_expo",
    "in_back",
    "out_back",
    "in_out_back",
    "out_elastic",
    "out_bounce",
]
Curve = Callable[[float], float]
_OVERSHOOT = 1.70158  # Penner's: a tenth beyond the end


def _back(x: float) -> float:
    return x * x * ((_OVERSHOOT + 1) * x - _OVERSHOOT)


def _expo(x: float) -> float:
    return 0.0 if x <= 0 else float(2 ** (10 * (x - 1)))


def _elastic(x: float) -> float:
    return x if x in (0, 1) else float(2 ** (-10 * x) * math.sin((x - 0.075) * 2 * math.pi / 0.3) + 1)


def _bounce(x: float) -> float:
    """Four parabolas of a ball that falls and jumps up three times."""
    for end, middle, height in ((1, 0, 0), (2, 1.5, 0.75), (2.5, 2.25, 0.9375), (2.75, 2.625, 0.984375)):
        if x < end / 2.75:
            return 7.5625 * (x - middle / 2.75) ** 2 + height
    return 1.0


def _css(x: float) -> float:
    """The y of CSS's default curve where its x is asked, found by halving: its x rises all the way."""
    low, high = 0.0, 1.0
    for _ in range(40):
        at = (low + high) / 2
        low, high = (at, high) if _bezier(at, 0.25, 0.25) < x else (low, at)
    return x if x in (0, 1) else _bezier((low + high) / 2, 0.1, 1.0)


def _bezier(at: float, first: float, second: float) -> float:
    return 3 * (1 - at) ** 2 * at * first + 3 * (1 - at) * at**2 * second + at**3


def _out(curve: Curve) -> Curve:
    return lambda x: 1 - curve(1 - x)


def _in_out(curve: Curve) -> Curve:
    return lambda x: curve(2 * x) / 2 if x < 0.5 else 1 - curve(2 - 2 * x) / 2


def _curves() -> dict[str, Curve]:
    starts: dict[str, Curve] = {
        "": lambda x: x * x,
        "_cubic": lambda x: x**3,
        "_sine": lambda x: 1 - math.cos(x * math.pi / 2),
        "_expo": _expo,
        "_back": _back,
    }
    curves: dict[str, Curve] = {"linear": lambda x: x, "hold": lambda x: float(x >= 1), "ease": _css}
    for name, curve in starts.items():
        curves |= {f"in{name}": curve, f"out{name}": _out(curve), f"in_out{name}": _in_out(curve)}
    return curves | {"out_elastic": _elastic, "out_bounce": _bounce}


#: By name, from 0..1 to a share that is 0 at 0 and 1 at 1.
CURVES: Mapping[str, Curve] = MappingProxyType(_curves())
