"""What stands in a timeline: clips one after another, and how each goes over into the next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Discriminator, Field, Tag, field_validator, model_validator

from composer.effects.lettering import Anchor
from composer.fields import Animated, Color, FieldModel, Length, Time
from composer.fields.animation import eased
from composer.pixels import transition as pixels
from composer.pixels.text import Align
from composer.pixels.transition import Ramp
from composer.pixels.warp import Fit
from composer.values import Frame, FrameRate

Between = Literal["nearest", "blend", "flow"]
FASTEST = 100.0
MOST_FRAMES = 1000


def read_rate(rate: float | str | None) -> float | str | None:
    """A rate as it is written, once it can be read and is no more than a thousand pictures a second.

    Raises:
        ValueError: it cannot be used.
    """
    if rate is not None and FrameRate.parse(rate).value > MOST_FRAMES:
        raise ValueError(f"frame rate: expected at most {MOST_FRAMES}, got {rate}")
    return rate


def _passed_through(speed: Animated) -> Iterator[float]:
    """Values between keyframes, in steps of a hundredth of the way."""
    for first, last in pairwise(speed.values):
        yield from (first + (last - first) * eased(step / 100, speed.ease) for step in range(101))


class ShownEntry(FieldModel):
    """What is shown for a while: where in its own time, how fast, how it fills the picture."""

    start: Time | None = Field(None, description="where in the file it begins")
    stop: Time | None = Field(None, description="where in the file it ends")
    for_: Time | None = Field(
        None, alias="for", description="how long it is shown: of a still required, of a video in place of stop"
    )
    speed: Animated = Field(
        Animated.parse(1), description="seconds of the file per second shown; keyframes count from where it begins"
    )
    between: Between = Field(
        "nearest", description="between two of its pictures: the earlier one, a blend, or one that follows the motion"
    )
    fit: Fit | None = Field(None, description="how it fills the picture; the timeline's own where left out")

    @field_validator("speed")
    @classmethod
    def _forward(cls, speed: Animated) -> Animated:
        if any(not 0 < value <= FASTEST for value in speed.values):
            raise ValueError(f"expected speeds above 0 and at most {FASTEST:g}, got {speed.spelled()!r}")
        if any(not 0 < value <= FASTEST for value in _passed_through(speed)):
            raise ValueError(
                f"the easing {speed.ease} passes beyond its keyframes, and the speed would leave 0 to {FASTEST:g}; "
                "use another easing or other speeds"
            )
        return speed

    @model_validator(mode="after")
    def _one_end(self) -> Self:
        if self.stop is not None and self.for_ is not None:
            raise ValueError("stop and for both say where it ends; keep one")
        return self


class ClipEntry(ShownEntry):
    """A video, animation, sequence or still."""

    clip: str = Field(min_length=1, description="video, picture or image sequence, relative to the recipe")
    rate: float | str | None = Field(None, description="frames per second of a sequence: 25 or 30000/1001")

    @field_validator("rate")
    @classmethod
    def _readable(cls, rate: float | str | None) -> float | str | None:
        return read_rate(rate)

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, raw: Any) -> Any:
        return {"clip": raw} if isinstance(raw, str) else raw


class RecipeEntry(ShownEntry):
    """What another recipe makes, its edits and mattes with it; it need not be rendered before."""

    recipe: str = Field(min_length=1, description="a recipe file, relative to this one")
    params: dict[str, str | float | bool] = Field(
        default_factory=dict, alias="set", description="values of its parameters by name; files relative to this recipe"
    )


class TitleEntry(FieldModel):
    """Words on a colour, for a while; they are laid out as the effect ``text`` does it."""

    title: str = Field(min_length=1, max_length=10_000, description="the words; line breaks are kept")
    for_: Time = Field(alias="for", description="how long it is shown")
    color: Color = Field(Color.parse("white"), description="of the letters")
    on: Color = Field(Color.parse("black"), description="what they stand on")
    size: Length = Field(Length.parse(0.12), description="of the letters: a share of the picture's height, or pixels")
    font: str = Field(
        "rubik-bold",
        min_length=1,
        description="rubik, rubik-bold, or a .ttf or .otf file, relative to the recipe",
    )
    anchor: Anchor = Field("center", description="where in the picture the words go")
    align: Align = Field("center", description="of lines among each other")


class Transition(FieldModel):
    """How one clip goes over into the next: both are shown for a while, so that the whole gets shorter by that."""

    for_: Time = Field(alias="for", description="how long both clips are shown")

    def mixed(self, first: Frame, second: Frame, share: float, ramp: Ramp | None) -> Frame:
        """One picture of the transition.

        Args:
            first: of the clip that ends.
            second: of the clip that begins, of the same size and format.
            share: how much of the transition has passed, 0 is the first and 1 the second, bit for bit.
            ramp: (H, W) float32, the picture of a luma transition; None for all others.
        """
        raise NotImplementedError


class Cut(FieldModel):
    """From one picture to the next: what happens where nothing else is said."""

    transition: Literal["cut"]


class Dissolve(Transition):
    """The second clip shows through more and more."""

    transition: Literal["dissolve"]

    def mixed(self, first: Frame, second: Frame, share: float, ramp: Ramp | None) -> Frame:  # noqa: ARG002
        """One picture of the transition."""
        return pixels.dissolved(first, second, share)


class Wipe(Transition):
    """An edge runs over the picture, the second clip behind it."""

    transition: Literal["wipe"]
    direction: pixels.Direction = Field("right", description="where the edge runs to")
    soft: float = Field(0.0, ge=0, le=1, description="width of the edge, as a share of its way")

    def mixed(self, first: Frame, second: Frame, share: float, ramp: Ramp | None) -> Frame:  # noqa: ARG002
        """One picture of the transition."""
        return pixels.wiped(first, second, share, direction=self.direction, soft=self.soft)


class Slide(Transition):
    """The second clip slides in over the first."""

    transition: Literal["slide"]
    direction: pixels.Direction = Field("left", description="where it moves to")

    def mixed(self, first: Frame, second: Frame, share: float, ramp: Ramp | None) -> Frame:  # noqa: ARG002
        """One picture of the transition."""
        return pixels.slid(first, second, share, direction=self.direction)


class Push(Transition):
    """The second clip pushes the first out of the picture."""

    transition: Literal["push"]
    direction: pixels.Direction = Field("left", description="where both move to")

    def mixed(self, first: Frame, second: Frame, share: float, ramp: Ramp | None) -> Frame:  # noqa: ARG002
        """One picture of the transition."""
        return pixels.pushed(first, second, share, direction=self.direction)


class Iris(Transition):
    """A circle opens with the second clip in it."""

    transition: Literal["iris"]
    center: tuple[float, float] = Field((0.5, 0.5), description="where it opens, as shares of width and height")
    soft: float = Field(0.0, ge=0, le=1, description="width of its edge, as a share of its way")

    def mixed(self, first: Frame, second: Frame, share: float, ramp: Ramp | None) -> Frame:  # noqa: ARG002
        """One picture of the transition."""
        return pixels.opened(first, second, share, center=self.center, soft=self.soft)


class Fade(Transition):
    """The first clip fades to a colour, and from that the second comes."""

    transition: Literal["fade"]
    color: Color = Field(Color.parse("black"), description="what is seen half way")

    def mixed(self, first: Frame, second: Frame, share: float, ramp: Ramp | None) -> Frame:  # noqa: ARG002
        """One picture of the transition."""
        return pixels.faded_through(first, second, share, rgb=self.color.rgb)


class Luma(Transition):
    """The second clip comes in the order that a picture gives: first where it is dark, last where it is light."""

    transition: Literal["luma"]
    picture: str = Field(min_length=1, description="a still; it is stretched over the picture")
    soft: float = Field(0.1, ge=0, le=1, description="how many of its shades change at the same time")
    invert: bool = Field(False, description="first where it is light")

    def mixed(self, first: Frame, second: Frame, share: float, ramp: Ramp | None) -> Frame:
        """One picture of the transition."""
        if ramp is None:
            return pixels.dissolved(first, second, share)
        return pixels.ordered(first, second, share, ramp=1 - ramp if self.invert else ramp, soft=self.soft)


TRANSITIONS: dict[str, type[FieldModel]] = {
    "cut": Cut,
    "dissolve": Dissolve,
    "wipe": Wipe,
    "slide": Slide,
    "push": Push,
    "iris": Iris,
    "fade": Fade,
    "luma": Luma,
}


class AnyTransition(FieldModel):
    """What a transition of a kind that is not known is read as, so that the message names those that are."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    transition: Literal["cut", "dissolve", "wipe", "slide", "push", "iris", "fade", "luma"]


def _tag(raw: Any) -> str:
    """Which entry is meant: by its key, and of transitions by their kind."""
    if not isinstance(raw, Mapping):
        return "ClipEntry" if isinstance(raw, str) else type(raw).__name__
    if "transition" not in raw:
        return "RecipeEntry" if "recipe" in raw else "TitleEntry" if "title" in raw else "ClipEntry"
    return TRANSITIONS.get(str(raw["transition"]), AnyTransition).__name__


Entry = Annotated[
    Annotated[ClipEntry, Tag("ClipEntry")]
    | Annotated[RecipeEntry, Tag("RecipeEntry")]
    | Annotated[TitleEntry, Tag("TitleEntry")]
    | Annotated[Cut, Tag("Cut")]
    | Annotated[Dissolve, Tag("Dissolve")]
    | Annotated[Wipe, Tag("Wipe")]
    | Annotated[Slide, Tag("Slide")]
    | Annotated[Push, Tag("Push")]
    | Annotated[Iris, Tag("Iris")]
    | Annotated[Fade, Tag("Fade")]
    | Annotated[Luma, Tag("Luma")]
    | Annotated[AnyTransition, Tag("AnyTransition")],
    Discriminator(
        _tag,
        custom_error_type="timeline_entry",
        custom_error_message="expected a clip, a title, a recipe or a transition, such as {clip: a.mp4} or {transition: dissolve, for: 1s}",
    ),
]
