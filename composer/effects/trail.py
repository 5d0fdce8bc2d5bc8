"""Fading ghosts that the subject draws behind it."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import Field, model_validator

from composer.effects.base import Inputs
from composer.effects.ghosts import Front, Ghosts, Looks, behind, ghost
from composer.effects.other import Other
from composer.fields import Opacity, Time
from composer.fields.animation import Animated
from composer.values import FrameRate, Layer


class Trail(Ghosts):
    """Shows the subject again where it was a moment ago, and before that, ever fainter and always behind it."""

    kind: ClassVar[str] = "trail"
    example: ClassVar[str] = "trail: {matte: walker, count: 3, step: 4f, opacity: 0.7, fade: 0.4}"

    count: int = Field(4, ge=1, le=12, description="ghosts")
    step: Time = Field(description="time from each ghost to the one before it")
    opacity: Opacity = Field(Animated.parse(0.6), description="of the latest ghost")
    fade: float = Field(0.35, ge=0, le=1, description="share of its opacity that each earlier ghost loses")
    behind: Front = Field((), description="matte or mattes beside the subject that stay in front of it")

    @model_validator(mode="after")
    def _some_step(self) -> Self:
        if self.step.moment.seconds_at(FrameRate.parse(25)) <= 0:
            raise ValueError("step: expected more than 0")
        return self

    def others(self) -> tuple[Other, ...]:
        """One moment per ghost, the latest first."""
        return tuple(Other(shift=self.step.moment.times(-number)) for number in range(1, self.count + 1))

    def apply(self, inputs: Inputs) -> Layer | None:
        """The ghosts as one layer, the earliest at the bottom."""
        opacity = self.opacity.value_at(inputs.seconds, inputs.rate)
        layers = []
        for number, other in enumerate(self.others() if opacity > 0 else ()):
            then = inputs.other(other)
            share = opacity * (1 - self.fade) ** number
            layers.append(None if then is None else ghost(inputs, then, self.matte, Looks(share, self.align)))
        seen = [layer for layer in reversed(layers) if layer is not None]
        return behind(inputs, seen, (self.matte, *self.behind))
