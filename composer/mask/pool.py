"""Workers that ask a segmenter: threads or processes, over one or more devices; what they answer does not depend on it."""

from __future__ import annotations

import multiprocessing
import os
import queue
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from itertools import cycle, islice
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from composer.mask.asking import Asking
from composer.mask.choose import SegmenterChoice
from composer.mask.segment import Segmenter
from composer.values import Candidate, Prompt

#: Memory that a worker may need on a CPU: the global attention of a Segment Anything encoder alone is 0.8 GB.
_WORKER_BYTES = 3 << 30
_own = threading.local()


class Pool:
    """A segmenter, as often as there are devices and workers; loaded when first asked.

    Every worker computes on one processor. So an answer is the same however many work side by side, and none waits
    for another.

    Args:
        choice: the segmenter; several devices are parted by commas.
        asking: how many workers, and of what kind.
    """

    def __init__(self, choice: SegmenterChoice, asking: Asking) -> None:
        devices = choice.device.split(",")
        self._choices = [choice.on(device) for device in devices]
        self.workers = max(asking.workers or _fitting(choice.device), len(devices))
        self.name = choice.name
        self._processes = asking.processes
        self._executor: Executor | None = None
        self._restore = _torch_threads()

    def ask(self, picture: NDArray[np.uint8], prompts: Sequence[Prompt]) -> Future[list[Candidate]]:
        """Have what each prompt points at outlined.

        Args:
            picture: (H, W, 3) uint8 RGB.
            prompts: places in it.

        Returns:
            One candidate per prompt, in order, some time.
        """
        if self._executor is None:
            self._executor = self._started()
        return self._executor.submit(_answer, picture, list(prompts))

    def _started(self) -> Executor:
        """Devices take turns among the workers."""
        if self._processes:
            context = multiprocessing.get_context("spawn")
            choices = context.Queue()
            for choice in islice(cycle(self._choices), self.workers):
                choices.put(choice)
            return ProcessPoolExecutor(self.workers, context, _load_own, (choices,))
        loaded = [choice.load() for choice in self._choices]
        self._restore = _torch_threads()  # loading may have brought torch in
        segmenters: queue.Queue[Segmenter] = queue.Queue()
        for segmenter in islice(cycle(loaded), self.workers):
            segmenters.put(segmenter)
        return ThreadPoolExecutor(self.workers, "segment", _take, (segmenters,))

    def close(self) -> None:
        """Stop the workers; what waits is dropped."""
        if self._executor is not None:
            self._executor.shutdown(cancel_futures=True)
            _compute_on(self._restore)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _load_own(choices: Any) -> None:
    """Begin a worker process."""
    _own.segmenter = choices.get().load()
    _compute_on(1)


def _take(segmenters: queue.Queue[Segmenter]) -> None:
    """Begin a worker thread."""
    _own.segmenter = segmenters.get()
    _compute_on(1)


def _answer(picture: NDArray[np.uint8], prompts: list[Prompt]) -> list[Candidate]:
    segmenter: Segmenter = _own.segmenter
    return segmenter.predict(segmenter.embed(picture), prompts)


def _torch_threads() -> int:
    """On how many processors this thread's torch computes; 0 where nobody imported it."""
    torch: Any = sys.modules.get("torch")
    return 0 if torch is None else int(torch.get_num_threads())


def _compute_on(count: int) -> None:
    torch: Any = sys.modules.get("torch")
    if torch is not None and count:
        torch.set_num_threads(count)


def _fitting(device: str) -> int:
    """How many workers this machine has room for."""
    if device != "cpu":
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # not told on every system
        free = 2 * _WORKER_BYTES
    return max(1, min(cores, free // _WORKER_BYTES))
