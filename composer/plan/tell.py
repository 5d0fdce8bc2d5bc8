"""A plan for people to read, and for machines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel

from composer.effects.base import Effect
from composer.effects.other import Other
from composer.media.probe import MediaInfo
from composer.media.sounds import Mixdown
from composer.plan.framing import FramingPlan
from composer.plan.mixdown import mix_words
from composer.plan.model import MattePlan, OthersPlan, Plan, ReadFile, SourcePlan, TrackPlan, TracksPlan
from composer.plan.timeline_words import timeline_rows, timeline_summary
from composer.recipe.model import Require
from composer.values import FrameRate, Moment, Quad, Size

_WIDTH = 10  # columns of the words at the left


def as_text(plan: Plan) -> str:
    """The whole plan, one thing a line.

    Args:
        plan: decided by ``make_plan``.
    """
    rows = [("recipe", str(plan.recipe)), ("plate", _source(plan.plate)), ("span", _span(plan))]
    rows += timeline_rows(plan.plate.timeline) if plan.plate.timeline is not None else []
    rows += [("source", f"{name}: {_source(source)}") for name, source in plan.sources.items()]
    rows += [("matte", _matte(matte)) for matte in plan.mattes]
    rows += [("region", f"{name}: {_quad(quad)}") for name, quad in plan.regions.items()]
    rows += [("file", f"{file.name}: {file.path}") for file in plan.reads]
    rows += [("track", line) for line in track_words(plan.tracks)]
    rows += [("edit", f"{number}. {_edit(edit)}") for number, edit in enumerate(plan.edits, 1)]
    rows += [
        ("clean", f"without {', '.join(one.without)}: at most {one.samples} frames of a shot kept")
        for one in plan.cleans
    ]
    rows += [("others", line) for line in others_words(plan.others)]
    rows += [("segmenter", f"{plan.segmenter.name} on {plan.segmenter.device}: {plan.segmenter.reason}")]
    rows += [("require", _require(plan.require))] if plan.require is not None else []
    rows += [("output", _output(plan)), ("sound", sound_words(plan))]
    rows += [("memory", f"about {plan.memory / (1 << 20):.0f} MB at the peak")]
    rows += [("cache", str(plan.cache or "none"))]
    rows += [("warning", warning) for warning in plan.warnings]
    rows += [("versions", ", ".join(f"{name} {version}" for name, version in plan.versions))]
    return "\n".join(f"{word:<{_WIDTH}}{text}" for word, text in rows)


def _source(source: SourcePlan) -> str:
    if source.clean is not None:
        return f"the plate without {', '.join(source.clean.without)}"
    info = source.info
    said = f"{source.path} ({info.kind}, {info.codec}, {info.size}, {info.format.name}, {_rate(info)})"
    parts = [said if source.timeline is None else timeline_summary(source.timeline)]
    if source.start:
        parts.append(f"from {_seconds(source.start)}")
    if source.stop is not None:
        parts.append(f"to {_seconds(source.stop)}")
    if source.speed != 1:
        parts.append(f"at speed {float(source.speed):g}")
    if source.end != "hold":
        parts.append(f"then {source.end}")
    return " ".join(parts)


def _rate(info: MediaInfo) -> str:
    return "still" if info.kind == "still" else f"{float(info.rate.value):.5g} fps"


def _seconds(value: Fraction) -> str:
    return f"{float(value):.6g}s"


def _span(plan: Plan) -> str:
    end = "the end" if plan.span.end is None else _seconds(plan.span.end)
    count = "an unknown number of" if plan.frames is None else str(plan.frames)
    said = f"{_seconds(plan.span.start)} to {end}, {count} frames"
    if plan.read == plan.span:
        return said
    last = "the end" if plan.read.end is None else _seconds(plan.read.end)
    return f"{said}; {_seconds(plan.read.start)} to {last} is looked at for them"


def _matte(matte: MattePlan) -> str:
    made = f" of {', '.join(matte.spec.inputs)}" if matte.spec.inputs else ""
    from_file = f" from {matte.path}" if matte.path is not None else ""
    return f"{matte.name}: {matte.spec.kind}{made}{from_file}"


def _require(asked: Require) -> str:
    least = [("confidence", asked.confidence), ("seen", asked.seen)]
    words = ", ".join(f"{name} at least {value:g}" for name, value in least if value is not None)
    return f"{words} of {', '.join(asked.mattes) if asked.mattes else 'every matte'}, or exit status 3"


def _quad(quad: Quad) -> str:
    return " ".join(f"({x:.5g}, {y:.5g})" for x, y in quad.corners)


def _edit(edit: Effect) -> str:
    given = edit.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return f"{edit.kind} " + ", ".join(f"{key}: {value}" for key, value in given.items())


def _output(plan: Plan) -> str:
    output, settings = plan.output, plan.output.settings
    quality = "" if settings.quality is None else f", quality {settings.quality:g}"
    preset = "" if settings.preset is None else f", preset {settings.preset}"
    same = ", the same bytes on every run" if settings.reproducible else ""
    part = "" if plan.framing is None else f", {_framing(plan.framing)}"
    return f"{output.path} ({settings.codec}, {output.size}{part}, {output.format.name}{quality}{preset}{same})"


def _framing(framing: FramingPlan) -> str:
    """What part of the picture is shown, at the start and in words after it."""
    box = framing.window_at(Fraction(0), FrameRate(Fraction(1))).bounds
    asked = framing.asked
    part = f"the part {box.x0:g},{box.y0:g} to {box.x1:g},{box.y1:g} of {framing.plate}"
    moves = [] if asked.rests else ["then as its keyframes say"]
    moves += [] if asked.follow is None else [f"following {asked.follow}"]
    moves += [] if not asked.stabilise else [f"{asked.stabilise:.0%} of the camera's shake taken out"]
    return ", ".join([part, *moves])


def others_words(others: OthersPlan) -> list[str]:
    """What is read of other moments of the footage, in words: one line a reading."""
    lines = [
        f"{_moments(window.others)}: one reading, at most {window.frames} frames kept" for window in others.windows
    ]
    return lines + ([f"at {_moments(others.held)}: one reading, a frame kept for each"] if others.held else [])


def _moments(others: tuple[Other, ...]) -> str:
    return ", ".join(_spelled(moment) for other in others if (moment := other.shift or other.at) is not None)


def _spelled(moment: Moment) -> str:
    return f"{moment.frames}f" if moment.seconds is None else _seconds(moment.seconds)


def track_words(tracks: TracksPlan) -> list[str]:
    """What is followed through the shot, in words: one line a region, and one for the camera."""
    lines = [_track(track) for track in tracks.regions]
    return lines + ([f"the camera{_without(tracks.without)}"] if tracks.camera else [])


def _track(track: TrackPlan) -> str:
    if track.kind == "follow":
        return f"{track.name}: pinned to the {track.spec.anchor} of {track.on}"
    what = {"planar": "the surface in it", "camera": "the whole picture", "matte": f"what {track.on} covers"}[
        track.kind
    ]
    return f"{track.name}: moves with {what}, from {_seconds(track.at)}{_without(track.without)}"


def _without(mattes: tuple[str, ...]) -> str:
    return f", without {', '.join(mattes)}" if mattes else ""


def sound_words(plan: Plan) -> str:
    """What becomes of the sound, in words."""
    track = plan.output.audio
    if track is None:
        return "none: left out" if plan.plate.info.audio else "none: the plate has no sound"
    if isinstance(track, Mixdown):
        return mix_words(track)
    how = "copied" if track.mode == "copy" else "cut and encoded"
    return f"stream {track.stream} of {track.path.name}, {how}"


def as_json(plan: Plan) -> str:
    """The whole plan as JSON; fractions are written as text, so that nothing is rounded."""
    return json.dumps(_plain(plan), indent=2)


def _plain(value: Any) -> Any:
    if isinstance(value, Effect):
        return {value.kind: value.model_dump(mode="json", by_alias=True, exclude_unset=True)}
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_none=True)
    if isinstance(value, Quad):
        return np.round(value.corners, 6).tolist()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return _plain_value(value)


def _plain_value(value: Any) -> Any:
    if isinstance(value, ReadFile):
        return {"name": value.name, "path": str(value.path), "digest": value.digest}
    if isinstance(value, Size | FrameRate | Fraction | Path):
        return str(value)
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return value
