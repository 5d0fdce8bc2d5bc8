"""Sources in time: each output moment shows the right picture of a file, whatever its rate, speed and end rule."""

from fractions import Fraction

import cv2
import numpy as np
import pytest

from composer.errors import DecodeError
from composer.media import probe
from composer.media.synthetic import write_clip
from composer.plan import SourcePlan
from composer.render.play import Player
from composer.values import FrameRate, Size


@pytest.fixture
def counted(tmp_path):
    """Six frames at 10 a second; frame n is all luma 20 * n + 16."""

    def paint(index):
        return [np.full((16, 16), 20 * index + 16, np.uint8), *(np.full((8, 8), 128, np.uint8) for _ in range(2))]

    rate = FrameRate(Fraction(10))
    return write_clip(tmp_path / "counted.mkv", size=Size(16, 16), frames=6, rate=rate, paint=paint)


def numbers(path, times, **rules):
    """Number of the frame shown at each tenth of a second; None where nothing is."""
    with Player(SourcePlan("x", path, probe(path), **rules)) as player:
        pictures = [player.picture_at(Fraction(time, 10)) for time in times]
    return [picture and (int(picture.frame.planes[0][0, 0]) - 16) // 20 for picture in pictures]


def test_a_picture_is_shown_from_its_own_time_to_the_next(counted):
    with Player(SourcePlan("x", counted, probe(counted))) as player:
        just_before = player.picture_at(Fraction(199, 1000))
        exactly = player.picture_at(Fraction(2, 10))
    assert (just_before.version, exactly.version) == (("x", 1), ("x", 2))


@pytest.mark.parametrize(
    ("rules", "shown"),
    [
        ({"end": "hold"}, [0, 2, 5, 5, 5, 5]),
        ({"end": "trim"}, [0, 2, 5, None, None, None]),
        ({"end": "loop"}, [0, 2, 5, 0, 1, 0]),
        ({"end": "hold", "speed": Fraction(2)}, [0, 4, 5, 5, 5, 5]),
        ({"end": "loop", "start": Fraction(2, 10)}, [2, 4, 3, 4, 5, 2]),
        ({"end": "loop", "stop": Fraction(3, 10)}, [0, 2, 2, 0, 1, 0]),
        ({"end": "hold", "speed": Fraction(1, 2)}, [0, 1, 2, 3, 3, 5]),
    ],
)
def test_end_rules_speed_and_span_choose_the_frame(counted, rules, shown):
    assert numbers(counted, [0, 2, 5, 6, 7, 12], **rules) == shown


def test_a_looped_picture_has_the_same_version_on_every_round(counted):
    with Player(SourcePlan("x", counted, probe(counted), end="loop")) as player:
        first = player.picture_at(Fraction(1, 10)).version
        again = player.picture_at(Fraction(7, 10)).version
    assert first == again


def test_a_still_is_one_picture_for_ever(tmp_path):
    path = tmp_path / "still.png"
    cv2.imwrite(str(path), np.full((8, 8, 3), 77, np.uint8))
    with Player(SourcePlan("s", path, probe(path), end="loop")) as player:
        versions = {player.picture_at(Fraction(second)).version for second in (0, 5, 5000)}
    assert len(versions) == 1


def test_a_start_beyond_the_end_is_refused_in_words(counted):
    with pytest.raises(DecodeError, match="no picture at 9s, where 'x' starts"):
        Player(SourcePlan("x", counted, probe(counted), start=Fraction(9)))


def test_a_still_is_trimmed_where_it_is_told_to_stop_and_never_before(tmp_path):
    path = tmp_path / "still.png"
    cv2.imwrite(str(path), np.full((8, 8, 3), 77, np.uint8))
    with Player(SourcePlan("s", path, probe(path), end="trim")) as player:
        assert player.picture_at(Fraction(5000)) is not None
    with Player(SourcePlan("s", path, probe(path), start=Fraction(1), stop=Fraction(3), end="trim")) as player:
        assert [player.picture_at(Fraction(second)) is None for second in (0, 1, 2, 3)] == [False, False, True, True]


def test_a_still_that_was_probed_is_not_decoded_again(tmp_path, monkeypatch):
    path = tmp_path / "still.png"
    cv2.imwrite(str(path), np.full((8, 8, 3), 77, np.uint8))
    info = probe(path)
    monkeypatch.setattr("composer.media.still.read_picture", None)
    with Player(SourcePlan("s", path, info)) as player:
        assert player.picture_at(Fraction(0)).frame.planes[0][0, 0] == 77
