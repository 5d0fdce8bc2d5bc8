"""Where a matte comes from: what a recipe may write under ``mattes``.

Every matte is one mapping with exactly one kind (``moving``, ``static``, ``automatic``, ``static_objects``,
``text``, ``prompt``, ``key``, ``shape``, ``file``, ``union``, ``intersection``, ``minus``, ``invert``) and, beside it, finishing that any
kind can carry: ``edges``, then ``choke`` or ``spread``, ``feather`` and ``garbage``.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from composer.fields import Color, FieldModel, Length, MatteName, Place, SourceName, Time
from composer.mask.asking import KEYFRAME_WORDS
from composer.mask.naming import OVERRIDES, OutlinerName, SegmenterName
from composer.mask.pointing import PromptSource
from composer.mask.shape import ShapeSource
from composer.mask.wanted import ObjectsSource, Share
from composer.mask.ways import FLOW_WORDS, INPUT_WORDS, FlowUse, InputKind, check_outliner

Keyframes = Annotated[int, Field(ge=1, le=1000)]


class MovingSource(ObjectsSource):
    """What moves by itself, whatever the camera does.

    Example:
        >>> MovingSource.model_validate({"pick": "nearest", "to": [0.6, 0.5], "at": "2s"}).pick
        'nearest'
    """

    moving_score: Share = Field(0.4, description="objects that score lower are left out")
    min_area: Share = Field(0.0005, description="objects smaller than this share of the picture are left out")
    flow: FlowUse = Field("prompts", description=FLOW_WORDS)
    input: InputKind = Field("color", description=INPUT_WORDS)
    segmenter: SegmenterName | None = Field(None, description=OVERRIDES)
    keyframes: Keyframes | None = Field(None, description=KEYFRAME_WORDS)

    @model_validator(mode="after")
    def _flow_agrees(self) -> Self:
        check_outliner(self.flow, self.segmenter)
        return self

    def takes(self, moving_score: float, mean_area: float) -> bool:
        """See ``ObjectsSource``."""
        return moving_score >= self.moving_score and mean_area >= self.min_area


class StaticSource(FieldModel):
    """The exact soft complement of everything that moves."""

    moving_score: Share = Field(0.4, description="what scores lower counts as static")
    min_area: Share = Field(0.0005, description="what is smaller than this share of the picture counts as static")
    flow: FlowUse = Field("prompts", description=FLOW_WORDS)
    input: InputKind = Field("color", description=INPUT_WORDS)
    segmenter: SegmenterName | None = Field(None, description=OVERRIDES)
    keyframes: Keyframes | None = Field(None, description=KEYFRAME_WORDS)

    @model_validator(mode="after")
    def _flow_agrees(self) -> Self:
        check_outliner(self.flow, self.segmenter)
        return self

    def takes(self, moving_score: float, mean_area: float) -> bool:
        """Whether an object is one of those that this matte leaves out; as ``MovingSource`` takes them."""
        return moving_score >= self.moving_score and mean_area >= self.min_area


class AutomaticSource(ObjectsSource):
    """Everything that looks like a thing, whether it moves or not; ids stay with their things through the shot.

    A segmenter that needs weights is asked at every point of a grid on every key frame, which takes a graphics card;
    the embedded one looks for what differs from its surroundings.
    """

    grid: int | None = Field(
        None,
        ge=2,
        le=128,
        description="points along the longer side that Segment Anything is asked at; by default 32, on a CPU 8",
    )
    every: Time = Field(Time.parse(0.5), description="time between the frames that are searched")
    quality: Share = Field(0.88, description="outlines that Segment Anything itself rates lower are left out")
    stability: Share = Field(
        0.95, description="outlines of Segment Anything that change more under a shift of its threshold are left out"
    )
    moving_score: Share = Field(0.0, description="things that score lower are left out")
    min_area: Share = Field(0.001, description="things smaller than this share of the picture are not looked for")
    segmenter: OutlinerName | None = Field(None, description=OVERRIDES)

    def takes(self, moving_score: float, mean_area: float) -> bool:
        """See ``ObjectsSource``."""
        return moving_score >= self.moving_score and mean_area >= self.min_area


class StaticObjectsSource(AutomaticSource):
    """Things that do not move by themselves; what moves in front of them is taken out.

    Unlike ``static``, which is all that does not move, this is made of things: the parked car, not the street.
    """

    moving_score: Share = Field(0.4, description="things that move more surely than this are left out")

    def takes(self, moving_score: float, mean_area: float) -> bool:
        """See ``ObjectsSource``."""
        return moving_score <= self.moving_score and mean_area >= self.min_area


class TextSource(ObjectsSource):
    """What words name, found now and then and followed between; short form: just the words.

    Needs the ``text`` extra and a model on this machine; see the guide.
    """

    words: str = Field(min_length=1, description="what to look for, such as red car")
    every: Time = Field(Time.parse(1), description="time between the frames that are searched")
    score: Share = Field(0.2, description="what the detector is less sure of is left out")
    moving_score: Share = Field(0.0, description="things that score lower are left out")
    min_area: Share = Field(0.0005, description="things smaller than this share of the picture are left out")
    segmenter: OutlinerName | None = Field(None, description=OVERRIDES)

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, raw: Any) -> Any:
        return {"words": raw} if isinstance(raw, str) else raw

    def takes(self, moving_score: float, mean_area: float) -> bool:
        """See ``ObjectsSource``."""
        return moving_score >= self.moving_score and mean_area >= self.min_area


class KeySource(FieldModel):
    """What has a certain colour or brightness, or differs from a clean plate.

    The matte covers what the key names: ``color: '#00b140'`` covers the green screen, so the actor before it
    is ``invert`` of that matte; ``clean`` covers what is not on the clean plate.
    """

    color: Color | None = Field(None, description="covers this colour, in any shade of light")
    luma: tuple[Share, Share] | None = Field(None, description="covers brightness from .. to, 0 black and 1 white")
    clean: SourceName | None = Field(None, description="covers what differs from this picture of the empty scene")
    tolerance: Share = Field(0.12, description="how far off still counts fully; for luma, how far outside the range")
    softness: Share = Field(0.08, description="width of the soft edge beyond the tolerance")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(way is not None for way in (self.color, self.luma, self.clean)) != 1:
            raise ValueError("a key needs exactly one of color, luma and clean")
        if self.luma is not None and self.luma[0] >= self.luma[1]:
            raise ValueError(f"luma: expected [from, to] with from < to, got {list(self.luma)}")
        return self

    @model_validator(mode="before")
    @classmethod
    def _luma_is_exact(cls, raw: Any) -> Any:
        # A range is already wide: a tolerance on top of it is asked for, never assumed.
        return {"tolerance": 0, **raw} if isinstance(raw, dict) and raw.get("luma") is not None else raw


class FileSource(FieldModel):
    """Someone else's matte: a picture, an image sequence or a video; short form: just its name."""

    source: SourceName = Field(description="name of a source in this recipe, or a file path")
    channel: Literal["auto", "luma", "alpha"] = Field(
        "auto", description="what carries the matte; auto takes alpha where the file has it"
    )

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, raw: Any) -> Any:
        return {"source": raw} if isinstance(raw, str) else raw


MatteNames = Annotated[tuple[MatteName, ...], Field(min_length=1)]

MATTE_KINDS: dict[str, type[FieldModel] | None] = {
    "moving": MovingSource,
    "static": StaticSource,
    "automatic": AutomaticSource,
    "static_objects": StaticObjectsSource,
    "text": TextSource,
    "prompt": PromptSource,
    "key": KeySource,
    "shape": ShapeSource,
    "file": FileSource,
    "union": None,
    "intersection": None,
    "minus": None,
    "invert": None,
}


#: Kinds that need no words: ``walker: moving``.
BARE_KINDS = ("moving", "static", "automatic", "static_objects")


class MatteSpec(FieldModel):
    """One entry of ``mattes``: a kind, and how the matte is finished.

    Example:
        >>> MatteSpec.model_validate({"moving": {}, "feather": "2px"}).kind
        'moving'
    """

    moving: MovingSource | None = Field(None, description="what moves by itself")
    static: StaticSource | None = Field(None, description="everything else, the exact complement")
    automatic: AutomaticSource | None = Field(None, description="every thing, whether it moves or not")
    static_objects: StaticObjectsSource | None = Field(None, description="things that do not move")
    text: TextSource | None = Field(None, description="what words name")
    prompt: PromptSource | None = Field(None, description="what is pointed at on one frame, followed both ways")
    key: KeySource | None = Field(None, description="a colour, a brightness, or a difference to a clean plate")
    shape: ShapeSource | None = Field(None, description="drawn by hand, still or moving")
    file: FileSource | None = Field(None, description="a matte from a file: picture, sequence or video")
    union: MatteNames | None = Field(None, description="what any of these mattes covers")
    intersection: MatteNames | None = Field(None, description="what all of these mattes cover")
    minus: MatteNames | None = Field(None, description="the first matte without the others")
    invert: MatteName | None = Field(None, description="what that matte leaves out; exact")
    edges: Literal["fast", "fine"] = Field(
        "fast",
        description="fine: soft edges, hair and motion blur worked out pixel by pixel; "
        "takes a few tenths of a second a frame and the extra 'fine'",
    )
    choke: Length | None = Field(None, description="moves the edge inwards")
    spread: Length | None = Field(None, description="moves the edge outwards")
    feather: Length | None = Field(None, description="softens the edge")
    garbage: Place | None = Field(None, description="what lies outside this box is dropped")

    @model_validator(mode="before")
    @classmethod
    def _bare_kind(cls, raw: Any) -> Any:
        # ``walker: moving`` and ``walker: {moving: }`` mean ``walker: {moving: {}}``.
        if isinstance(raw, str) and raw in BARE_KINDS:
            return {raw: {}}
        if isinstance(raw, dict):
            return {key: {} if key in BARE_KINDS and value is None else value for key, value in raw.items()}
        return raw

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        given = [kind for kind in MATTE_KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            found = f"got {' and '.join(given)}" if given else "got none"
            raise ValueError(f"a matte needs exactly one of {', '.join(MATTE_KINDS)}; {found}")
        if self.choke is not None and self.spread is not None:
            raise ValueError("write either choke or spread, not both")
        for name in ("choke", "spread", "feather"):
            length: Length | None = getattr(self, name)
            if length is not None and length.amount < 0:
                raise ValueError(f"{name}: expected a length of at least 0, got {length.spelled()}")
        return self

    @property
    def kind(self) -> str:
        """Which of MATTE_KINDS this is."""
        return next(kind for kind in MATTE_KINDS if getattr(self, kind) is not None)

    @property
    def looks_for(self) -> ObjectsSource | None:
        """What is looked for and picked from, where this matte is made of objects that Composer finds."""
        source = getattr(self, self.kind)
        return source if isinstance(source, ObjectsSource) else None

    @property
    def segmenter(self) -> str | None:
        """The segmenter that this matte asks for by itself, if any."""
        named: str | None = getattr(getattr(self, self.kind), "segmenter", None)
        return named

    @property
    def flow(self) -> FlowUse:
        """What flow is for where this matte is looked for."""
        return getattr(getattr(self, self.kind), "flow", "prompts")

    @property
    def input(self) -> InputKind:
        """Whether this matte is looked for in colour or by brightness alone."""
        return getattr(getattr(self, self.kind), "input", "color")

    @property
    def inputs(self) -> tuple[str, ...]:
        """The mattes that this one is made of."""
        names = self.union or self.intersection or self.minus or ((self.invert,) if self.invert else ())
        return tuple(names)

    @property
    def external(self) -> str | None:
        """Name or path of the source this matte reads, if any."""
        if self.file is not None:
            return self.file.source
        if self.prompt is not None:
            return self.prompt.mask
        return self.key.clean if self.key is not None else None

    @property
    def needs_analysis(self) -> bool:
        """True where the whole shot is looked at before the first frame."""
        return self.kind in ("moving", "static", "automatic", "static_objects", "text", "prompt")
