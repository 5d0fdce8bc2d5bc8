"""Which of the objects that were found a matte wants: the words that every way of finding objects shares."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from composer.fields import FieldModel, Time
from composer.fields.scalars import Point

Share = Annotated[float, Field(ge=0, le=1)]
ObjectId = Annotated[int, Field(ge=1)]


class ObjectsSource(FieldModel):
    """Objects that Composer finds by itself, and which of them are meant."""

    pick: Literal["all", "largest", "nearest", "longest", "surest"] = Field(
        "all", description="which of the objects; nearest needs 'to', surest is by moving score and quality together"
    )
    to: Point | None = Field(None, description="the place that pick: nearest measures from")
    at: Time | None = Field(None, description="the time at which pick: nearest looks; by default the start")
    object: ObjectId | tuple[ObjectId, ...] | None = Field(
        None, description="one object, or a list of them, by the ids that 'composer mattes' prints"
    )
    may_be_empty: bool = Field(False, description="render on when nothing is found, instead of stopping with words")

    @field_validator("object")
    @classmethod
    def _names_some(cls, given: int | tuple[int, ...] | None) -> int | tuple[int, ...] | None:
        if given == ():
            raise ValueError("object: an empty list names no object")
        return given

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if (self.pick == "nearest") != (self.to is not None):
            raise ValueError("pick: nearest and to: [x, y] belong together")
        if self.at is not None and self.pick != "nearest":
            raise ValueError("at is for pick: nearest only")
        if self.object is not None and self.pick != "all":
            raise ValueError("write either object or pick, not both")
        return self

    @property
    def named(self) -> frozenset[int]:
        """The ids that are asked for by name; none where the matte picks."""
        if self.object is None:
            return frozenset()
        return frozenset({self.object} if isinstance(self.object, int) else self.object)

    def takes(self, moving_score: float, mean_area: float) -> bool:
        """Whether an object counts at all, by how surely it moves and how large it is.

        Args:
            moving_score: 0..1.
            mean_area: share of the picture, 0..1.
        """
        raise NotImplementedError
