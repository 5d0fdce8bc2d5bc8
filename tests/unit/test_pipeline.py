"""Threads keep order, stay bounded, carry errors and always end."""

import signal
import threading
import time

import pytest

from composer.pipeline import Ahead, Behind, ahead


def test_reading_ahead_keeps_the_order():
    with Ahead(range(100), depth=2) as ahead:
        assert list(ahead) == list(range(100))


def test_reading_ahead_never_runs_further_than_its_depth():
    taken = []

    def source():
        for item in range(50):
            taken.append(item)
            yield item

    with Ahead(source(), depth=3) as ahead:
        iterator = iter(ahead)
        next(iterator)
        time.sleep(0.2)
        assert len(taken) <= 1 + 3 + 1


def test_an_error_while_reading_is_raised_where_the_items_are_used():
    def source():
        yield 1
        raise ValueError("torn")

    with Ahead(source()) as ahead, pytest.raises(ValueError, match="torn"):
        list(ahead)


def test_closing_early_ends_the_thread_and_closes_the_source():
    closed = threading.Event()

    def source():
        try:
            while True:
                yield 1
        finally:
            closed.set()

    ahead = Ahead(source(), depth=1)
    ahead.close()
    assert closed.is_set()
    ahead.close()


def test_writing_behind_keeps_the_order_and_waits_for_the_last():
    seen = []
    with Behind(seen.append, depth=2) as behind:
        for item in range(100):
            behind.put(item)
    assert seen == list(range(100))


def test_an_error_while_writing_reaches_the_producer_and_nothing_blocks():
    def consume(item):
        if item == 3:
            raise OSError("disk full")

    def produce():
        with Behind(consume, depth=1) as behind:
            for item in range(1000):
                behind.put(item)

    with pytest.raises(OSError, match="disk full"):
        produce()


def test_an_error_in_the_producer_drops_what_still_waits():
    seen = []

    def consume(item):
        time.sleep(0.05)
        seen.append(item)

    def produce():
        with Behind(consume, depth=9) as behind:
            for item in range(9):
                behind.put(item)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        produce()
    assert len(seen) < 5


def test_a_source_that_fails_while_it_is_closed_ends_the_reading_all_the_same():
    class Torn:
        def __iter__(self):
            return self

        def __next__(self):
            raise StopIteration

        def close(self):
            raise ValueError("torn while closing")

    with Ahead(Torn()) as ahead, pytest.raises(ValueError, match="torn while closing"):
        list(ahead)


def test_a_closed_reading_yields_nothing_more_instead_of_waiting_for_ever():
    ahead = Ahead(range(100), depth=1)
    iterator = iter(ahead)
    assert next(iterator) == 0
    ahead.close()
    assert list(iterator) == []


@pytest.fixture
def ctrl_c():
    """Ctrl-C is heard, also where tests run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_while_a_thread_is_waited_for_is_raised_only_after_it_has_ended():
    done = threading.Event()

    def slow(_item):
        time.sleep(0.3)
        done.set()

    behind = Behind(slow)
    behind.put(1)
    time.sleep(0.05)
    threading.Timer(0.05, signal.raise_signal, [signal.SIGINT]).start()
    with pytest.raises(KeyboardInterrupt):
        behind.close(drop=True)
    assert done.is_set()


def test_leaving_the_items_early_closes_the_source_and_ends_the_thread():
    closed = []

    def endless():
        try:
            number = 0
            while True:
                yield (number := number + 1)
        finally:
            closed.append(True)

    taken = ahead(endless(), depth=1)
    assert next(taken) == 1
    taken.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "ahead"]
    assert closed == [True]
