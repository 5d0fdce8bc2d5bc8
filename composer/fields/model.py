"""The base of everything that a recipe can spell."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class FieldModel(BaseModel):
    """A frozen model that refuses unknown keys, and numbers that are none or infinite."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=False, validate_default=True, allow_inf_nan=False
    )
