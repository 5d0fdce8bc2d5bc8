"""Work that runs ahead in a thread of its own, a few items at most."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterable
from typing import TypeVar

Item = TypeVar("Item")


def ahead(items: Iterable[Item], *, depth: int = 4) -> Generator[Item, None, None]:
    """Take items in another thread, so that making the next overlaps with using this one.

    The thread ends when the items do, when it fails (the error comes out here), or when the iterator is closed
    or forgotten.

    Args:
        items: taken by the other thread alone.
        depth: how many may wait.

    Yields:
        The items, in order.

    Example:
        >>> list(ahead(range(3)))
        [0, 1, 2]
    """
    waiting: queue.Queue[tuple[str, object]] = queue.Queue(depth)
    stop = threading.Event()
    thread = threading.Thread(target=_take, args=(items, waiting, stop), name="mattes ahead", daemon=True)
    thread.start()
    try:
        while True:
            kind, value = waiting.get()
            if kind == "end":
                return
            if kind == "error":
                raise value  # type: ignore[misc]  # an error is an exception
            yield value  # type: ignore[misc]  # an item is an Item
    finally:
        stop.set()
        while thread.is_alive():
            _emptied(waiting)
            thread.join(0.05)


def _take(items: Iterable[object], waiting: queue.Queue[tuple[str, object]], stop: threading.Event) -> None:
    source = iter(items)
    try:
        for item in source:
            waiting.put(("item", item))
            if stop.is_set():
                return
        waiting.put(("end", None))
    except BaseException as error:  # noqa: BLE001  # whatever it is belongs to the thread that asked
        waiting.put(("error", error))
    finally:
        close = getattr(source, "close", None)
        if close is not None:
            close()


def _emptied(waiting: queue.Queue[tuple[str, object]]) -> None:
    while True:
        try:
            waiting.get_nowait()
        except queue.Empty:
            return
