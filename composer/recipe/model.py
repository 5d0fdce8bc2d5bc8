"""What was asked: frozen models of a recipe's sections."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, SerializeAsAny, field_validator, model_validator

from composer.effects.base import Effect
from composer.effects.clean import CleanPlate
from composer.fields import FieldModel, Time
from composer.mask.sources import MatteNames, MatteSpec
from composer.pixels.warp import Fit
from composer.recipe.framing import Framing
from composer.recipe.params import Param
from composer.recipe.region import RegionSpec
from composer.recipe.sound import AudioOptions
from composer.recipe.timeline import Entry, read_rate

TimelineSide = Annotated[int, Field(gt=0, le=16384)]


class Source(FieldModel):
    """A file, a timeline or a clean plate that edits can use, and how its time runs."""

    file: str | None = Field(
        default=None, min_length=1, description="video, picture or image sequence, relative to the recipe"
    )
    timeline: tuple[Entry, ...] | None = Field(
        default=None, description="clips one after another with transitions between them, in place of a file"
    )
    clean_plate: CleanPlate | None = Field(
        default=None, description="the plate without a subject, in place of a file; it runs with the plate"
    )
    size: tuple[TimelineSide, TimelineSide] | None = Field(
        default=None, description="of a timeline: width and height; those of its first clip where left out"
    )
    fit: Fit | None = Field(
        default=None, description="of a timeline: how clips of other shapes fill it; contain where left out"
    )
    start: Time | None = Field(default=None, description="where in the file it begins")
    stop: Time | None = Field(default=None, description="where in the file it ends")
    speed: float = Field(default=1.0, gt=0, le=100, description="seconds of the file per second of output")
    loop: bool = Field(default=False, description="short for end: loop")
    end: Literal["hold", "loop", "trim"] = Field(
        default="hold", description="past its end: hold the last picture, start again, or show nothing"
    )
    rate: float | str | None = Field(
        default=None, description="frames per second of a sequence or a timeline: 25 or 30000/1001"
    )

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, raw: Any) -> Any:
        return {"file": raw} if isinstance(raw, str) else raw

    @field_validator("rate")
    @classmethod
    def _readable(cls, rate: float | str | None) -> float | str | None:
        return read_rate(rate)

    @model_validator(mode="after")
    def _one_kind(self) -> Source:
        given = [name for name in ("file", "timeline", "clean_plate") if getattr(self, name) is not None]
        if not given:
            raise ValueError("missing key 'file': expected a file, a timeline or a clean_plate")
        if len(given) > 1:
            raise ValueError(f"expected {' or '.join(given)}, and only one of them")
        if self.clean_plate is not None and (extra := self.model_fields_set - {"clean_plate"}):
            raise ValueError(f"a clean plate runs with the plate: leave out {', '.join(sorted(extra))}")
        if self.timeline is None and (self.size is not None or self.fit is not None):
            raise ValueError("size and fit are of a timeline; a file keeps its own size")
        return self

    @model_validator(mode="after")
    def _one_rule(self) -> Source:
        if self.loop and self.end == "trim":
            raise ValueError("loop: true and end: trim contradict each other; keep one")
        return self


class VideoOptions(FieldModel):
    """How the picture is encoded; what is left out is chosen from the file name and the plate."""

    codec: str | None = Field(default=None, description="h264, hevc, av1, vp9, prores, ffv1, png")
    quality: float | None = Field(default=None, ge=0, le=63, description="smaller is better and bigger (CRF)")
    preset: str | None = Field(default=None, description="speed against size, in the encoder's own words")
    format: str | None = Field(default=None, description="pixel format such as yuv420p10le; the plate's by default")


class Output(FieldModel):
    """What is written."""

    file: str | None = Field(default=None, min_length=1, description="where to, relative to the recipe; or use -o")
    video: VideoOptions = VideoOptions()
    audio: AudioOptions | None = Field(
        default=None, validate_default=False, description="the plate's sound where it has any, unless said otherwise"
    )
    frame: Framing | None = Field(default=None, description="what part of the finished picture is written, how large")
    reproducible: bool = Field(default=False, description="the same bytes on every run")

    @field_validator("audio", mode="before")
    @classmethod
    def _short_form(cls, raw: Any) -> Any:
        if raw is None:
            raise ValueError("expected none, plate, or the name of a source")
        return {"keep": raw} if isinstance(raw, str) else raw


class Require(FieldModel):
    """What the mattes must reach for a render to be made at all: below it nothing is written, and the status is 3.

    The confidence of a frame is what ``composer mattes --report`` tells: that of the objects, over half a second around,
    each by how large it is. Keys and files are never below. What rests, what is left out and what is made of other mattes
    is as sure, and seen as often, as what was found to make it.
    """

    confidence: float | None = Field(
        default=None, ge=0, le=1, description="least confidence on every frame on which something is found, 0 to 1"
    )
    seen: float | None = Field(
        default=None, ge=0, le=1, description="least share of the frames on which something is found, 0 to 1"
    )
    mattes: MatteNames | None = Field(default=None, description="which mattes; all of them by default")

    @model_validator(mode="after")
    def _something(self) -> Require:
        if self.confidence is None and self.seen is None:
            raise ValueError("expected confidence or seen, or both")
        return self


class Recipe(FieldModel):
    """A recipe: what was asked, in the user's words, parameters filled in."""

    composer: Literal[1]
    params: dict[str, Param] = Field(default_factory=dict)
    sources: dict[str, Source] = Field(default_factory=dict)
    mattes: dict[str, MatteSpec] = Field(default_factory=dict)
    regions: dict[str, RegionSpec] = Field(default_factory=dict)
    edits: tuple[SerializeAsAny[Effect], ...] = ()
    require: Require | None = None
    output: Output = Output()
