"""Looking at a whole shot for things, whether they move or not; stored small, and outlined when they are wanted.

What moves is known from its motion on every frame. For the rest a key frame is looked at now and then for everything
in it; between two key frames these things are carried along the flow from both sides, and every pixel goes to the
side that is nearer in time and better trusted. Nothing grows with the length of the shot but what is stored.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.errors import ModelUnavailable
from composer.mask import look
from composer.mask.analysis import VERSION as MOTION_VERSION
from composer.mask.analysis import Analysis, checked, looked_at, summary_of, told
from composer.mask.associate import Identities, associate, ids_in
from composer.mask.automatic import Asked, Mask, Proposal, propose_all
from composer.mask.cut import Named, cut_out
from composer.mask.label_flow import carried_labels, voted
from composer.mask.propagate import carried_trust
from composer.mask.propose import moving_score, things
from composer.mask.resting import Labels, Map, Names, named
from composer.mask.segment import Segmenter
from composer.mask.shot import Shot
from composer.mask.smooth import WINDOW, Seen, Steady, steadied
from composer.mask.store import MatteEntry, MatteWriter, StoredMatte, entry_path, open_entry
from composer.mask.text_prompt import Detector, Words, by_text
from composer.mask.tools import Tools, digest_of
from composer.mask.tracks import Tracks
from composer.motion.flow import warp_by_flow
from composer.pipeline import ahead
from composer.values import Frame, FrameRate, Size

#: Raise when what is found changes for the same footage and settings.
VERSION = 2
#: Trust in the flow below which a pixel shows something else than the frame before.
UNCOVERED = 0.2
#: Things of one frame that can be told apart in the store.
MOST_THINGS = 250


@dataclass(frozen=True)
class Search:
    """How a shot is searched.

    Args:
        asked: how closely every key frame is looked at, or for what.
        every: seconds between key frames.
    """

    asked: Asked | Words
    every: Fraction


@dataclass(frozen=True, eq=False)
class _Look:
    """A frame at working size: what moves in it, as objects, and on key frames what else there may be."""

    seen: Seen
    probability: Map
    moving: Labels
    proposals: list[Proposal] | None
    cut: bool

    @property
    def grey(self) -> NDArray[np.uint8]:
        return cv2.cvtColor(self.seen.bgr, cv2.COLOR_BGR2GRAY).astype(np.uint8, copy=False)


@dataclass(frozen=True, eq=False)
class _Labelled:
    """A frame's things: (h, w) int32 ids, and (h, w) float32 0..1, how surely a pixel is what its label says."""

    labels: Labels
    sure: Map


@dataclass
class _Found:
    """What is known of all things while the shot is looked at: those that move, and those of the key frames."""

    tracks: Tracks = field(default_factory=Tracks)
    ids: dict[tuple[str, int], int] = field(default_factory=dict)
    sightings: dict[int, int] = field(default_factory=dict)
    qualities: dict[int, list[float]] = field(default_factory=dict)
    keys: int = 0

    def sighted(self, names: Names) -> None:
        """A key frame's things."""
        self.keys += 1
        for local, quality in names.qualities.items():
            one = self.id_of("resting", local)
            self.sightings[one] = self.sightings.get(one, 0) + 1
            self.qualities.setdefault(one, []).append(quality)

    def id_of(self, kind: str, local: int) -> int:
        """One row of ids for both kinds, in the order in which they are met."""
        return self.ids.setdefault((kind, local), len(self.ids) + 1)

    def together(self, rests: _Labelled, moving: Labels) -> _Labelled:
        """What moves in front of what does not."""
        labels = np.where(moving > 0, self._renamed("moving", moving), self._renamed("resting", rests.labels))
        return _Labelled(labels, np.where(moving > 0, np.float32(1), rests.sure).astype(np.float32))

    def _renamed(self, kind: str, labels: Labels) -> Labels:
        table = np.zeros(int(labels.max()) + 1, np.int32)
        for one in ids_in(labels):
            table[one] = self.id_of(kind, one)
        return np.asarray(table[labels], np.int32)

    def facts(self, rate: FrameRate) -> dict[str, object]:
        """Everything that is known, as JSON."""
        return {"objects": self.kept(rate), "warnings": [], "trace": {"cuts": self.tracks.cuts}}

    def kept(self, rate: FrameRate) -> list[dict[str, object]]:
        """The summaries of the things that are more than chance, by id."""
        moving = {one for (kind, _), one in self.ids.items() if kind == "moving"}
        least = min(2, max(1, self.keys - 1))  # of key frames that must agree on a thing
        return [
            asdict(told(track, float(np.mean(self.qualities.get(track.object_id, [0.0])))))
            for track in self.tracks.kept(rate)
            if track.object_id in moving or self.sightings.get(track.object_id, 0) >= least
        ]


def find_things(shot: Shot, search: Search, tools: Tools, detector: Detector | None = None) -> Analysis:
    """Find the things of a shot, or what was found before; their masks are small, see ``outline_things``.

    Args:
        shot: the plate.
        search: how closely to look, or for what.
        tools: see ``Tools``.
        detector: finds what words name, where the search is for words.

    Raises:
        Cancelled: the user stopped the work; nothing is left behind.
    """
    path = entry_path(tools.folder, *_ingredients(shot, search, tools))
    entry = open_entry(path)
    if entry is None:
        found, size = _Found(), look.small_size(shot.size)
        with (
            MatteWriter(path, size) as writer,
            closing(ahead(_labelled(shot, search, tools, found, detector))) as frames,
        ):
            for labelled in frames:
                writer.add(_stored(labelled))
            writer.finish(found.facts(shot.rate))
        entry = MatteEntry(path)
    return Analysis(entry, summary_of(entry.facts, tools.choice))


def _ingredients(shot: Shot, search: Search, tools: Tools) -> tuple[object, ...]:
    return ("things", VERSION, MOTION_VERSION, shot.key, tools.choice.digest, digest_of(tools.motion), search)


def _labelled(
    shot: Shot, search: Search, tools: Tools, found: _Found, detector: Detector | None
) -> Iterator[_Labelled]:
    """The things of every frame; what is known of them grows along the way."""
    names, before = Names(), None
    held: list[_Look] = []
    for index, each in enumerate(_looks(shot, search, tools, detector)):
        held.append(each)
        if each.proposals is None:
            continue
        if each.cut:
            found.tracks.cuts.append(index)
            names, before = Names(last_id=names.last_id), None
        names, labelled = _between(names, before, held, search.asked.min_area)
        found.sighted(names)
        for number, (rests, frame) in enumerate(zip(labelled, held, strict=True), start=index + 1 - len(held)):
            one = found.together(rests, frame.moving)
            tools.observer.saw_objects(number, one.labels, _noted(found.tracks, number, one.labels, frame))
            yield one
        before, held = each, []


def _noted(tracks: Tracks, index: int, labels: Labels, frame: _Look) -> dict[int, float]:
    scores = {}
    tracks.frames = index + 1
    for one in ids_in(labels):
        inside = labels == one
        scores[one] = moving_score(frame.probability, inside)
        tracks.note(one, index, inside, scores[one])
    return scores


def _looks(shot: Shot, search: Search, tools: Tools, detector: Detector | None) -> Iterator[_Look]:
    """Motion of every frame, and everything there is on the key frames; the first and last of every scene are some."""
    segmenter = tools.choice.load()
    step = max(1, round(search.every * shot.rate.value))
    waiting: deque[Seen] = deque()

    def tapped() -> Iterator[Seen]:
        for seen in looked_at(shot, tools, deque()):
            waiting.append(seen)
            yield seen

    known = Identities()
    with closing(ahead(steadied(tapped(), learns=tools.choice.learns), depth=WINDOW)) as motion:
        for index, (steady, frame, is_last) in enumerate(_with_end(zip(motion, checked(shot), strict=False))):
            if steady.cut:  # nothing is recognised across a cut
                known = Identities(last_id=known.last_id)
            # What words name is one thing, however much of it moves.
            moves = things(steady.probability) & (detector is None)
            known, moving = associate(known, moves, steady.backward)
            found = None
            if is_last or steady.cut or index % step == 0:
                found = _proposed(segmenter, detector, look.rgb(frame), search.asked, moving > 0)
            tools.tick("mattes: things", index + 1, shot.count)
            yield _Look(waiting.popleft(), steady.probability, moving, found, steady.cut)


def _proposed(
    segmenter: Segmenter, detector: Detector | None, picture: NDArray[np.uint8], asked: Asked | Words, taken: Mask
) -> list[Proposal]:
    if isinstance(asked, Asked):
        return propose_all(segmenter, picture, asked, taken)
    if detector is None:
        raise ModelUnavailable("a search for words needs a detector", hint="hand one in")
    return by_text(detector, segmenter, picture, asked, Size(taken.shape[1], taken.shape[0]))


def _with_end(frames: Iterable[tuple[Steady, Frame]]) -> Iterator[tuple[Steady, Frame, bool]]:
    """Every frame, and whether it is the last one of a scene."""
    held: tuple[Steady, Frame] | None = None
    for one in frames:
        if held is not None:
            yield *held, one[0].cut
        held = one
    if held is not None:
        yield *held, True


def _between(names: Names, before: _Look | None, held: list[_Look], least: float) -> tuple[Names, list[_Labelled]]:
    """Name what rests on a key frame, and carry it and that of the one before to the frames between.

    Args:
        names: after the key frame before.
        before: that frame, or None at the start.
        held: the frames after it; the last is the key frame.
        least: share of the picture below which nothing is a thing.
    """
    key = held[-1]
    nothing = np.zeros(key.moving.shape, np.int32)
    forth = []
    if before is not None and names.labels is not None:
        start = _Labelled(names.labels, (before.moving == 0).astype(np.float32))
        forth = _carried(start, [before, *held], [one.seen.motion.backward for one in held])
    arrived = forth[-1] if forth else _Labelled(nothing, nothing.astype(np.float32))
    labels = np.where(key.moving > 0, 0, arrived.labels).astype(np.int32)
    names = named(names, labels, arrived.sure, key.proposals or [], key.seen.bgr, least=least)
    here = _Labelled(nothing if names.labels is None else names.labels, (key.moving == 0).astype(np.float32))
    back = _carried(here, held[::-1], [one.seen.motion.forward for one in held[-2::-1]])[::-1]
    between = []
    for number, (one, other) in enumerate(zip(forth[:-1], back, strict=True), start=1):
        later = number / len(held)
        labels, sure = voted(one.labels, one.sure * np.float32(1 - later), other.labels, other.sure * np.float32(later))
        between.append(_Labelled(labels, sure))
    return names, [*between, here]


def _carried(start: _Labelled, way: list[_Look], flows: list[NDArray[np.float32]]) -> list[_Labelled]:
    """Labels brought from the first frame of a way to each of the others, with how far they are to be believed."""
    now, found = start, []
    for there, here, flow in zip(way, way[1:], flows, strict=False):
        trust = carried_trust(flow, here.grey, there.grey)
        # What becomes uncovered flows like what lies around it, and would keep the label of what left.
        labels = np.where(trust > UNCOVERED, carried_labels(now.labels, flow), 0).astype(np.int32)
        now = _Labelled(labels, np.minimum(warp_by_flow(now.sure, flow), trust))
        found.append(now)
    return found


def _stored(labelled: _Labelled) -> StoredMatte:
    areas = np.bincount(labelled.labels.ravel())
    ids = sorted(ids_in(labelled.labels), key=lambda one: (-int(areas[one]), one))[:MOST_THINGS]
    table = np.zeros(len(areas), np.uint8)
    table[ids] = np.arange(1, len(ids) + 1)
    places = table[labelled.labels]
    # A pixel that is some thing's is at least 1, however unsure: 0 means nothing there.
    sure = np.clip(np.rint(labelled.sure * 255), 1, 255).astype(np.uint8)
    return StoredMatte.of(np.where(places > 0, sure, 0).astype(np.uint8), places, tuple(ids))


def outline_things(shot: Shot, found: Analysis, wanted: frozenset[int], search: Search, tools: Tools) -> Analysis:
    """The outlines of some of the things at full size, or those made before.

    Args:
        shot: the plate.
        found: its things.
        wanted: the ids of those that are outlined.
        search: how they were found.
        tools: see ``Tools``.

    Returns:
        Mattes of the wanted things; the summary is of all.
    """
    path = entry_path(tools.folder, "outlines", *_ingredients(shot, search, tools), sorted(wanted))
    entry = open_entry(path)
    if entry is None:
        with MatteWriter(path, shot.size) as writer:
            qualities = cut_out(shot, tools, _wanted(found, wanted), writer.add)
            objects = [
                replace(one, quality=round(qualities.get(one.object_id, one.quality), 4))
                for one in found.summary.objects
            ]
            writer.finish({**found.entry.facts, "objects": [asdict(one) for one in objects]})
        entry = MatteEntry(path)
    return Analysis(entry, summary_of(entry.facts, tools.choice))


def _wanted(found: Analysis, wanted: frozenset[int]) -> Iterator[Named]:
    """The wanted things of every frame, as ``cut_out`` takes what moves."""
    scores = {one.object_id: one.moving_score for one in found.summary.objects}
    for index in range(len(found.entry)):
        stored = found.entry.read(index)
        labels, sure = unpacked(stored, found.entry.size)
        mine = np.isin(labels, list(wanted))
        # Where another thing won a pixel narrowly, a wanted one was the loser.
        chance = np.where(mine, sure, np.where(labels > 0, 255 - sure, 0)).astype(np.uint8)
        soft = cv2.GaussianBlur(chance, (0, 0), 0.8).astype(np.uint8)
        labels = np.where(mine, labels, 0)
        yield Named(soft, labels.astype(np.uint16), {one: scores[one] for one in ids_in(labels)})


def unpacked(stored: StoredMatte, size: Size) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """The object ids of a stored frame, and its coverage, pixel by pixel.

    Args:
        stored: one frame.
        size: of its picture.

    Returns:
        (h, w) int32, 0 for none, and (h, w) uint8.
    """
    labels = np.zeros(size.shape, np.int32)
    if stored.labels is not None and stored.ids:
        labels[stored.box.slices] = np.array([0, *stored.ids], np.int32)[stored.labels]
    elif stored.ids:
        labels[stored.box.slices] = np.where(stored.alpha > 0, stored.ids[0], 0)
    return labels, stored.alpha_of(None, size)
