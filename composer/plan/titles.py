"""Titles of a timeline: words on a colour, planned as the effect ``text`` and seen from outside like a still."""

from __future__ import annotations

import json
from fractions import Fraction
from hashlib import blake2b

from composer.effects.text import Text
from composer.errors import FileRefused, PlanError
from composer.media.probe import Claim, MediaInfo
from composer.media.still import PICTURE_RATE
from composer.pixels.conform import Canvas
from composer.plan.files import read_file
from composer.plan.timeline import TitlePlan
from composer.recipe import LoadedRecipe
from composer.recipe.names import Use
from composer.recipe.text import Path
from composer.recipe.timeline import TitleEntry
from composer.values import ColorTags, PixelFormat

#: What a timeline of nothing but titles is made in, at the size that it gives.
PLAIN_FORMAT = PixelFormat("yuv", 8, (1, 1))
PLAIN_COLOR = ColorTags("bt709", "limited", "bt709", "bt709", "left")


def title_plan(loaded: LoadedRecipe, entry: TitleEntry, place: Path) -> TitlePlan:
    """The plan of a title.

    Args:
        loaded: the recipe.
        entry: what it says.
        place: of it in the recipe.

    Raises:
        PlanError: the font is not there, cannot be read, or lacks a character.
    """
    words = {"text": entry.title, "font": entry.font, "size": entry.size, "color": entry.color}
    text = Text.model_validate({**words, "anchor": entry.anchor, "align": entry.align})
    font = read_file(loaded, Use((*place, "font"), "file", entry.font))
    try:
        text.check_files({entry.font: font.content})
    except FileRefused as error:
        word = "title" if error.field == "text" else "font"
        said = f"{font.path.name}: {error.message}"
        raise loaded.marks.problem((*place, word), said, hint=error.hint, kind=PlanError) from error
    return TitlePlan(text, entry.on, font)


def title_info(title: TitlePlan, canvas: Canvas) -> MediaInfo:
    """What a title looks like from outside: a still that lies on the canvas already.

    Args:
        title: its plan.
        canvas: what it is made on.
    """
    told = [title.text.model_dump(mode="json", by_alias=True), title.on.spelled(), title.font.digest]
    return MediaInfo(
        path=title.font.path,
        kind="still",
        container="title",
        codec="title",
        size=canvas.size,
        format=canvas.format,
        stored_format=canvas.format.name,
        color=canvas.color,
        rate=PICTURE_RATE,
        time_base=1 / PICTURE_RATE.value,
        start=Fraction(0),
        rotation=0,
        sample_aspect=canvas.sample_aspect,
        claimed=Claim(1, None),
        found=None,
        audio=(),
        digest=blake2b(json.dumps(told).encode(), digest_size=16).hexdigest(),
    )
