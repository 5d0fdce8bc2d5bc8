"""Mattes on disk come back bit for bit, or not at all."""

from __future__ import annotations

import numpy as np
import pytest

from composer.errors import ShapeError
from composer.mask.store import MatteEntry, MatteWriter, StoredMatte, entry_path, open_entry
from composer.values import Size

SIZE = Size(64, 48)


def sample(seed):
    rng = np.random.default_rng(seed)
    alpha, labels = np.zeros(SIZE.shape, np.uint8), np.zeros(SIZE.shape, np.uint8)
    alpha[5:20, 8:30], labels[5:20, 8:30] = rng.integers(1, 256, (15, 22)), 1
    alpha[25:40, 30:60], labels[25:40, 30:60] = rng.integers(1, 256, (15, 30)), 2
    return alpha, labels


def written(path, count=3):
    with MatteWriter(path, SIZE) as writer:
        for seed in range(count):
            alpha, labels = sample(seed)
            writer.add(StoredMatte.of(alpha, labels, (4, 9)))
        writer.add(StoredMatte.of(np.zeros(SIZE.shape, np.uint8), None, ()))
        writer.finish({"objects": []})
    return path


def test_any_frame_comes_back_exactly_in_any_order(tmp_path):
    entry = MatteEntry(written(tmp_path / "a.mattes"))
    assert len(entry) == 4
    for seed in (2, 0, 1):
        assert np.array_equal(entry.read(seed).alpha_of(None, SIZE), sample(seed)[0])
    assert not entry.read(3).alpha_of(None, SIZE).any()
    entry.close()


def test_the_objects_of_a_frame_are_disjoint_and_sum_to_the_whole(tmp_path):
    entry = MatteEntry(written(tmp_path / "a.mattes"))
    stored = entry.read(0)
    parts = [stored.alpha_of(frozenset({one}), SIZE) for one in (4, 9)]
    assert parts[0][10, 10] > 0
    assert parts[0][30, 40] == 0
    assert np.array_equal(parts[0].astype(int) + parts[1], sample(0)[0])
    assert np.array_equal(stored.alpha_of(frozenset({4, 9}), SIZE), sample(0)[0])
    assert not stored.alpha_of(frozenset({7}), SIZE).any()
    entry.close()


@pytest.mark.parametrize("place", [20, 200, -10, -60])
def test_one_flipped_bit_is_noticed_and_the_file_is_taken_for_absent(tmp_path, place):
    path = written(tmp_path / "a.mattes")
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
    assert open_entry(path) is None
    assert not path.exists()


@pytest.mark.parametrize("keep", [0, 10, 300])
def test_a_file_that_breaks_off_is_taken_for_absent(tmp_path, keep):
    path = written(tmp_path / "a.mattes")
    path.write_bytes(path.read_bytes()[:keep])
    assert open_entry(path) is None


def test_a_write_that_is_never_finished_leaves_nothing(tmp_path):
    with MatteWriter(tmp_path / "a.mattes", SIZE) as writer:
        writer.add(StoredMatte.of(sample(0)[0], None, (1,)))
    assert list(tmp_path.iterdir()) == []


def test_a_frame_beyond_the_end_is_refused_by_number(tmp_path):
    entry = MatteEntry(written(tmp_path / "a.mattes"))
    with pytest.raises(ShapeError, match="0 to 3, got 4"):
        entry.read(4)
    entry.close()


def test_the_name_in_the_cache_changes_with_every_ingredient(tmp_path):
    assert entry_path(tmp_path, "a", 1) != entry_path(tmp_path, "a", 2)
    assert entry_path(tmp_path, "a", 1) == entry_path(tmp_path, "a", 1)
