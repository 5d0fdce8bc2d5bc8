"""Mattes on disk: one file per analysed shot, any frame read in about a millisecond.

Layout: the frames' records one after the other, then the index (JSON), then a fixed tail. A record holds only
the box that the matte covers. Everything carries a hash of its own, since no container notices flipped bits; a
file that does not add up is treated as absent and made again.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import tempfile
import threading
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from composer.errors import ShapeError
from composer.values import Box, Plane, Size

#: Raise when the layout changes; older files are then made again.
LAYOUT = 1
_MAGIC = b"CMPMATTE"
_TAIL = struct.Struct("<8sQQ16s")  # magic, place and length of the index, its hash
_HEAD = struct.Struct("<16sIIIIII")  # hash of the rest, x0, y0, x1, y1, bytes of alpha, objects in it
#: zlib at level 1: 2.3 ms to pack and 0.8 ms to unpack a subject of half a 1080p frame, 94 kB; PNG took 7 and 3 ms
#: for the same size (measured 2026-11-22).
_LEVEL = 1


@dataclass(frozen=True, eq=False)
class StoredMatte:
    """What is known of one frame.

    Args:
        box: whole pixels; outside it nothing is covered. May be empty.
        alpha: (h, w) uint8 of the box: coverage by all objects together.
        labels: (h, w) uint8 of the box: 1 + position in ``ids`` of the object that a pixel belongs to, 0 for
            none; None where at most one object is there.
        ids: the objects on this frame.
    """

    box: Box
    alpha: NDArray[np.uint8]
    labels: NDArray[np.uint8] | None
    ids: tuple[int, ...]

    @classmethod
    def of(cls, alpha: Plane, labels: NDArray[np.uint8] | None, ids: tuple[int, ...]) -> StoredMatte:
        """Crop a full picture to what it covers.

        Args:
            alpha: (H, W) uint8.
            labels: (H, W) uint8 as in the class, or None.
            ids: the objects on this frame.
        """
        left, top, width, height = cv2.boundingRect(alpha)
        box = Box(left, top, left + width, top + height)
        crop = np.ascontiguousarray(alpha[box.slices], np.uint8)
        return cls(box, crop, None if labels is None else np.ascontiguousarray(labels[box.slices]), ids)

    def alpha_of(self, wanted: frozenset[int] | None, size: Size) -> NDArray[np.uint8]:
        """Coverage of the whole picture by some of the objects.

        Args:
            wanted: object ids, or None for all.
            size: the picture.

        Returns:
            (H, W) uint8.
        """
        whole = np.zeros(size.shape, np.uint8)
        part = self._of(wanted)
        if part is not None:
            whole[self.box.slices] = part
        return whole

    def _of(self, wanted: frozenset[int] | None) -> NDArray[np.uint8] | None:
        if wanted is None or wanted.issuperset(self.ids):
            return self.alpha
        if not wanted.intersection(self.ids):
            return None
        if self.labels is None:
            return self.alpha
        table = np.array([0, *(255 * (one in wanted) for one in self.ids)], np.uint8)
        return cast("NDArray[np.uint8]", self.alpha & cv2.LUT(self.labels, _padded(table)))

    def packed(self) -> bytes:
        """As bytes with their hash in front."""
        alpha = zlib.compress(self.alpha.tobytes(), _LEVEL)
        labels = b"" if self.labels is None else zlib.compress(self.labels.tobytes(), _LEVEL)
        ids = np.asarray(self.ids, "<u4").tobytes()
        box = (int(self.box.x0), int(self.box.y0), int(self.box.x1), int(self.box.y1))
        head = _HEAD.pack(b"", *box, len(alpha), len(self.ids))[16:]
        rest = head + ids + alpha + labels
        return _digest(rest) + rest

    @classmethod
    def unpacked(cls, record: bytes) -> StoredMatte:
        """Read what ``packed`` wrote, or raise ValueError where it is damaged."""
        if len(record) < _HEAD.size or _digest(record[16:]) != record[:16]:
            raise ValueError("a stored matte is damaged")
        _, x0, y0, x1, y1, length, count = _HEAD.unpack_from(record)
        start = _HEAD.size + 4 * count
        ids = tuple(int(one) for one in np.frombuffer(record, "<u4", count, _HEAD.size))
        shape = (y1 - y0, x1 - x0)
        labels = record[start + length :]
        return cls(
            Box(x0, y0, x1, y1),
            np.frombuffer(zlib.decompress(record[start : start + length]), np.uint8).reshape(shape),
            np.frombuffer(zlib.decompress(labels), np.uint8).reshape(shape) if labels else None,
            ids,
        )


class MatteWriter:
    """Writes one file of mattes; it appears under its name only when finished.

    Args:
        path: the file to make.
        size: of every picture.
    """

    def __init__(self, path: Path, size: Size) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        self._path, self._temporary, self._size = path, Path(name), size
        self._file: BinaryIO = os.fdopen(handle, "wb")
        self._places = [0]

    def add(self, matte: StoredMatte) -> None:
        """Append the next frame."""
        self._places.append(self._places[-1] + self._file.write(matte.packed()))

    def finish(self, facts: Mapping[str, Any]) -> None:
        """Write the index and give the file its name.

        Args:
            facts: what else is known of the shot; JSON.
        """
        index = {"layout": LAYOUT, "size": [self._size.width, self._size.height], "places": self._places}
        text = json.dumps({**index, "facts": dict(facts)}).encode()
        self._file.write(text + _TAIL.pack(_MAGIC, self._places[-1], len(text), _digest(text)))
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._temporary.replace(self._path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()
        self._temporary.unlink(missing_ok=True)


class MatteEntry:
    """A finished file of mattes, open for reading from any thread.

    Args:
        path: what ``MatteWriter`` made.

    Raises:
        ValueError: the file is damaged or of another layout.
        OSError: it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._lock = threading.Lock()
        try:
            index = self._index()
            width, height = index["size"]
            self.size = Size(width, height)
            self.facts: dict[str, Any] = index["facts"]
            self._places: list[int] = index["places"]
            for number in range(len(self)):
                _check(self._record(number))
        except (OSError, ValueError, KeyError, TypeError, struct.error):
            self._file.close()
            raise ValueError(f"{path.name} is damaged") from None

    def __len__(self) -> int:
        return len(self._places) - 1

    def read(self, index: int) -> StoredMatte:
        """One frame.

        Args:
            index: 0 and up.
        """
        if not 0 <= index < len(self):
            raise ShapeError("frame index", expected=f"0 to {len(self) - 1}", actual=index)
        return StoredMatte.unpacked(self._record(index))

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _record(self, index: int) -> bytes:
        start, end = self._places[index : index + 2]
        return self._bytes(start, end - start)

    def _bytes(self, start: int, length: int) -> bytes:
        with self._lock:
            self._file.seek(start)
            return self._file.read(length)

    def _index(self) -> dict[str, Any]:
        length = os.fstat(self._file.fileno()).st_size
        magic, place, count, digest = _TAIL.unpack(self._bytes(length - _TAIL.size, _TAIL.size))
        text = self._bytes(place, count)
        if magic != _MAGIC or _digest(text) != digest:
            raise ValueError("damaged index")
        index: dict[str, Any] = json.loads(text)
        if index["layout"] != LAYOUT:
            raise ValueError("another layout")
        return index


def open_entry(path: Path) -> MatteEntry | None:
    """A finished file of mattes, or None where there is none that can be trusted."""
    try:
        return MatteEntry(path)
    except (OSError, ValueError):
        path.unlink(missing_ok=True)
        return None


def entry_path(folder: Path, *parts: object) -> Path:
    """Where mattes made of these ingredients lie.

    Args:
        folder: the cache.
        parts: everything that the mattes depend on: footage, settings, versions, weights.
    """
    text = "\n".join([str(LAYOUT), *(str(part) for part in parts)])
    return folder / f"{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}.mattes"


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()


def _check(record: bytes) -> None:
    if len(record) < _HEAD.size or _digest(record[16:]) != record[:16]:
        raise ValueError("a stored matte is damaged")


def _padded(table: NDArray[np.uint8]) -> NDArray[np.uint8]:
    padded = np.zeros(256, np.uint8)
    padded[: len(table)] = table
    return padded
