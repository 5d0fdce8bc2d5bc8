"""Threads that always end: a producer that reads ahead, a consumer that writes behind.

PyAV and OpenCV release the interpreter's lock while they work, so decoding, compositing and encoding
overlap with plain threads. Queues are bounded: memory does not grow with the length of the footage.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from types import TracebackType
from typing import Generic, Self, TypeVar

Item = TypeVar("Item")
_POLL = 0.1  # seconds between looks at the stop flag while a queue is full


class _End:
    """Marks the end of a queue; carries the error that ended it, if any."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def _joined(thread: threading.Thread) -> None:
    """Wait for a thread to end, also through Ctrl-C, which is raised afterwards.

    Whatever the thread works on is closed next: that must not happen while it still decodes or encodes.
    """
    stopped: KeyboardInterrupt | None = None
    while thread.is_alive():
        try:
            thread.join()
        except KeyboardInterrupt as pressed:
            stopped = pressed
    if stopped is not None:
        raise stopped


class Ahead(Generic[Item]):
    """Iterates in a thread of its own, at most ``depth`` items ahead of the reader.

    Args:
        items: what to read; closed in the thread that read it.
        depth: items that may wait.
        name: thread name, for debuggers.
    """

    def __init__(self, items: Iterable[Item], *, depth: int = 3, name: str = "ahead") -> None:
        self._items = items
        self._queue: queue.Queue[Item | _End] = queue.Queue(depth)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._read, name=name, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        error: BaseException | None = None
        try:
            self._forward(iter(self._items))
        except BaseException as caught:  # noqa: BLE001 - carried to the reading thread, raised there
            error = caught
        self._put(_End(error))  # whatever happened: a reader without an end would wait for ever

    def _forward(self, iterator: Iterator[Item]) -> None:
        try:
            for item in iterator:
                if not self._put(item):
                    return
        finally:
            close = getattr(iterator, "close", None)
            if close is not None:
                close()

    def _put(self, item: Item | _End) -> bool:
        while not self._stopped.is_set():
            try:
                self._queue.put(item, timeout=_POLL)
            except queue.Full:
                continue
            return True
        return False

    def __iter__(self) -> Iterator[Item]:
        while not self._stopped.is_set():  # once closed, nothing comes any more
            item = self._queue.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item

    def close(self) -> None:
        """Stop reading and wait for the thread; safe to call twice."""
        self._stopped.set()
        _joined(self._thread)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def ahead(items: Iterable[Item], *, depth: int = 4) -> Generator[Item, None, None]:
    """Take items in another thread, so that making the next overlaps with using this one.

    The thread ends when the items do, when it fails (the error comes out here), or when the iterator is closed.

    Args:
        items: taken by the other thread alone.
        depth: how many may wait.

    Yields:
        The items, in order.

    Example:
        >>> list(ahead(range(3)))
        [0, 1, 2]
    """
    with Ahead(items, depth=depth) as running:
        yield from running


class Behind(Generic[Item]):
    """Hands items to a function in a thread of its own, in order, at most ``depth`` waiting.

    As a context manager it waits for the last item when all went well, and drops what waits on an error.

    Args:
        consume: called with each item.
        depth: items that may wait.
        name: thread name.
    """

    def __init__(self, consume: Callable[[Item], None], *, depth: int = 3, name: str = "behind") -> None:
        self._consume = consume
        self._queue: queue.Queue[Item | _End] = queue.Queue(depth)
        self._error: BaseException | None = None
        self._dropped = threading.Event()
        self._thread = threading.Thread(target=self._drain, name=name, daemon=True)
        self._thread.start()

    def _drain(self) -> None:
        while not isinstance(item := self._queue.get(), _End):
            if self._error is not None or self._dropped.is_set():
                continue  # keep emptying, so that the producer never blocks
            try:
                self._consume(item)
            except BaseException as caught:  # noqa: BLE001 - raised in the producing thread by put and close
                self._error = caught

    def put(self, item: Item) -> None:
        """Queue one item; raises what an earlier item's consumption raised."""
        if self._error is not None:
            raise self._error
        self._queue.put(item)

    def close(self, *, drop: bool = False) -> None:
        """Wait for the thread; ``drop`` forgets what still waits."""
        if drop:
            self._dropped.set()
        if self._thread.is_alive():
            self._queue.put(_End())
            _joined(self._thread)
        if self._error is not None and not drop:
            raise self._error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(drop=kind is not None)
