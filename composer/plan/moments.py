"""Times inside mattes, counted from the first frame that is used.

A recipe's times count from its own start. ``--span`` shows a part of the same render, so a prompt still means the
frame that it meant, and is refused where that frame is not in the part.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from composer.errors import PlanError
from composer.fields import Time
from composer.mask.pointing import Correction, PromptSource
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
        timed = _on_used(loaded, matte.name, spec.prompt, plate, used)
        return replace(matte, spec=spec.model_copy(update={"prompt": timed}))
    wanted = spec.looks_for
    if wanted is not None and wanted.at is not None:
        # The nearest object is looked for on the nearest frame that is there.
        at = max(Fraction(0), _since_start(wanted, plate, used))
        moved = wanted.model_copy(update={"at": Time(Moment(seconds=at))})
        return replace(matte, spec=spec.model_copy(update={spec.kind: moved}))
    return matte


def _on_used(loaded: LoadedRecipe, name: str, prompt: PromptSource, plate: SourcePlan, used: Span) -> PromptSource:
    at, length = _since_start(prompt, plate, used), _length(plate, used)
    if not 0 <= at < length:
        words = f"'{name}' is pointed at on the frame at {prompt.at.spelled()}, which is not used"
        hint = "name a time inside the shot, and a --span that holds it"
        raise loaded.marks.problem(("mattes", name, "prompt", "at"), words, hint=hint, kind=PlanError)
    whole = Span(plate.start, plate.stop)
    kept = []
    for number, one in enumerate(prompt.corrections):
        if not 0 <= _since_start(one, plate, whole) < _length(plate, whole):
            words = f"'{name}' is corrected on the frame at {one.at.spelled()}, which is not in the shot"
            place = ("mattes", name, "prompt", "corrections", number, "at")
            raise loaded.marks.problem(place, words, hint="name a time inside the shot", kind=PlanError)
        moved = _since_start(one, plate, used)
        if 0 <= moved < length:  # what lies outside --span is not asked there
            kept.append(one.model_copy(update={"at": Time(Moment(seconds=moved))}))
    return prompt.model_copy(update={"at": Time(Moment(seconds=at)), "corrections": tuple(kept)})


def _since_start(source: PromptSource | Correction | ObjectsSource, plate: SourcePlan, used: Span) -> Fraction:
    at = source.at.moment.seconds_at(plate.info.rate) if source.at is not None else Fraction(0)
    return at + plate.start - used.start


def _length(plate: SourcePlan, used: Span) -> Fraction | float:
    ends = [end for end in (used.end, duration(plate.info)) if end is not None]
    return min(ends) - used.start if ends else float("inf")
