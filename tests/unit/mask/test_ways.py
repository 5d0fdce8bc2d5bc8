"""Flow used three ways and input in grey: what the segmenter is shown, what is decoded, what the cache tells apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import pytest
from pydantic import ValidationError

from composer.errors import ModelUnavailable
from composer.mask import choose, cut
from composer.mask.choose import SegmenterChoice
from composer.mask.measure import region_overlap
from composer.mask.sources import MatteSpec
from composer.mask.stage import make_mattes
from composer.pixels.luma import luma_frame
from composer.values import ColorTags, Frame, PixelFormat, Timestamp
from tests.scenes import RedMoves, RedSegmenter, crossing


@dataclass
class Counted:
    """A scene that notes how it was read: with colour, or its brightness alone."""

    scene: object
    passes: list = field(default_factory=list)

    def __getattr__(self, name):
        return getattr(self.scene, name)

    def frames(self, *, luma=False):
        self.passes.append("grey" if luma else "color")
        return self.scene.frames(luma=luma)


class Seeing(RedSegmenter):
    """Keeps every picture that it is shown."""

    def __init__(self):
        self.shown = []

    def embed(self, image):
        self.shown.append(image)
        return np.full(image.shape[:2], 4.0, np.float32)


def way(name="moving", **options):
    return MatteSpec.model_validate({name: options})


def made(scene, spec, **options):
    options = {"segmenter": "classical", **options}  # learns nothing of the clip, which is quick
    return make_mattes({"a": spec}, scene, motion=RedMoves(getattr(scene, "scene", scene)), **options)


def alphas(mattes, scene):
    stream = mattes.open("a")
    return [stream.matte_at(index, frame).alpha for index, frame in enumerate(scene.frames())]


def overlaps(found, scene):
    return [region_overlap(alpha > 127, scene.truth(index) > 0) for index, alpha in enumerate(found)]


def test_alone_the_motion_is_the_matte_with_one_decoding_and_no_model():
    shot = Counted(crossing())
    with made(shot, way(flow="alone"), segmenter="sam_vit_h") as mattes:  # which is not here, and need not be
        assert shot.passes == ["color"]
        found = alphas(mattes, shot.scene)
        summary = mattes.summary("a")
    assert min(overlaps(found, shot.scene)) > 0.8
    assert (summary.segmenter, summary.reason) == ("none", "flow: alone asks no segmenter")
    assert 0.7 < summary.objects[0].quality < 1
    with pytest.raises(ModelUnavailable), made(shot, way(), segmenter="sam_vit_h"):
        pass


def test_a_static_matte_is_the_complement_of_the_motion_alone():
    scene = crossing()
    specs = {"a": way(flow="alone"), "b": way("static", flow="alone")}
    with make_mattes(specs, scene, motion=RedMoves(scene), segmenter="classical") as mattes:
        one, other = (mattes.open(name) for name in "ab")
        for index, frame in enumerate(scene.frames()):
            total = one.matte_at(index, frame).alpha.astype(int) + other.matte_at(index, frame).alpha
            assert (total == 255).all()


def test_the_segmenter_looks_at_drawn_flow_where_it_is_the_picture(monkeypatch):
    seeing = Seeing()
    monkeypatch.setattr(SegmenterChoice, "load", lambda _: seeing)
    monkeypatch.setattr(cut, "WORKERS", 1)  # in order
    shot = Counted(crossing())
    with made(shot, way(flow="picture")):
        pass
    assert shot.passes == ["color"]
    assert len(seeing.shown) == shot.count
    for index, picture in enumerate(seeing.shown):
        assert picture.shape == (*shot.size.shape, 3)
        moves = shot.scene.truth(index) > 0
        # To the right is red on the wheel, and what stands still is white. The fake's flow is the disk's own.
        assert np.mean(np.abs(picture[moves].astype(int) - (255, 0, 0)).max(axis=1) < 60) > 0.75
        assert np.mean(picture[~moves].min(axis=1) > 250) > 0.95


def test_ways_keep_apart_in_one_recipe_and_in_the_cache(tmp_path):
    shot = Counted(crossing())
    specs = {
        "a": way(), "b": way(flow="alone"), "c": way(flow="picture"), "d": way(input="grey"), "e": way("static"),
        "f": way(flow="alone", input="grey"),
    }  # fmt: skip
    for again in (False, True):
        shot.passes.clear()
        with make_mattes(specs, shot, motion=RedMoves(shot.scene), segmenter="classical", cache=tmp_path) as mattes:
            entries = {name: id(mattes.analyses[name].entry) for name in specs}
        assert entries["a"] == entries["e"]  # one analysis for equal ways
        assert len(set(entries.values())) == 5
        assert len(list(tmp_path.glob("*.mattes"))) == 5
        assert sorted(shot.passes) == ([] if again else ["color"] * 4 + ["grey"] * 3)


def test_alone_and_classical_keep_apart_too(tmp_path):
    scene = crossing()
    for segmenter in ("embedded", "classical"):
        with made(scene, way(flow="alone"), segmenter=segmenter, cache=tmp_path):
            pass
    assert len(list(tmp_path.glob("*.mattes"))) == 2


@dataclass(frozen=True)
class Colourless:
    """The scene as 4:2:0 footage without any colour."""

    scene: object
    range: str = "limited"
    key: str = "colourless"

    @property
    def rate(self):
        return self.scene.rate

    @property
    def size(self):
        return self.scene.size

    @property
    def count(self):
        return self.scene.count

    def frames(self, *, luma=False):
        for index in range(self.count):
            plane = np.ascontiguousarray(self.scene.picture(index)[..., 0])
            plane = plane if self.range == "full" else (16 + plane * (219 / 255)).astype(np.uint8)
            empty = np.full((self.size.height // 2, self.size.width // 2), 128, np.uint8)
            color = ColorTags(range=self.range)
            at = Timestamp(index, Fraction(1, 25))
            frame = Frame((plane, empty, empty), PixelFormat("yuv", 8, (1, 1)), color, at, 1)
            yield luma_frame(frame) if luma else frame


@pytest.mark.parametrize(
    ("range_", "segmenter", "asked"),
    [
        ("limited", "embedded", {"moving": {}}),
        ("full", "classical", {"moving": {}}),
        ("limited", "embedded", {"prompt": {"points": [[0.17, 0.5]]}}),
    ],
)
def test_footage_without_colour_gives_the_same_mattes_either_way(range_, segmenter, asked):
    """Bit for bit: grey is seen as colour with empty chroma is, and the clip's own look has nothing to divide by."""
    shot = Colourless(crossing(8), range_)
    (kind,) = asked
    found = []
    for input_kind in ("color", "grey"):
        spec = MatteSpec.model_validate({kind: {**asked[kind], "input": input_kind}})
        with make_mattes({"a": spec}, shot, motion=RedMoves(shot.scene), segmenter=segmenter) as mattes:
            found.append(alphas(mattes, shot))
    assert all(np.array_equal(one, other) for one, other in zip(*found, strict=True))
    assert np.mean(overlaps(found[0], shot.scene)) > 0.75


def test_grey_is_shown_to_the_segmenter_in_three_equal_channels(monkeypatch):
    seeing = Seeing()
    monkeypatch.setattr(SegmenterChoice, "load", lambda _: seeing)
    shot = Counted(crossing())
    with made(shot, way(input="grey")):
        pass
    assert set(shot.passes) == {"grey"}
    assert all((picture == picture[..., :1]).all() for picture in seeing.shown)
    assert len(seeing.shown) == shot.count


@pytest.mark.parametrize("kind", ["moving", "static"])
def test_a_segmenter_that_would_never_be_asked_is_refused(kind):
    with pytest.raises(ValidationError, match="flow: alone asks no segmenter; leave out segmenter: sam_vit_b"):
        way(kind, flow="alone", segmenter="sam_vit_b")
    assert way(kind, flow="alone", segmenter="classical").flow == "alone"
    assert choose.choose_motion("classical").learns is False
