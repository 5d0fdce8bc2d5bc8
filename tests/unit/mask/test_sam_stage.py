"""From a weights folder to mattes: Segment Anything and MobileSAM in the whole stage, and both scores in its report."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pytest

from composer.errors import ModelUnavailable
from composer.mask.asking import Asking
from composer.mask.choose import choose_segmenter
from composer.mask.measure import region_overlap
from composer.mask.sources import MatteSpec
from composer.mask.stage import make_mattes
from composer.values import Size
from composer.weights import MODELS, registry, sha256_of, verify
from tests.sam_checkpoints import echoing, mobile_checkpoint, needs_mobile, needs_sam, sam_checkpoint
from tests.scenes import RedMoves, crossing

pytestmark = pytest.mark.sam
MOVING = MatteSpec.model_validate({"moving": {}})
QUALITY = 0.83
MADE = {"sam_vit_b": lambda path: sam_checkpoint(path).state_dict(), "mobile_sam": mobile_checkpoint}
both = pytest.mark.parametrize(
    "name", [pytest.param("sam_vit_b", marks=needs_sam), pytest.param("mobile_sam", marks=needs_mobile)]
)


@pytest.fixture
def weights(name, tmp_path, monkeypatch):
    """A folder with a small checkpoint under the registry's name, and the registry knowing its size and hash."""
    import torch  # noqa: PLC0415  # only where the extra is installed

    known = next(model for model in MODELS if model.name == name)
    path = tmp_path / "weights" / known.file
    path.parent.mkdir()
    torch.save(echoing(MADE[name](path), quality=QUALITY), path)
    small = replace(known, size=path.stat().st_size, sha256=sha256_of(path))
    monkeypatch.setattr(registry, "MODELS", tuple(small if model is known else model for model in MODELS))
    verify(small, path)
    return path.parent


@both
def test_what_moves_is_cut_out_with_the_networks_own_outlines(name, weights):
    shot = crossing(4, step=12, size=Size(256, 144), radius=36)
    mattes = make_mattes({"it": MOVING}, shot, segmenter=f"{name}@512", weights=weights, motion=RedMoves(shot))
    with mattes:
        stream = mattes.open("it")
        overlaps = [
            region_overlap(stream.matte_at(index, frame).alpha > 127, shot.truth(index) > 0)
            for index, frame in enumerate(shot.frames())
        ]
        summary = mattes.summary("it")
    assert min(overlaps) > 0.85
    assert (summary.segmenter, len(summary.objects)) == (f"{name}@512", 1)
    # This quality no other segmenter gives: the outlines are the network's, not the stand-in's for failures.
    assert summary.objects[0].quality == pytest.approx(QUALITY, abs=1e-3)


@both
def test_the_report_keeps_moving_score_and_quality_apart(name, weights):
    shot = crossing(3, size=Size(256, 144), radius=36)
    mattes = make_mattes({"it": MOVING}, shot, segmenter=f"{name}@512", weights=weights, motion=RedMoves(shot))
    with mattes:
        (reported,) = asdict(mattes.summary("it"))["objects"]
    assert reported["quality"] == pytest.approx(QUALITY, abs=1e-3)
    assert reported["moving_score"] > 0.9
    assert f"moving score {reported['moving_score']:.2f}, quality 0.83" in mattes.summary("it").objects[0].words()


@both
def test_a_file_that_was_changed_is_refused_before_it_is_read(name, weights):
    (path,) = weights.iterdir()
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    path.write_bytes(damaged)
    choice = choose_segmenter(name, weights=weights)
    with pytest.raises(ModelUnavailable, match="sha256") as refusal:
        choice.load()
    assert "composer models download" in refusal.value.hint


@needs_sam
@pytest.mark.parametrize("name", ["sam_vit_b"])
def test_something_pointed_at_goes_through_the_network_too(name, weights):
    shot = crossing(3, size=Size(256, 144), radius=36)
    asked = MatteSpec.model_validate({"prompt": {"box": [0.0, 0.1, 0.4, 0.9]}})
    with make_mattes({"it": asked}, shot, segmenter=name, weights=weights, motion=RedMoves(shot)) as mattes:
        summary = mattes.summary("it")
        alpha = mattes.open("it").matte_at(0, next(shot.frames())).alpha
    assert summary.segmenter == name
    assert summary.objects[0].quality == pytest.approx(QUALITY, abs=1e-3)
    assert alpha.dtype == np.uint8


@both
def test_keyframes_over_two_workers_give_the_bytes_of_the_serial_run(name, weights, tmp_path):
    shot, stored = crossing(12, step=6, size=Size(256, 144), radius=36), []
    for workers in (1, 2):
        folder = tmp_path / str(workers)
        with make_mattes(
            {"it": MOVING},
            shot,
            segmenter=f"{name}@512",
            weights=weights,
            motion=RedMoves(shot),
            asking=Asking(keyframes=4, workers=workers),
            cache=folder,
        ) as mattes:
            assert 3 <= len(mattes.analyses["it"].entry.facts["keyframes"]) <= 5
            stream = mattes.open("it")
            for index, frame in enumerate(shot.frames()):
                assert region_overlap(stream.matte_at(index, frame).alpha > 127, shot.truth(index) > 0) > 0.8
        (path,) = folder.iterdir()
        stored.append((path.name, path.read_bytes()))
    assert stored[0] == stored[1]
