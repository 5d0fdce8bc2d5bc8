"""What every effect is: parameters, and a pure function from what is there to a layer."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from threading import Lock
from typing import Any, ClassVar, Self, TypeVar, cast

from pydantic import Field, model_validator

from composer.effects.clean import Cleaned, CleanPlate
from composer.effects.cover import Cover, Covered
from composer.effects.other import Other
from composer.errors import InputError
from composer.fields import FieldModel, Time
from composer.values import ROUNDED, Frame, FrameRate, Homography, Layer, Matte, Placement

Made = TypeVar("Made")
Named = TypeVar("Named")
Name = TypeVar("Name", bound=Hashable)


@dataclass(frozen=True, eq=False)
class Picture:
    """One picture of a source.

    Args:
        frame: in the source's own format, maybe with alpha.
        version: equal versions are equal pictures, so that work done on a still is done once.
        aspect: width of one of its pixels, in widths of the plate's, where both are equally high.
    """

    frame: Frame
    version: Hashable
    aspect: float = 1.0


@dataclass
class Memo:
    """Remembers what is costly to make and the same for many frames; safe to share between threads.

    Args:
        limit: how many things to keep; the one not asked for longest goes first.
    """

    limit: int = 16
    _kept: OrderedDict[Hashable, tuple[Hashable, Any]] = field(default_factory=OrderedDict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def once(self, key: Hashable, make: Callable[[], Made], *, version: Hashable = None) -> Made:
        """What ``make`` returned for this key and version, making it only when it is not remembered.

        Args:
            key: what it is; one thing is kept per key, so that the frames of a video do not pile up.
            make: makes it.
            version: changes when what it is made from changes.
        """
        with self._lock:
            if key in self._kept and self._kept[key][0] == version:
                self._kept.move_to_end(key)
                return cast("Made", self._kept[key][1])
        made = make()
        with self._lock:
            self._kept[key] = (version, made)
            self._kept.move_to_end(key)
            while len(self._kept) > self.limit:
                self._kept.popitem(last=False)
        return made


@dataclass(frozen=True, eq=False)
class Inputs:
    """Everything an effect may look at for one frame; it changes none of it.

    Args:
        plate: the composite so far.
        seconds: time since the start of the output.
        rate: the output's frame rate, which turns times in frames into seconds.
        proxy: size of the plate against full size; lengths in pixels shrink with it.
        mattes: by name, of the plate's size.
        regions: by name, in pixels of the plate; None where one is lost or not in the picture.
        sources: by name; None when the source has ended and shows nothing any more.
        memo: keeps what is the same for many frames.
        footage: the plate's frame before any edit; None where the plate is that frame.
        covered: where things to hide may be, by what ``Effect.covers`` asked for.
        files: content of the files that effects read, by the names that recipes use.
        cleaned: clean plates as they look from here, by what ``Effect.clean_plates`` asked for.
        others: other moments of the untouched footage with the mattes there, by what ``Effect.others`` asked for;
            None where the used footage has no such moment.
        camera: worked out when it is called: from the first used frame to this one, edge coordinates, pixels of the
            plate; None where it is not known, such as after a cut. Only for effects with ``needs_camera``.
    """

    plate: Frame
    seconds: Fraction
    rate: FrameRate
    proxy: float = 1.0
    mattes: Mapping[str, Matte] = field(default_factory=dict)
    regions: Mapping[str, Placement | None] = field(default_factory=dict)
    sources: Mapping[str, Picture | None] = field(default_factory=dict)
    memo: Memo = field(default_factory=Memo)
    footage: Frame | None = None
    others: Mapping[Other, Inputs | None] = field(default_factory=dict)
    camera: Callable[[], Homography | None] = field(default=lambda: None)
    cleaned: Mapping[CleanPlate, Cleaned] = field(default_factory=dict)
    covered: Mapping[Cover, Covered] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def untouched(self) -> Frame:
        """The plate's frame before any edit."""
        return self.plate if self.footage is None else self.footage

    def matte(self, name: str) -> Matte:
        """The matte of a name."""
        return _named(self.mattes, name, "matte")

    def region(self, name: str) -> Placement | None:
        """Where the region of a name lies, or None where it is lost or not in the picture."""
        return _named(self.regions, name, "region")

    def source(self, name: str) -> Picture | None:
        """The source's picture, or None when it has ended."""
        return _named(self.sources, name, "source")

    def other(self, other: Other) -> Inputs | None:
        """Another moment of the untouched footage, or None outside of what is used of it."""
        return _named(self.others, other, "moment")

    def clean_plate(self, asked: CleanPlate) -> Cleaned:
        """The footage without what some mattes cover, as it looks from here."""
        return _named(self.cleaned, asked, "clean plate")

    def file(self, name: str) -> bytes:
        """The content of a file."""
        return _named(self.files, name, "file")

    def cover(self, asked: Cover) -> Covered:
        """Where something to hide may be."""
        return _named(self.covered, asked, "cover")


def _named(items: Mapping[Name, Named], name: Name, kind: str) -> Named:
    if name not in items:
        known = ", ".join(sorted(str(item) for item in items)) or "none"
        raise InputError(f"unknown {kind} {str(name)!r}", hint=f"{kind}s given to this effect: {known}")
    return items[name]


class Effect(FieldModel):
    """One edit. A subclass adds its parameters and says what it draws.

    Attributes:
        kind: the word that a recipe writes.
        example: YAML of one edit that uses it.
    """

    kind: ClassVar[str]
    example: ClassVar[str]

    from_: Time | None = Field(None, alias="from", description="first moment at which the edit is applied")
    to: Time | None = Field(None, description="moment from which the edit is no longer applied")

    @model_validator(mode="after")
    def _some_time(self) -> Self:
        first, last = (time and time.moment for time in (self.from_, self.to))
        if first and last:
            pairs = ((first.seconds, last.seconds), (first.frames, last.frames))
            if any(start is not None and end is not None and end <= start for start, end in pairs):
                raise ValueError("to: expected a moment after from")
        return self

    def is_active(self, inputs: Inputs) -> bool:
        """Whether the edit is applied now: ``from`` included, ``to`` not."""
        now = inputs.seconds + ROUNDED
        after = self.from_ is None or self.from_.moment.seconds_at(inputs.rate) <= now
        return after and (self.to is None or now < self.to.moment.seconds_at(inputs.rate))

    def others(self) -> tuple[Other, ...]:
        """Other moments of the footage that it looks at; none by default."""
        return ()

    def clean_plates(self) -> tuple[CleanPlate, ...]:
        """Clean plates that it looks at; none by default."""
        return ()

    def covers(self) -> tuple[Cover, ...]:
        """Things that it hides, whose areas are worked out over neighbouring frames; none by default."""
        return ()

    def check_files(self, files: Mapping[str, bytes]) -> tuple[str, ...]:  # noqa: ARG002 - for effects that read some
        """Look at the files that it reads, before the first frame.

        Args:
            files: content by name, of every field that is a ``FileName``.

        Returns:
            What the user should know, in sentences.

        Raises:
            FileRefused: one of them is not what it needs.
        """
        return ()

    @property
    def brings_color(self) -> bool:
        """Whether it puts colours of its own into the plate, so that the plate's own have to be convertible."""
        return True

    @property
    def needs_camera(self) -> bool:
        """Whether it asks for the camera's motion, which is then worked out before the first frame."""
        return False

    def apply(self, inputs: Inputs) -> Layer | None:
        """What the effect puts over the plate.

        A pure function: inputs are not changed, and equal inputs give equal layers.

        Args:
            inputs: the plate and everything named in the parameters.

        Returns:
            Planes and coverage of the part that changes, or None when nothing does.
        """
        raise NotImplementedError
