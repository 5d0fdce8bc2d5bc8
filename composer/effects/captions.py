"""Subtitles in the picture."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import ClassVar

from pydantic import Field

from composer.effects.base import Inputs
from composer.effects.lettering import Anchor, Lettering, OptionalOutline, Outline
from composer.effects.subtitles import Cue, parse_subtitles
from composer.errors import FileRefused
from composer.fields import FileName, Length
from composer.pixels.glyphs import characters_of, missing, named
from composer.values import ROUNDED, Layer


class Captions(Lettering):
    """Writes the captions of a subtitle file into the picture, in front of a subject or behind it.

    SubRip (.srt), WebVTT (.vtt) and SubStation Alpha (.ass) are read, as UTF-8. Times count from the recipe's start.
    What is shown at the same time stands below each other. Tags for italics, colours and places are left out.
    """

    kind: ClassVar[str] = "captions"
    example: ClassVar[str] = "captions: {file: talk.srt, size: 0.07, box: {}}"

    file: FileName = Field(description="subtitle file: .srt, .vtt or .ass, relative to the recipe")
    size: Length = Field(
        Length.parse(0.065), description="of the letters: a share of the picture's (or the region's) height, or pixels"
    )
    anchor: Anchor = Field("bottom", description="where in the picture, the place or the region the block goes")
    outline: OptionalOutline = Field(
        Outline.model_validate({}), description="a line around the letters; none for no line"
    )

    def check_files(self, files: Mapping[str, bytes]) -> tuple[str, ...]:
        """Font and captions can be read; characters that the font does not have are told."""
        said = super().check_files(files)
        cues = _cues(self.file, files[self.file])
        lost = missing("".join(cue.text for cue in cues), characters_of(files[self.font]))
        if not lost:
            return said
        more = f" and {len(lost) - 5} more" if len(lost) > 5 else ""
        return (*said, f"the font '{self.font}' has no {', no '.join(named(each) for each in lost[:5])}{more}")

    def apply(self, inputs: Inputs) -> Layer | None:
        """The captions of now, without what stands in front of them."""
        content = inputs.file(self.file)
        cues = inputs.memo.once(("cues", self.file), partial(_cues, self.file, content))
        now = inputs.seconds + ROUNDED
        shown = [cue.text for cue in cues if cue.start <= now < cue.end]
        return self.written(inputs, "\n".join(shown))


def _cues(name: str, content: bytes) -> tuple[Cue, ...]:
    try:
        return parse_subtitles(content)
    except ValueError as error:
        raise FileRefused(str(error), file=name) from error
