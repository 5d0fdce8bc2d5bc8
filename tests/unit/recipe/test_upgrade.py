"""Older recipe formats go through one step per version."""

from __future__ import annotations

import pytest

from composer.recipe.upgrade import upgraded


def test_steps_run_in_order_and_leave_their_input_alone():
    steps = {
        1: lambda data: {**data, "b": data["a"] + 1},
        2: lambda data: {key: value for key, value in data.items() if key != "a"},
    }
    old = {"composer": 1, "a": 1}
    assert upgraded(old, steps=steps, current=3) == {"composer": 3, "b": 2}
    assert old == {"composer": 1, "a": 1}


def test_the_current_format_is_taken_as_it_is():
    assert upgraded({"composer": 1, "x": 2}) == {"composer": 1, "x": 2}


@pytest.mark.parametrize("version", [None, "1", True, 1.0, 0, -3, 99])
def test_a_version_that_is_none_or_from_the_future_is_refused(version):
    with pytest.raises(ValueError, match="format"):
        upgraded({"composer": version})
