"""Times inside mattes, counted from the first frame that is used.

A recipe's times count from its own start. ``--span`` shows a part of the same render, so a prompt still means the
frame that it meant, and is refused where that frame is not in the part.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from composer.errors import PlanError
from composer.fields import Time
from composer.mask.sources import PromptSource
from composer.mask.wanted import ObjectsSource
from composer.plan.footage import duration
from composer.plan.model import MattePlan, SourcePlan
from composer.recipe import LoadedRecipe
from composer.values import Moment, Span


def on_used_frames(loaded: LoadedRecipe, matte: MattePlan, plate: SourcePlan, used: Span) -> MattePlan:
    """A matte with its own time counted from the used span's start.

    Args:
        loaded: the recipe, for messages.
        matte: one that may name a time.
        plate: with the recipe's own start.
        used: seconds since the plate's first frame.

    Raises:
        PlanError: a prompt names a frame that is not used.
    """
    spec = matte.spec
    if spec.prompt is not None:
        at = _since_start(spec.prompt, plate, used)
        if not 0 <= at < _length(plate, used):
            words = f"'{matte.name}' is pointed at on the frame at {spec.prompt.at.spelled()}, which is not used"
            hint = "name a time inside the shot, and a --span that holds it"
            raise loaded.marks.problem(("mattes", matte.name, "prompt", "at"), words, hint=hint, kind=PlanError)
        timed = spec.prompt.model_copy(update={"at": Time(Moment(seconds=at))})
        return replace(matte, spec=spec.model_copy(update={"prompt": timed}))
    wanted = spec.looks_for
    if wanted is not None and wanted.at is not None:
        # The nearest object is looked for on the nearest frame that is there.
        at = max(Fraction(0), _since_start(wanted, plate, used))
        moved = wanted.model_copy(update={"at": Time(Moment(seconds=at))})
        return replace(matte, spec=spec.model_copy(update={spec.kind: moved}))
    return matte


def _since_start(source: PromptSource | ObjectsSource, plate: SourcePlan, used: Span) -> Fraction:
    at = source.at.moment.seconds_at(plate.info.rate) if source.at is not None else Fraction(0)
    return at + plate.start - used.start


def _length(plate: SourcePlan, used: Span) -> Fraction | float:
    ends = [end for end in (used.end, duration(plate.info)) if end is not None]
    return min(ends) - used.start if ends else float("inf")
