"""Work that runs ahead comes in order, fails where it is used, and never outlives its use."""

from __future__ import annotations

import threading

import pytest

from composer.mask.ahead import ahead


def threads():
    return [thread for thread in threading.enumerate() if thread.name == "mattes ahead"]


def test_items_come_in_order_and_the_thread_ends():
    assert list(ahead(iter(range(50)), depth=2)) == list(range(50))
    assert threads() == []


def test_an_error_comes_out_where_the_items_are_used():
    def failing():
        yield 1
        raise ValueError("broken")

    taken = ahead(failing())
    assert next(taken) == 1
    with pytest.raises(ValueError, match="broken"):
        next(taken)
    assert threads() == []


def test_leaving_early_closes_the_source_and_ends_the_thread():
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
    assert threads() == []
    assert closed == [True]
