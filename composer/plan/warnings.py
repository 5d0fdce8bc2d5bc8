"""What the user should know before the first frame, in words."""

from __future__ import annotations

from composer.media.encode import ignored_settings
from composer.media.sounds import Mixdown
from composer.plan.covers import missed_by_covers, undone_covers
from composer.plan.effort import slow_searches
from composer.plan.footage import Footage
from composer.plan.model import OutputPlan, Plan
from composer.plan.span import frame_count
from composer.plan.timeline_words import timeline_warnings
from composer.recipe import LoadedRecipe


def plan_warnings(plan: Plan, loaded: LoadedRecipe, footage: Footage) -> tuple[str, ...]:
    """Everything to know before the first frame, in sentences.

    Args:
        plan: as far as it is decided.
        loaded: the recipe.
        footage: its files.
    """
    return (
        *_surprises(loaded, footage, plan.output),
        *plan.others.warnings,
        *undone_covers(loaded, footage),
        *missed_by_covers(loaded, footage),
        *slow_searches(
            plan.mattes, plan.segmenter, frames=frame_count(plan.plate, plan.read), rate=plan.plate.info.rate
        ),
    )


def _surprises(loaded: LoadedRecipe, footage: Footage, target: OutputPlan) -> list[str]:
    said = [words for source in (footage.plate, *footage.sources.values()) for words in timeline_warnings(source)]
    recipe = loaded.recipe
    is_mixed = isinstance(target.audio, Mixdown)
    if not (recipe.edits or recipe.sources["plate"].timeline or recipe.output.frame or is_mixed):
        said.append("the recipe has no edits: the output is the plate, encoded again")
    mattes = {matte.name for matte in footage.mattes}
    if unused := [name for name in loaded.recipe.mattes if name not in mattes]:
        said.append(f"no edit uses {'the matte' if len(unused) == 1 else 'the mattes'} {', '.join(unused)}")
    if target.format.model != footage.plate.info.format.model:
        said.append(f"the plate is {footage.plate.info.format.name}; it is written as {target.format.name}")
    for word, value in ignored_settings(target.settings):
        said.append(f"{target.settings.codec} has no {word}: {value} is not used")
    if (sound := _looped_sound(loaded, footage, target)) is not None:
        said.append(f"the sound of '{sound}' is not looped: it ends where its file does")
    if footage.plate.info.audio and target.audio is None and loaded.recipe.output.audio is None:
        said.append(f"{target.path.suffix or 'a folder of pictures'} holds no sound: the plate's is left out")
    return said


def _looped_sound(loaded: LoadedRecipe, footage: Footage, target: OutputPlan) -> str | None:
    """The source whose sound goes along although it is shorter than its looped picture."""
    asked = loaded.recipe.output.audio
    source = footage.sound.get(asked.only or "") if asked is not None else None
    return source.name if target.audio is not None and source is not None and source.end == "loop" else None
