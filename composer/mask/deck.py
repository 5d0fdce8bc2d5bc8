"""A pile of small records on disk, so that memory does not grow with the length of a shot."""

from __future__ import annotations

import tempfile
import zlib
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import cv2
import numpy as np
from numpy.typing import NDArray


class Deck:
    """Arrays put down one by one and picked up by number; gone when closed.

    Args:
        folder: where the temporary file lies.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = tempfile.TemporaryFile(prefix=".composer-", suffix=".deck", dir=folder)  # noqa: SIM115  # closed by close
        self._places: list[tuple[int, int, tuple[int, ...], np.dtype[np.generic]]] = []

    def __len__(self) -> int:
        return len(self._places)

    def put(self, array: NDArray[np.generic]) -> None:
        """Append an array, packed."""
        data = zlib.compress(np.ascontiguousarray(array).tobytes(), 1)
        self._put(data, array.shape, array.dtype)

    def put_picture(self, picture: NDArray[np.uint8]) -> None:
        """Append a small picture, nearly lossless: JPEG at 95."""
        _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 95])
        self._put(data.tobytes(), (), np.dtype(np.uint8))

    def at(self, index: int) -> NDArray[np.generic]:
        """The array of that number."""
        _, _, shape, kind = self._places[index]
        return np.frombuffer(zlib.decompress(self._data(index)), kind).reshape(shape)

    def picture_at(self, index: int) -> NDArray[np.uint8]:
        """The picture of that number, (h, w, 3)."""
        return cast("NDArray[np.uint8]", cv2.imdecode(np.frombuffer(self._data(index), np.uint8), cv2.IMREAD_COLOR))

    def close(self) -> None:
        """Remove the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _data(self, index: int) -> bytes:
        start, length, _, _ = self._places[index]
        self._file.seek(start)
        return self._file.read(length)

    def _put(self, data: bytes, shape: tuple[int, ...], kind: np.dtype[np.generic]) -> None:
        start = self._file.seek(0, 2)
        self._file.write(data)
        self._places.append((start, len(data), shape, kind))
