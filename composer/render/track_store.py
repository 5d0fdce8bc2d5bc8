"""Tracks on disk: one small file each, with a hash of its own; one that does not add up is treated as absent."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path as FilePath

import numpy as np
from numpy.typing import NDArray

from composer.errors import OutputError
from composer.motion.path import Path
from composer.motion.track import VERSION
from composer.plan.model import Plan, TrackPlan
from composer.render.report import write_whole
from composer.render.shots import plate_shot

_LAYOUT = 1
_HASH = 16


@dataclass(frozen=True, eq=False)
class Stored:
    """The camera's motion.

    Args:
        matrices: (T, 3, 3) float64.
    """

    matrices: NDArray[np.float64]


def track_key(plan: Plan, track: TrackPlan | None) -> str:
    """Changes when anything does that a track depends on.

    Args:
        plan: names plate, mattes and versions.
        track: a region; None for the camera.
    """
    names = plan.tracks.without if track is None else track.mattes
    parts = [
        str((_LAYOUT, VERSION, plan.versions)),
        plate_shot(plan).key,
        "camera"
        if track is None
        else f"{track.kind} {track.at} {track.name in plan.regions and _corners(plan, track)}",
        "" if track is None else track.spec.model_dump_json(exclude={"without"}),
        *(_matte_key(plan, name) for name in names),
    ]
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=_HASH).hexdigest()


def _corners(plan: Plan, track: TrackPlan) -> list[list[float]]:
    corners: list[list[float]] = plan.regions[track.name].corners.tolist()
    return corners


def _matte_key(plan: Plan, name: str) -> str:
    """Changes when a matte does, or one that it is made of, or what makes it."""
    matte, segmenter = plan.matte(name), plan.segmenter
    own = [matte.spec.model_dump_json(), matte.info.digest if matte.info is not None else ""]
    made = [str(segmenter.name), str(segmenter.asking), str(segmenter.weights)]
    return json.dumps([own, made, [_matte_key(plan, part) for part in matte.spec.inputs]])


def kept(folder: FilePath | None, key: str) -> Path | Stored | None:
    """A track that was kept, or None where there is none that can be trusted."""
    if folder is None:
        return None
    path = folder / f"{key}.track"
    try:
        content = path.read_bytes()
        if _digest(content[_HASH:]) != content[:_HASH]:
            raise ValueError("damaged")
        with np.load(io.BytesIO(content[_HASH:]), allow_pickle=False) as arrays:
            if "matrices" in arrays:
                return Stored(arrays["matrices"])
            return Path(arrays["corners"], arrays["confidence"], arrays["status"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        path.unlink(missing_ok=True)
        return None


def keep(folder: FilePath | None, key: str, track: Path | Stored) -> None:
    """Keep a track for the next render; where it cannot be written it is made again."""
    if folder is None:
        return
    buffer = io.BytesIO()
    if isinstance(track, Stored):
        np.savez_compressed(buffer, matrices=track.matrices)
    else:
        np.savez_compressed(buffer, corners=track.corners, confidence=track.confidence, status=track.status)
    content = buffer.getvalue()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / f"{key}.track", _digest(content) + content)
    except (OSError, OutputError):
        return


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=_HASH).digest()
