"""Looking at a whole shot: what moves, as objects, stored as mattes.

Decoding, motion, naming and outlining run side by side, each in a thread of its own; the outlines follow the
motion by one window of frames, and nothing grows with the length of the shot but the stored mattes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from composer.errors import DecodeError
from composer.mask import look, pointed
from composer.mask.associate import Identities, associate, ids_in
from composer.mask.choose import SegmenterChoice
from composer.mask.cut import Named, cut_out
from composer.mask.flow_picture import flow_picture, own_flow
from composer.mask.pointing import PromptSource
from composer.mask.propose import moving_score, things
from composer.mask.shot import Shot
from composer.mask.smooth import WINDOW, Seen, Steady, steadied
from composer.mask.sparing import Found, cut_out_sparingly
from composer.mask.store import MatteEntry, MatteWriter, StoredMatte, entry_path, open_entry
from composer.mask.summary import MatteSummary, ObjectSummary
from composer.mask.tools import Tools, digest_of
from composer.mask.trace import Trace
from composer.mask.tracks import Track, Tracks
from composer.mask.vote import Neighbours, Vote, Voter
from composer.motion.flow import FlowField
from composer.pipeline import ahead
from composer.values import Frame

#: Raise when what is found changes for the same footage and settings.
VERSION = 16
#: Raise when what a segmenter that is asked on keyframes finds changes, and nothing else does.
SPARING = 3


@dataclass(frozen=True, eq=False)
class Analysis:
    """What was found in a shot.

    Args:
        entry: its mattes.
        summary: in words and numbers.
    """

    entry: MatteEntry
    summary: MatteSummary


def analyse_moving(shot: Shot, tools: Tools) -> Analysis:
    """Find everything that moves by itself in a shot, or what was found before.

    Args:
        shot: the plate.
        tools: see ``Tools``.

    Raises:
        Cancelled: the user stopped the work; nothing is left behind.
    """
    sparing = () if tools.is_quick else (SPARING, tools.keyframes)
    digests = (tools.choice.digest, digest_of(tools.motion))
    path = entry_path(tools.folder, "moving", VERSION, shot.key, *digests, tools.flow, *sparing)
    entry = open_entry(path)
    if entry is None:
        tracks, trace = Tracks(), Trace(tools.observer, shot.size, shot.rate)
        tools = replace(tools, observer=trace)
        first = ahead(_named(shot, tools, tracks, trace), depth=WINDOW)
        with MatteWriter(path, shot.size) as writer, closing(first) as named:

            def add(voter: Voter) -> None:
                writer.add(voter.matte)
                trace.note_matte(voter)

            found = _outlined(shot, tools, named, add)
            writer.finish(_facts(tracks, trace, found, shot))
        entry = MatteEntry(path)
    return Analysis(entry, summary_of(entry.facts, tools.choice))


def _outlined(shot: Shot, tools: Tools, named: Iterable[Named], put: Callable[[Voter], None]) -> Found:
    """The outlines of every frame, after neighbours voted on them."""
    vote, waiting = Vote(shot.size, put), deque[Named]()

    def noted() -> Iterator[Named]:
        for one in named:
            waiting.append(one)
            yield one

    def add(matte: StoredMatte) -> None:
        one = waiting.popleft()
        vote.add(matte, one.beside, cut=one.cut)

    if tools.is_quick:
        found = Found(cut_out(shot, tools, noted(), add))
    else:
        found = cut_out_sparingly(shot, tools, noted(), add)
    vote.finish()
    return found


def _named(shot: Shot, tools: Tools, tracks: Tracks, trace: Trace) -> Iterator[Named]:
    """First look: motion, steadied, as named things; the tracks grow along the way."""
    known = Identities()
    drawn: deque[NDArray[np.uint8]] = deque()
    seen = looked_at(shot, tools, drawn, note=trace.note_time)
    for index, steady in enumerate(steadied(seen, learns=tools.choice.learns)):
        tools.observer.saw_steady(index, steady.probability)
        if steady.cut:  # nobody is recognised across a cut
            known = Identities(last_id=known.last_id)
            tracks.cuts.append(index)
        known, labels = associate(known, things(steady.probability), steady.backward)
        tracks.frames = index + 1
        scores: dict[int, float] = {}
        for one in ids_in(labels):
            inside = labels == one
            scores[one] = moving_score(steady.probability, inside)
            tracks.note(one, index, inside, scores[one])
        tools.observer.saw_objects(index, labels, scores)
        certain = np.rint(steady.probability * 255).astype(np.uint8)
        picture = drawn.popleft() if drawn else None
        yield Named(certain, labels.astype(np.uint16), scores, steady.cut, picture, _beside(steady))


def _beside(steady: Steady) -> Neighbours:
    return Neighbours(steady.grey, steady.forward.astype(np.float16), steady.backward.astype(np.float16))


def looked_at(
    shot: Shot,
    tools: Tools,
    drawn: deque[NDArray[np.uint8]],
    *,
    note: Callable[[Frame], None] = lambda _: None,
) -> Iterator[Seen]:
    """Every frame at working size with its motion; decoding and motion overlap, each in a thread of its own.

    Args:
        shot: the plate.
        tools: see ``Tools``.
        drawn: takes the flow of every frame as a picture, where it is wanted.
        note: is shown every frame.
    """
    small = look.small_size(shot.size)
    waiting: deque[NDArray[np.uint8]] = deque()

    def looks() -> Iterator[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
        for frame in checked(shot):
            note(frame)
            yield look.grey(frame), look.small_bgr(frame, small)

    def greys() -> Iterator[NDArray[np.uint8]]:
        for grey, bgr in ahead(looks()):
            waiting.append(bgr)
            yield grey

    own: FlowField | None = None
    with closing(ahead(tools.motion(greys()), depth=32)) as motions:
        for index, motion in enumerate(motions):
            tools.tick("mattes: motion", index + 1, shot.count)
            tools.observer.saw_motion(index, motion)
            if tools.flow == "picture":
                own = own_flow(motion, own)
                drawn.append(flow_picture(own))
            yield Seen(motion, waiting.popleft())


def checked(shot: Shot) -> Iterator[Frame]:
    """The frames of a shot, refusing those of another size."""
    for index, frame in enumerate(shot.frames()):
        if frame.size != shot.size:
            raise DecodeError(f"frame {index} is {frame.size}, the shot is {shot.size}")
        yield frame


def _facts(tracks: Tracks, trace: Trace, found: Found, shot: Shot) -> dict[str, Any]:
    objects = [told(one, found.qualities.get(one.object_id, 0.0)) for one in tracks.kept(shot.rate)]
    return {
        "objects": [asdict(one) for one in objects],
        "warnings": tracks.warnings(shot.rate),
        "trace": trace.facts(tracks),
        "keyframes": found.keyframes,
    }


def told(track: Track, quality: float) -> ObjectSummary:
    """What a summary says of an object.

    Args:
        track: where it was seen.
        quality: 0..1, of its outlines.
    """
    return ObjectSummary(
        object_id=track.object_id,
        first=track.first,
        last=track.last,
        frames=track.frames,
        mean_area=round(track.mean_area, 6),
        moving_score=round(track.moving_score, 4),
        quality=round(quality, 4),
    )


def summary_of(facts: dict[str, Any], choice: SegmenterChoice) -> MatteSummary:
    """The summary that an entry's facts hold.

    Args:
        facts: as written by the analysis.
        choice: the segmenter and why.
    """
    objects = tuple(ObjectSummary(**one) for one in facts["objects"])
    return MatteSummary(
        objects=objects,
        segmenter=choice.name,
        reason=choice.reason,
        warnings=tuple(facts["warnings"]),
        nothing_moves=not objects,
        confidence=float(facts.get("confidence", 1.0)),
    )


def analyse_prompt(shot: Shot, source: PromptSource, tools: Tools, mask: Shot | None = None) -> Analysis:
    """Follow something that was pointed at, or take what was found before.

    Args:
        shot: the plate.
        source: where it was pointed at.
        tools: see ``Tools``.
        mask: the picture that ``source.mask`` names.

    Raises:
        Cancelled: the user stopped the work; nothing is left behind.
    """
    asked = source.model_dump_json(exclude={"segmenter"})
    parts = (pointed.VERSION, shot.key, tools.choice.digest, asked, tools.proxy, "" if mask is None else mask.key)
    path = entry_path(tools.folder, "prompt", VERSION, *parts)
    entry = open_entry(path)
    if entry is None:
        picture = None if mask is None else next(mask.frames())
        with MatteWriter(path, shot.size) as writer:
            writer.finish(pointed.analyse_pointed(shot, source, tools, writer, mask=picture))
        entry = MatteEntry(path)
    return Analysis(entry, summary_of(entry.facts, tools.choice))
