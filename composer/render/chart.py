"""Small drawings for a page: curves, bars and dots as SVG text, without any library or script."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape

#: Where the rules of a chart lie.
_GRID = (0.0, 0.25, 0.5, 0.75, 1.0)


def curve_chart(
    places: Sequence[int], series: Mapping[str, Sequence[float]], marks: Mapping[int, str], *, width: int = 460
) -> str:
    """Measures of a sequence frame by frame.

    Args:
        places: frame numbers, rising.
        series: 0..1 per frame, by the class of its line; NaN leaves a gap.
        marks: frame numbers to mark on the first series, and the class of the mark.
        width: in pixels of the page.
    """
    height, left, bottom = 150, 28, 20
    first, last = places[0], max(places[-1], places[0] + 1)

    def at(place: int, value: float) -> tuple[float, float]:
        across = left + (place - first) / (last - first) * (width - left - 8)
        return across, 8 + (1 - value) * (height - bottom - 8)

    parts = [_rules(left, width - 8, lambda value: at(first, value)[1])]
    for kind, values in series.items():
        lines = _unbroken([(at(place, value), value) for place, value in zip(places, values, strict=True)])
        parts += [f'<polyline class="line {kind}" points="{line}"/>' for line in lines]
    main = dict(zip(places, next(iter(series.values())), strict=True))
    for place, kind in marks.items():
        x, y = at(place, main[place])
        parts.append(f'<circle class="mark {kind}" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>')
    for place, anchor in ((first, "start"), (places[-1], "end")):
        parts.append(_text(at(place, 0)[0], height - 4, f"frame {place}", anchor=anchor))
    return _svg(width, height, parts, "measures frame by frame")


def reliability_chart(curve: Sequence[tuple[float, float, int]], *, side: int = 300) -> str:
    """Predicted against true share; a dot's area is how many predictions it stands for.

    Args:
        curve: (mean prediction, share that came true, count) per bin.
        side: in pixels of the page.
    """
    left, rim = 34, 12
    span = side - left - rim

    def at(predicted: float, true: float) -> tuple[float, float]:
        return left + predicted * span, rim + (1 - true) * span

    (x0, y0), (x1, y1) = at(0, 0), at(1, 1)
    parts = [
        _rules(left, left + span, lambda value: at(0, value)[1]),
        f'<line class="ideal" x1="{x0}" y1="{y0}" x2="{x1}" y2="{y1}"/>',
    ]
    points = [at(predicted, true) for predicted, true, _ in curve]
    if points:
        parts.append(f'<polyline class="line one" points="{_joined(points)}"/>')
    most = max((count for *_, count in curve), default=1)
    for (x, y), (predicted, true, count) in zip(points, curve, strict=True):
        radius = 3 + 9 * math.sqrt(count / most)
        words = f"predicted {predicted:.2f}, true {true:.2f}, {count:,} times"
        parts.append(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"><title>{words}</title></circle>')
    parts += [_text(at(value, 0)[0], y0 + 20, f"{value:g}", anchor="middle") for value in _GRID]
    parts.append(_text(left + span / 2, y0 + 36, "predicted", anchor="middle"))
    parts.append(_text(left + 8, rim + 12, "came true"))
    return _svg(side, side + 4, parts, "predicted against true share")


def bar_chart(rows: Sequence[tuple[str, float, float, bool]], *, width: int = 620) -> str:
    """Two measures of several methods, the first as bars, the second as ticks.

    Args:
        rows: (name, first, second, whether to stress it), best at the end.
        width: in pixels of the page.
    """
    left, right, step = 120, 96, 22
    span, parts = width - left - right, []
    for number, (name, first, second, is_ours) in enumerate(reversed(rows)):
        y, kind = number * step + 4, "ours" if is_ours else "peer"
        parts += [
            _text(left - 8, y + 12, name, anchor="end", kind=kind),
            f'<rect class="bar {kind}" x="{left}" y="{y}" width="{span * first:.1f}" height="15" rx="2"/>',
        ]
        if not math.isnan(second):
            parts.append(f'<rect class="tick" x="{left + span * second - 1:.1f}" y="{y - 1}" width="2.5" height="17"/>')
        said = "-" if math.isnan(second) else f"{second:.3f}"
        parts.append(_text(width - right + 8, y + 12, f"{first:.3f}  {said}", kind=kind))
    return _svg(width, len(rows) * step + 4, parts, "methods by overlap")


def _rules(left: float, right: float, height_of: Callable[[float], float]) -> str:
    parts = []
    for value in _GRID:
        y = height_of(value)
        parts.append(f'<line class="grid" x1="{left}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}"/>')
        parts.append(_text(left - 5, y + 3.5, f"{value:g}", anchor="end"))
    return "".join(parts)


def _unbroken(points: Sequence[tuple[tuple[float, float], float]]) -> list[str]:
    """The stretches without NaN, as point lists."""
    stretches: list[list[tuple[float, float]]] = [[]]
    for point, value in points:
        if math.isnan(value):
            stretches.append([])
        else:
            stretches[-1].append(point)
    return [_joined(stretch) for stretch in stretches if stretch]


def _joined(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _text(x: float, y: float, words: str, *, anchor: str = "start", kind: str = "") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _svg(width: float, height: float, parts: Sequence[str], label: str) -> str:
    box = f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}"'
    return f'<svg {box} role="img" aria-label="{label}">{"".join(parts)}</svg>'
