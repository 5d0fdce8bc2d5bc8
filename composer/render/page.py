"""An evaluation as one page for people who would rather look: tables, curves and pictures in a single HTML file."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from composer.errors import OutputError
from composer.mask.calibration import Reliability
from composer.mask.measure import Scores
from composer.media.landing import Landing
from composer.render.chart import bar_chart, curve_chart, reliability_chart
from composer.render.evaluate import Result, Shown, Summary
from composer.render.steps import STEPS, Fit
from composer.version import VERSION

_STYLE = """
:root { color-scheme: light dark; --ink: #1c1c22; --soft: #6c6c78; --rule: #e4e4ea; --paper: #fff; --card: #f7f7fa;
  --one: #d6246e; --two: #2f6fde; --good: #1a9e5c; --bad: #d64027; }
@media (prefers-color-scheme: dark) { :root { --ink: #ececf2; --soft: #9a9aa8; --rule: #33333d; --paper: #16161b;
  --card: #1f1f26; --one: #ff5a9e; --two: #6fa2ff; --good: #45c98a; --bad: #ff7a62; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 0 auto; max-width:
  1080px; padding: 28px 24px 80px; }
h1 { font-size: 26px; margin: 0; } h2 { font-size: 19px; margin: 44px 0 4px; } h3 { font-size: 16px; margin: 0; }
p { color: var(--soft); margin: 2px 0 14px; max-width: 76ch; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
th { font-weight: 600; text-align: right; color: var(--soft); font-size: 13px; padding: 4px 9px; }
td { text-align: right; padding: 5px 9px; border-top: 1px solid var(--rule); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
tr.mean td { font-weight: 650; border-top: 2px solid var(--ink); } tr.apart td { color: var(--soft); }
td.bar { background-repeat: no-repeat; background-position: 0 100%; background-size: var(--w) 4px;
  background-image: linear-gradient(var(--c), var(--c)); }
td.heat { background: color-mix(in srgb, var(--good) var(--w), var(--paper)); }
.cards { display: flex; flex-wrap: wrap; gap: 12px; margin: 20px 0 0; }
.cards div { background: var(--card); border-radius: 10px; padding: 12px 18px; min-width: 104px; }
.cards b { display: block; font-size: 27px; font-variant-numeric: tabular-nums; line-height: 1.2; }
.cards span { color: var(--soft); font-size: 13px; }
.pair { display: flex; flex-wrap: wrap; gap: 36px; } figure { margin: 0; } figcaption { color: var(--soft);
  font-size: 13px; }
.shot { border-top: 1px solid var(--rule); padding: 18px 0; display: grid; gap: 14px; grid-template-columns: 1fr 1fr; }
.shot header { grid-column: 1 / -1; display: flex; gap: 20px; align-items: baseline; flex-wrap: wrap; }
.shot header span { color: var(--soft); } .shot img { width: 100%; border-radius: 6px; display: block; }
.shot .wide { grid-column: 1 / -1; } svg { max-width: 100%; height: auto; overflow: visible; }
svg text { font: 12px system-ui, sans-serif; fill: var(--soft); white-space: pre; } svg text.ours { fill: var(--one);
  font-weight: 700; }
.grid { stroke: var(--rule); } .ideal { stroke: var(--soft); stroke-dasharray: 4 4; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; } .line.one { stroke: var(--one); }
.line.two { stroke: var(--two); stroke-width: 1.2; } .dot { fill: var(--one); fill-opacity: .55; }
.mark { stroke: var(--paper); stroke-width: 1.5; } .mark.best { fill: var(--good); } .mark.worst { fill: var(--bad); }
.bar.peer { fill: var(--rule); } .bar.ours { fill: var(--one); } .tick { fill: var(--two); }
.key { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin: 0 5px 0 12px; }
"""


def check_page(path: Path) -> None:
    """Refuse, before anything is computed, a place that no page can be written to.

    Args:
        path: of the page.

    Raises:
        OutputError: naming what is wrong.
    """
    if path.suffix.lower() not in (".html", ".htm"):
        raise OutputError(f"{path.name}: the report is a page", hint="end its name in .html")
    if path.is_dir():
        raise OutputError(f"{path} is a folder", hint="choose another name")
    if not path.absolute().parent.is_dir():
        raise OutputError(f"there is no folder {path.absolute().parent}", hint="make it first")


def write_page(
    path: Path,
    title: str,
    results: Sequence[Result],
    summary: Summary,
    peers: Mapping[str, tuple[float, float]],
) -> None:
    """Write the page, all of it or nothing.

    Args:
        path: where to; replaced where it exists.
        title: name of the data set.
        results: sequence by sequence, with those that do not count in the summary.
        summary: over those that do.
        peers: mean J and F of published methods over the same sequences.

    Raises:
        OutputError: it cannot be written.
    """
    page = page_of(title, results, summary, peers)
    landing = Landing(path)
    try:
        landing.path.write_text(page, encoding="utf-8")
        landing.settle()
    finally:
        landing.discard()


def page_of(title: str, results: Sequence[Result], summary: Summary, peers: Mapping[str, tuple[float, float]]) -> str:
    """The page as text; see ``write_page``."""
    parts = [
        f"<h1>{escape(title)}</h1><p>What composer {VERSION} finds to move, against ground truth.</p>",
        _cards(summary),
        _sequences(results, summary),
        _beside(summary, peers) if peers else "",
        _steps(results, summary) if summary.steps else "",
        _belief(summary),
        _shots(results),
    ]
    head = f'<meta charset="utf-8"><title>{escape(title)}: composer eval</title><style>{_STYLE}</style>'
    start = '<!doctype html><html lang="en"><head><meta name="viewport" content="width=device-width">'
    return f"{start}{head}</head><body>{''.join(parts)}</body></html>\n"


def _cards(summary: Summary) -> str:
    cards = {
        "J, overlap": summary.region.mean,
        "F, outline": summary.boundary.mean,
        "T, jitter (low is good)": summary.stability,
        "flicker (low is good)": summary.flicker,
        "IoU, all pixels": summary.pooled,
        "AUC of the moving score": summary.ranking,
    }
    return f'<div class="cards">{"".join(f"<div><b>{_number(v)}</b><span>{k}</span></div>" for k, v in cards.items())}</div>'


def _sequences(results: Sequence[Result], summary: Summary) -> str:
    rows = "".join(
        f"<tr{_kind(one, summary)}><td>{escape(one.name)}</td><td>{one.fit.frames}</td>{_three(one.fit.region, 'one')}"
        f"{_three(one.fit.boundary, 'two')}<td>{_number(one.stability)}</td>"
        f"<td>{_number(one.flicker)}</td><td>{_number(one.truth_flicker)}</td><td>{_number(one.fit.pooled)}</td></tr>"
        for one in results
    )
    mean = (
        f'<tr class="mean"><td>mean of {summary.count}</td><td></td>{_three(summary.region, "one")}'
        f"{_three(summary.boundary, 'two')}<td>{_number(summary.stability)}</td>"
        f"<td>{_number(summary.flicker)}</td><td>{_number(summary.truth_flicker)}</td><td>{_number(summary.pooled)}</td></tr>"
    )
    words = (
        "J is the overlap of matte and truth, F the agreement of their outlines within 0.8 % of the picture's diagonal, "
        "both as DAVIS 2016 defines them; recall is the share of frames above one half, decay the first quarter less the "
        "last. T is how much the outline changes its shape from frame to frame; flicker is the change from frame to frame "
        "that the motion of the picture does not explain, as a share of the matte, beside that of the truth. IoU takes all pixels of a sequence "
        "together. Sequences in grey are shown only."
    )
    heads = "".join(
        f"<th>{head}</th>"
        for head in ("", "frames", "J", "recall", "decay", "F", "recall", "decay", "T", "flicker", "of truth", "IoU")
    )
    return f"<h2>Sequences</h2><p>{words}</p><table><tr>{heads}</tr>{rows}{mean}</table>"


def _kind(result: Result, summary: Summary) -> str:
    return "" if result.name in summary.names else ' class="apart"'


def _three(scores: Scores, color: str) -> str:
    share = 0 if math.isnan(scores.mean) else 100 * scores.mean
    style = f"--w:{share:.0f}%;--c:var(--{color})"
    decay = "-" if math.isnan(scores.decay) else f"{scores.decay:+.2f}"
    return (
        f'<td class="bar" style="{style}">{_number(scores.mean)}</td><td>{_number(scores.recall, 2)}</td>'
        f"<td>{decay}</td>"
    )


def _beside(summary: Summary, peers: Mapping[str, tuple[float, float]]) -> str:
    rows = [(name, region, boundary, False) for name, (region, boundary) in peers.items()]
    rows.append(("composer", summary.region.mean, summary.boundary.mean, True))
    words = (
        "Published methods on the same sequences. The bar is J, the blue tick F; the numbers are J and F. Many of them "
        "were pretrained on annotated photographs or videos; composer was trained on generated scenes only."
    )
    return f"<h2>Beside others</h2><p>{words}</p>{bar_chart(sorted(rows, key=lambda row: row[1]), width=1000)}"


def _steps(results: Sequence[Result], summary: Summary) -> str:
    steps = list(summary.steps)
    heads = "".join(f'<th title="{STEPS[step]}">{step}</th>' for step in steps)
    rows = "".join(
        f"<tr{_kind(one, summary)}><td>{escape(one.name)}</td>"
        f"{''.join(_heat(one.steps[step].region.mean) for step in steps)}{_points(one.steps.get('prompts'))}</tr>"
        for one in results
    )
    means = "".join(_heat(summary.steps[step].region) for step in steps)
    points = f"<td>{summary.steps['prompts'].points:.1%}</td>" if "prompts" in steps else ""
    outlines = "".join(f"<td>{_number(summary.steps[step].boundary)}</td>" for step in steps)
    pooled = "".join(f"<td>{_number(summary.steps[step].pooled)}</td>" for step in steps)
    last = "<th>points inside</th>" if points else ""
    words = "; ".join(f"<b>{step}</b>: {STEPS[step]}" for step in steps)
    return (
        f"<h2>Where quality is lost</h2><p>J after every step. {words}.</p><table><tr><th></th>{heads}{last}</tr>{rows}"
        f'<tr class="mean"><td>mean J</td>{means}{points}</tr><tr><td>mean F</td>{outlines}</tr>'
        f"<tr><td>mean IoU</td>{pooled}</tr></table>"
    )


def _points(fit: Fit | None) -> str:
    if fit is None:
        return ""
    return "<td>-</td>" if math.isnan(fit.points) else f"<td>{fit.points:.0%}</td>"


def _heat(value: float) -> str:
    share = 0 if math.isnan(value) else 55 * max(0.0, value) ** 2
    return f'<td class="heat" style="--w:{share:.0f}%">{_number(value)}</td>'


def _belief(summary: Summary) -> str:
    moving, count = int(summary.scores.true.sum()), int(summary.scores.count.sum())
    words = (
        "Every candidate on every scored frame has a moving score; it is right where at least half of the candidate's "
        "known area lies in the truth (an overlap of one half always does). AUC is the chance that a right one is rated "
        f"above a wrong one{_auc(summary)}: {moving:,} right and {count - moving:,} wrong candidates. "
        "Dots on the dashed line mean that a score can be taken at its word; their size is how often it was given."
    )
    return (
        f'<h2>How far the scores can be believed</h2><p>{words}</p><div class="pair">'
        f"{_curve('moving score, per candidate and frame', summary.scores)}"
        f"{_curve('network, per pixel', summary.pixels)}</div>"
    )


def _auc(summary: Summary) -> str:
    return " (not to be told from one kind alone)" if math.isnan(summary.ranking) else f", {summary.ranking:.3f} here"


def _curve(words: str, found: Reliability) -> str:
    caption = f"{words}: calibration error {_number(found.error)}"
    return f"<figure>{reliability_chart(found.curve)}<figcaption>{caption}</figcaption></figure>"


def _shots(results: Sequence[Result]) -> str:
    legend = (
        'Best and worst frame of each sequence. <span class="key" style="background:#ff40a0"></span>matte '
        '<span class="key" style="background:#ffec40"></span>outline of the truth '
        '<span class="key" style="background:var(--one)"></span>J <span class="key" style="background:var(--two)"></span>F'
    )
    return f"<h2>Frame by frame</h2><p>{legend}</p>{''.join(_shot(one) for one in results)}"


def _shot(result: Result) -> str:
    kinds = ("best", "worst")
    marks = {shown.index: kind for shown, kind in zip(result.shown, kinds, strict=False)}
    series = {"one": [one.region for one in result.frames], "two": [one.boundary for one in result.frames]}
    curve = curve_chart([one.index for one in result.frames], series, marks, width=1032)
    fit = result.fit
    numbers = f"J {_number(fit.region.mean)}, F {_number(fit.boundary.mean)}, T {_number(result.stability)}"
    pictures = "".join(_picture(shown, kind) for shown, kind in zip(result.shown, kinds, strict=False))
    return (
        f'<section class="shot"><header><h3>{escape(result.name)}</h3><span>{numbers}</span></header>'
        f'<div class="wide">{curve}</div>{pictures}</section>'
    )


def _picture(shown: Shown, kind: str) -> str:
    data = base64.b64encode(shown.jpeg).decode("ascii")
    words = f"{kind}: frame {shown.index}, J {_number(shown.region)}"
    return f'<figure><img alt="{words}" src="data:image/jpeg;base64,{data}"><figcaption>{words}</figcaption></figure>'


def _number(value: float, digits: int = 3) -> str:
    return "-" if math.isnan(value) else f"{value:.{digits}f}"
