"""Pieces of an OpenTimelineIO document, as its JSON spells them.

Source: OpenTimelineIO 0.18, "OTIO File Format Specification" and the schema of each object.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from composer.media.probe import MediaInfo
from composer.media.sequence import sequence_files

Part = dict[str, Any]
_NUMBER = re.compile(r"(.*?)(\d+)$")


def rational(seconds: Fraction, rate: Fraction) -> Part:
    """A time as a number of frames; whole where it lies on one."""
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": float(rate), "value": float(seconds * rate)}


def time_range(start: Fraction, length: Fraction, rate: Fraction) -> Part:
    """A half-open piece of time, both ends in frames of one rate."""
    return {
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": rational(start, rate),
        "duration": rational(length, rate),
    }


def told(values: Mapping[str, Any]) -> Part:
    """What only Composer understands, in a drawer of its own."""
    return {"composer": {key: value for key, value in values.items() if value is not None}}


def effect(name: str, values: Mapping[str, Any]) -> Part:
    """An effect that others can only keep."""
    return {
        "OTIO_SCHEMA": "Effect.1",
        "name": name,
        "effect_name": f"composer:{name}",
        "enabled": True,
        "metadata": told(values),
    }


def warp(speed: Fraction) -> Part:
    """A constant speed."""
    return {
        "OTIO_SCHEMA": "LinearTimeWarp.1",
        "name": "speed",
        "effect_name": "LinearTimeWarp",
        "time_scalar": float(speed),
        "enabled": True,
        "metadata": {},
    }


def freeze() -> Part:
    """One picture held."""
    return {
        "OTIO_SCHEMA": "FreezeFrame.1",
        "name": "hold",
        "effect_name": "FreezeFrame",
        "time_scalar": 0.0,
        "enabled": True,
        "metadata": {},
    }


def gap(length: Fraction, rate: Fraction) -> Part:
    """Nothing, for a while."""
    return {
        "OTIO_SCHEMA": "Gap.1",
        "name": "",
        "source_range": time_range(Fraction(0), length, rate),
        "effects": [],
        "markers": [],
        "enabled": True,
        "metadata": {},
    }


def marker(name: str, start: Fraction, length: Fraction, rate: Fraction, values: Mapping[str, Any]) -> Part:
    """A piece of time with a name."""
    return {
        "OTIO_SCHEMA": "Marker.2",
        "name": name,
        "color": "GREEN",
        "comment": "",
        "marked_range": time_range(start, length, rate),
        "metadata": told(values),
    }


def clip(
    name: str,
    media: Part,
    start: Fraction,
    length: Fraction,
    rate: Fraction,
    *,
    effects: Sequence[Part] = (),
    values: Mapping[str, Any] = {},
) -> Part:
    """A piece of a file, with its length as it is shown.

    Args:
        name: for people.
        media: as ``reference`` gives it.
        start: seconds since the file's first picture.
        length: seconds that it is shown.
        rate: of the track.
        effects: on this clip.
        values: what only Composer understands.
    """
    return {
        "OTIO_SCHEMA": "Clip.2",
        "name": name,
        "source_range": time_range(start, length, rate),
        "media_references": {"DEFAULT_MEDIA": media},
        "active_media_reference_key": "DEFAULT_MEDIA",
        "effects": list(effects),
        "markers": [],
        "enabled": True,
        "metadata": told(values) if values else {},
    }


def transition(name: str, before: Fraction, after: Fraction, rate: Fraction, values: Mapping[str, Any]) -> Part:
    """How one clip goes over into the next; a dissolve is one everywhere, all else only Composer's.

    Args:
        name: Composer's kind.
        before: seconds of it that lie before the cut.
        after: seconds of it that lie behind the cut.
        rate: of the track.
        values: its parameters.
    """
    return {
        "OTIO_SCHEMA": "Transition.1",
        "name": name,
        "transition_type": "SMPTE_Dissolve" if name == "dissolve" else "Custom_Transition",
        "in_offset": rational(before, rate),
        "out_offset": rational(after, rate),
        "metadata": told(values),
    }


def track(name: str, kind: str, children: Iterable[Part], *, effects: Sequence[Part] = ()) -> Part:
    """Items one after another; ``kind`` is Video or Audio."""
    return {
        "OTIO_SCHEMA": "Track.1",
        "name": name,
        "kind": kind,
        "source_range": None,
        "children": list(children),
        "effects": list(effects),
        "markers": [],
        "enabled": True,
        "metadata": {},
    }


def reference(info: MediaInfo, length: Fraction | None) -> Part:
    """A file, or numbered pictures.

    Args:
        info: what the probe found.
        length: seconds of picture, where they are known.
    """
    available = None if length is None else time_range(Fraction(0), length, info.rate.value)
    shared = {"name": info.path.name, "available_range": available, "available_image_bounds": None, "metadata": {}}
    if info.kind == "sequence" and (numbered := _numbered(info)) is not None:
        return {"OTIO_SCHEMA": "ImageSequenceReference.1", **shared, **numbered}
    return {"OTIO_SCHEMA": "ExternalReference.1", **shared, "target_url": info.path.absolute().as_uri()}


def _numbered(info: MediaInfo) -> Part | None:
    """How a sequence's files are called, where their numbers run on without a hole."""
    files = sequence_files(info.path)
    found = [_NUMBER.fullmatch(file.stem) for file in files]
    if found[0] is None or any(one is None or one[1] != found[0][1] for one in found):
        return None
    numbers = [int(one[2]) for one in found if one is not None]
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        return None
    return {
        "target_url_base": f"{files[0].absolute().parent.as_uri()}/",
        "name_prefix": found[0][1],
        "name_suffix": files[0].suffix,
        "start_frame": numbers[0],
        "frame_step": 1,
        "rate": float(info.rate.value),
        "frame_zero_padding": len(found[0][2]),
        "missing_frame_policy": "error",
    }
