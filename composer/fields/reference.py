"""Names in a recipe that point at something named elsewhere in it.

The plan finds every field that carries a ``Reference`` and checks it against what the recipe defines, so a
new effect gets its names checked, with line and nearest valid name, by annotating its fields.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field


@dataclass(frozen=True)
class Reference:
    """Marks a text field as the name of something.

    Args:
        kind: what is named. A source may also be a file path instead of a name; a file is always one.
    """

    kind: Literal["matte", "source", "region", "file"]


MatteName = Annotated[str, Reference("matte"), Field(min_length=1, description="name of a matte in this recipe")]
RegionName = Annotated[str, Reference("region"), Field(min_length=1, description="name of a region in this recipe")]
SourceName = Annotated[
    str, Reference("source"), Field(min_length=1, description="name of a source in this recipe, or a file path")
]
FileName = Annotated[str, Reference("file"), Field(min_length=1, description="file, relative to the recipe")]
