"""What is heard along with the picture."""

from __future__ import annotations

from typing import Any

from pydantic import Field, field_validator, model_validator

from composer.fields import FieldModel, SourceName, Time
from composer.fields.levels import AnimatedDecibels, Decibels, Lufs


class DuckOptions(FieldModel):
    """Goes quieter while another sound of the mix is heard, and comes back after it.

    The level of the other sound is its RMS over 5 ms, before its own ducking.
    """

    under: SourceName = Field(description="the sound that it makes room for")
    by: Decibels = Field(default=Decibels(12), description="how much quieter")
    threshold: Decibels = Field(default=Decibels(-35), description="level from which the other one counts as heard")
    attack: Time = Field(default=Time.parse("50ms"), description="time constant of going quieter")
    release: Time = Field(default=Time.parse("400ms"), description="time constant of coming back")

    @field_validator("by")
    @classmethod
    def _quieter(cls, by: Decibels) -> Decibels:
        if by.value <= 0:
            raise ValueError(f"expected how many decibels quieter, more than 0, got {by.spelled()}")
        return by


class SoundOptions(FieldModel):
    """One sound of a mix."""

    source: SourceName = Field(description="where it comes from: plate, or the name of a source")
    gain: AnimatedDecibels = Field(default=AnimatedDecibels.parse(0), description="decibels louder or quieter")
    at: Time = Field(default=Time.parse(0), description="when it begins, since the start of the output")
    fade_in: Time = Field(default=Time.parse(0), description="how long it takes to come in")
    fade_out: Time = Field(default=Time.parse(0), description="how long it takes to go, up to where it ends")
    loop: bool = Field(default=False, description="begin again at its end, until the picture ends")
    mute: tuple[tuple[Time, Time], ...] = Field(
        default=(), description="silent from one time to another: [[2s, 3s], [7s, 8s]]"
    )
    duck: DuckOptions | None = Field(default=None, description="goes quieter while another sound is heard")

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, raw: Any) -> Any:
        return {"source": raw} if isinstance(raw, str) else raw

    @property
    def is_plain(self) -> bool:
        """Whether nothing but the source is asked for."""
        return self == SoundOptions(source=self.source)


class AudioOptions(FieldModel):
    """Which sound goes along.

    A sound that is kept whole is copied without being encoded again, where the file can hold it. Everything else is
    mixed: in float, sample by sample, at the highest rate of its sounds up to 48 kHz and in the layout of the one with
    the most channels. Times count from the start of the output; it ends where the picture does.
    """

    keep: SourceName | None = Field(
        default="plate", description="the source whose sound is kept, usually plate; none for silence"
    )
    mix: tuple[SoundOptions, ...] = Field(default=(), description="several sounds, or one that is changed")
    loudness: Lufs | None = Field(
        default=None,
        description="integrated loudness of the whole, after EBU R 128; true peaks then stay under -1 dBTP",
    )

    @field_validator("keep", mode="before")
    @classmethod
    def _nothing(cls, raw: Any) -> Any:
        return None if raw == "none" else raw

    @model_validator(mode="after")
    def _one_way(self) -> AudioOptions:
        if self.mix and "keep" in self.model_fields_set:
            raise ValueError("write either keep or mix: a mix names every sound in it")
        if "mix" in self.model_fields_set and not self.mix:
            raise ValueError("mix: expected at least one sound; write audio: none for silence")
        if self.keep is None and self.loudness is not None:
            raise ValueError("loudness: there is no sound to level with keep: none")
        return self

    @property
    def only(self) -> str | None:
        """The source whose sound goes along unchanged; None for silence and for what has to be mixed."""
        if self.loudness is not None or len(self.mix) > 1 or (self.mix and not self.mix[0].is_plain):
            return None
        return self.mix[0].source if self.mix else self.keep

    @property
    def is_silent(self) -> bool:
        """Whether no sound at all is asked for."""
        return self.keep is None and not self.mix

    @property
    def sounds(self) -> tuple[SoundOptions, ...]:
        """What is mixed."""
        return self.mix or (() if self.keep is None else (SoundOptions(source=self.keep),))
