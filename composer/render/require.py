"""What a recipe requires of its mattes, checked before the first frame is composited."""

from __future__ import annotations

from collections.abc import Sequence

from composer.errors import UnsureMatte
from composer.mask.report import MatteReport
from composer.mask.stage import MatteSet
from composer.plan.model import Plan
from composer.recipe.model import Require

#: Runs of frames that a message spells out; the rest are counted.
_MOST_RUNS = 4


def refuse_unsure(plan: Plan, mattes: MatteSet) -> None:
    """Stop where a matte falls below what the recipe requires.

    Args:
        plan: what is asked; without ``require`` everything is good enough.
        mattes: made for it.

    Raises:
        UnsureMatte: which matte, on which frames, by how much, and what to do.
    """
    asked = plan.require
    if asked is None:
        return
    names = asked.mattes or [matte.name for matte in plan.mattes]
    for name in names:
        check(name, mattes.report(name), asked)


def check(name: str, report: MatteReport, asked: Require) -> None:
    """Stop where one matte falls below; mattes that nobody had to find, such as keys and files, never do.

    Args:
        name: of the matte.
        report: what is known about it.
        asked: what it must reach.

    Raises:
        UnsureMatte: on which frames, by how much, and what to do.
    """
    if report.confidence is None:
        return
    if asked.seen is not None and report.seen < asked.seen:
        empty = [index for index, one in enumerate(report.confidences) if one is None]
        raise UnsureMatte(
            f"what matte '{name}' is made of is seen on {report.seen:.0%} of the frames, require: seen asks for "
            f"{asked.seen:.0%}; nothing is found on frames {runs_in_words(empty)}",
            matte=name,
            frames=tuple(empty),
            hint="use a part of the clip with --span, ask for the subject with 'prompt', or lower require: seen",
        )
    below = {
        index: one for index, one in enumerate(report.confidences) if one is not None and one < (asked.confidence or 0)
    }
    if below:
        worst = min(below, key=lambda index: below[index])
        raise UnsureMatte(
            f"matte '{name}' falls below require: confidence {asked.confidence:g} on {len(below)} of {report.frames} "
            f"frames: {runs_in_words(list(below))}; lowest {below[worst]:.2f} at frame {worst} "
            f"({report.seconds[worst]:.2f} s)",
            matte=name,
            frames=tuple(below),
            hint="look at them with 'composer mattes CLIP -o DIR --sheet sheet.png'; point at the subject with 'prompt', "
            "pick fewer objects, or lower require: confidence",
        )


def runs_in_words(frames: Sequence[int]) -> str:
    """Frames as runs.

    Args:
        frames: rising.

    Example:
        >>> runs_in_words([3, 4, 5, 9])
        '3-5, 9'
    """
    starts = [k for k, frame in enumerate(frames) if not k or frame > frames[k - 1] + 1]
    pairs = [(frames[start], frames[stop - 1]) for start, stop in zip(starts, [*starts[1:], len(frames)], strict=True)]
    told = [str(first) if first == last else f"{first}-{last}" for first, last in pairs[:_MOST_RUNS]]
    rest = len(pairs) - len(told)
    return ", ".join(told) + (f" and {rest} more runs" if rest else "")
