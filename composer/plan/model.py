"""What will exactly be done: everything resolved, nothing left to ask while frames run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from composer.mask.asking import Asking
from composer.values import ColorTags, FrameRate, PixelFormat, Quad, Size, Span

if TYPE_CHECKING:
    from composer.effects.base import Effect
    from composer.effects.clean import CleanPlate
    from composer.effects.other import Other
    from composer.mask.sources import MatteSpec
    from composer.media.audio import AudioTrack
    from composer.media.encode import VideoSettings
    from composer.media.probe import MediaInfo
    from composer.media.sounds import Mixdown
    from composer.plan.framing import FramingPlan
    from composer.plan.timeline import TimelinePlan
    from composer.recipe.model import Require
    from composer.recipe.region import RegionSpec

EndRule = Literal["hold", "loop", "trim"]


@dataclass(frozen=True)
class SourcePlan:
    """A file and how its time runs.

    At output time t a source shows its own time ``start + t * speed``; past its end the rule decides.

    Args:
        name: how edits name it: the recipe's name, or the path as the edit spells it.
        path: the file, absolute.
        info: what the probe found.
        start: seconds into the file where it begins.
        stop: seconds into the file where it ends, or None for the file's own end.
        speed: source seconds per output second, > 0.
        end: hold the last picture, start again, or show nothing.
        rate: asked frame rate of a sequence; None keeps what the probe found.
        timeline: the clips that it is made of, where it is no file; ``path`` is then the recipe's.
        clean: what is left out of the plate, where it is a clean plate; ``path`` and ``info`` are then the plate's.
    """

    name: str
    path: Path
    info: MediaInfo
    start: Fraction = Fraction(0)
    stop: Fraction | None = None
    speed: Fraction = Fraction(1)
    end: EndRule = "hold"
    rate: FrameRate | None = None
    timeline: TimelinePlan | None = None
    clean: CleanPlate | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file that is read for it."""
        return (self.path,) if self.timeline is None else self.timeline.files


@dataclass(frozen=True)
class MattePlan:
    """One matte, and the opened file that it needs.

    Args:
        name: how edits name it.
        spec: kind, parameters and finishing as the recipe states them.
        path: its matte file or clean plate, absolute; None where it needs none.
        info: what the probe found in that file.
    """

    name: str
    spec: MatteSpec
    path: Path | None = None
    info: MediaInfo | None = None


@dataclass(frozen=True)
class SegmenterPlan:
    """Which segmenter runs, and why that one.

    Args:
        name: as ``make_mattes`` takes it; ``none`` where no matte asks for one.
        reason: one sentence.
        device: cpu, cuda, cuda:0 or mps.
        weights: folder that holds model files, or None for the default folder.
        asking: on how many frames it is asked, and by how many workers.
    """

    name: str
    reason: str
    device: str = "cpu"
    weights: Path | None = None
    asking: Asking = field(default_factory=Asking)


@dataclass(frozen=True)
class ReadFile:
    """A file that edits read as it is.

    Args:
        name: as the recipe spells it.
        path: the file, absolute.
        digest: of its content.
        content: its bytes; as equal as the digest.
    """

    name: str
    path: Path
    digest: str
    content: bytes = field(repr=False, compare=False)


@dataclass(frozen=True)
class OutputPlan:
    """What is written, exactly.

    Args:
        path: the file or the folder of a picture sequence, absolute.
        size: of the written picture.
        format: of the written planes.
        color: tags, as the plate has them.
        time_base: seconds per tick of the written timestamps.
        rate: nominal frame rate.
        sample_aspect: width of a pixel over its height.
        settings: codec, quality, preset, reproducible, threads.
        audio: which stream goes along, and how, or what is mixed; None for silence.
    """

    path: Path
    size: Size
    format: PixelFormat
    color: ColorTags
    time_base: Fraction
    rate: FrameRate
    sample_aspect: Fraction
    settings: VideoSettings
    audio: AudioTrack | Mixdown | None = None


@dataclass(frozen=True)
class Window:
    """Shifts that one reading of the footage serves.

    Args:
        others: earliest first.
        frames: most pictures kept; footage whose frames come faster than its rate says is read once per shift instead.
    """

    others: tuple[Other, ...]
    frames: int


@dataclass(frozen=True)
class OthersPlan:
    """Other moments of the footage that the edits look at.

    Args:
        windows: those that move along with now, one reading each.
        held: those that stay, in order of time; one reading for all, which keeps one picture each.
        bytes: most memory that all of it takes, whatever the length.
        warnings: moments that are not in the used span.
    """

    windows: tuple[Window, ...] = ()
    held: tuple[Other, ...] = ()
    bytes: int = 0
    warnings: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class TrackPlan:
    """A region that moves, and what it moves with.

    Args:
        name: of the region.
        kind: planar, camera, matte or follow.
        where: file and line of the recipe, for messages while frames run.
        at: seconds since the first used frame at which its corners are right.
        without: mattes of what is not looked at.
        on: the matte that it moves with.
        spec: the region as the recipe states it.
    """

    name: str
    kind: Literal["planar", "camera", "matte", "follow"]
    where: str
    at: Fraction
    without: tuple[str, ...]
    on: str | None
    spec: RegionSpec

    @property
    def mattes(self) -> tuple[str, ...]:
        """Every matte that it looks at."""
        return self.without if self.on is None else (self.on,)


@dataclass(frozen=True)
class TracksPlan:
    """What is followed through the shot before the first frame is composited.

    Args:
        regions: those that move.
        camera: whether an edit asks for the camera.
        without: mattes of what moves by itself, which the camera is not read from.
    """

    regions: tuple[TrackPlan, ...] = ()
    camera: bool = False
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """A render, decided: equal inputs give equal plans.

    Args:
        recipe: the recipe file.
        recipe_digest: of its meaning, after parameters are filled in.
        plate: the photographed picture that the edits work on.
        span: seconds since the plate's first frame that are shown.
        frames: how many frames that is, as far as the header tells; None when unknown.
        read: the same with what is looked at around it; frames, mattes and tracks are counted from its start.
        scale: proxy scale; 1 is full size.
        size: of the picture worked on: the plate's, scaled.
        sources: everything that edits insert, by the name they use; without the plate.
        mattes: in an order in which each comes after those that it is made of.
        regions: corners in pixels of ``size``; of those that are tracked, at their own moment.
        edits: in the recipe's order, bottom to top.
        output: what is written.
        segmenter: which one runs, and why.
        memory: estimated peak, bytes.
        framing: what part of the finished picture is written; None for all of it.
        require: what the mattes must reach before anything is composited.
        cache: folder for mattes and resumable chunks; None keeps nothing.
        warnings: what the user should know before the first frame.
        versions: of everything that decides pixels, (name, version).
        others: other moments of the footage that the edits look at.
        reads: files that the edits read as they are.
        cleans: clean plates that the edits look at.
        tracks: what is followed through the shot.
    """

    recipe: Path
    recipe_digest: str
    plate: SourcePlan
    span: Span
    frames: int | None
    read: Span
    scale: float
    size: Size
    sources: Mapping[str, SourcePlan]
    mattes: tuple[MattePlan, ...]
    regions: Mapping[str, Quad]
    edits: tuple[Effect, ...]
    output: OutputPlan
    segmenter: SegmenterPlan
    memory: int
    framing: FramingPlan | None = None
    require: Require | None = None
    cache: Path | None = None
    warnings: tuple[str, ...] = ()
    versions: tuple[tuple[str, str], ...] = ()
    others: OthersPlan = field(default_factory=OthersPlan)
    cleans: tuple[CleanPlate, ...] = ()
    reads: tuple[ReadFile, ...] = ()
    tracks: TracksPlan = field(default_factory=TracksPlan)

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file that the render reads."""
        sources = (file for source in (self.plate, *self.sources.values()) for file in source.files)
        mattes = (matte.path for matte in self.mattes if matte.path is not None)
        return (self.recipe, *sources, *mattes, *(file.path for file in self.reads))

    def matte(self, name: str) -> MattePlan:
        """The matte of that name."""
        return next(matte for matte in self.mattes if matte.name == name)
