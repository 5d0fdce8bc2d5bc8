"""Words in the picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from composer.effects.base import Inputs
from composer.effects.lettering import Lettering
from composer.errors import FileRefused
from composer.pixels.glyphs import characters_of, missing, named
from composer.values import Layer


class Text(Lettering):
    """Writes a text: into the picture, a box or a region's perspective, in front of a subject or behind it.

    Lines are shaped and ordered as their script wants, right to left too. It is drawn once and kept while it stays the
    same. A character that the font does not have is refused by its name before the first frame.
    """

    kind: ClassVar[str] = "text"
    example: ClassVar[str] = "text: {text: Hello, size: 0.2, anchor: top, behind: walker, outline: {}}"

    text: str = Field(min_length=1, max_length=10_000, description="the words; line breaks are kept")

    def check_files(self, files: Mapping[str, bytes]) -> tuple[str, ...]:
        """The font can be read and has every character."""
        said = super().check_files(files)
        if lost := missing(self.text, characters_of(files[self.font])):
            words = f"the font has no {', no '.join(named(each) for each in lost[:5])}"
            more = f" and {len(lost) - 5} more" if len(lost) > 5 else ""
            raise FileRefused(
                words + more, file=self.font, field="text", hint="choose a font that has it: font: file.ttf"
            )
        return said

    def apply(self, inputs: Inputs) -> Layer | None:
        """The text, without what stands in front of it."""
        return self.written(inputs, self.text)
