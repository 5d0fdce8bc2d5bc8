"""Mattes go out in every format and come back as a recipe's own matte: same values, same times."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from composer.errors import DecodeError, InputError, OutputError
from composer.mask.sources import MatteSpec
from composer.mask.stage import make_mattes
from composer.media import open_reader, probe
from composer.media.exr import exr_of, plane_of_exr
from composer.media.still import read_picture
from composer.media.synthetic import write_clip
from composer.plan import make_plan
from composer.recipe import load_recipe
from composer.render.cutouts import HOLDERS, check_mattes_of, clip_shot, holder_of, write_pictures, write_video
from composer.render.run import plan_mattes
from composer.render.shots import plate_shot
from composer.values import Size

SIZE = Size(32, 18)
PTS = [0, 40, 100, 110, 150]
#: Largest difference that each format may make, of 65535. VP9 is lossy, also in its alpha: there the mean counts.
TOLERANCE = {"png8": 129, "png16": 0, "exr": 0, "ffv1": 0, "prores": 64, "vp9": 655}


def ramp(index):
    """16 bits: a soft edge that walks, with low bits that 8 bits do not hold."""
    x = np.arange(SIZE.width)
    edge = np.rint(np.clip((x - 6 - 2 * index) / 12, 0, 1) * 65500) + (x % 2) * 35
    return np.broadcast_to(edge.astype(np.uint16), SIZE.shape)


def nothing(*_):
    return False


@pytest.fixture
def shot(tmp_path):
    write_clip(tmp_path / "plate.mkv", size=SIZE, pts=PTS, time_base=Fraction(1, 1000), codec="ffv1", format="yuv420p")
    write_clip(
        tmp_path / "soft.mkv",
        size=SIZE,
        pts=PTS,
        time_base=Fraction(1, 1000),
        codec="ffv1",
        format="gray16le",
        paint=lambda index: (np.ascontiguousarray(ramp(index)),),
    )
    return clip_shot(tmp_path / "plate.mkv")


def exported(folder, shot, name):
    """The soft matte written as a format; where it lies."""
    holder = HOLDERS[name]
    target = folder / f"out{holder.suffix}"
    spec = {"soft": MatteSpec.model_validate({"file": "soft.mkv"})}
    files = {"soft": clip_shot(folder / "soft.mkv")}
    watch = {"tell": nothing, "cancelled": nothing, "holder": holder_of(target, name)}
    with make_mattes(spec, shot, files=files, cache=None) as mattes:
        if holder.suffix:
            assert write_video(mattes, "soft", shot, target, **watch) == 5
        else:
            assert write_pictures(mattes, "soft", shot, target, objects=False, **watch) == 5
    return target


def read_back(folder, target, kind="file"):
    """What a recipe that names the file sees, frame by frame, as 16 bits."""
    recipe = folder / "recipe.yaml"
    body = f"composer: 1\nsources: {{plate: plate.mkv}}\nmattes: {{hand: {{{kind}: {{source: ./{target.name}}}}}}}\n"
    recipe.write_text(body + "edits: [{solid: {color: red, matte: hand}}]\n")
    plan = make_plan(load_recipe(recipe), output=folder / "result.mkv", use_cache=False)
    with plan_mattes(plan) as mattes:
        stream = mattes.open("hand")
        alphas = [stream.matte_at(index, frame).alpha for index, frame in enumerate(plate_shot(plan).frames())]
    return [alpha.astype(np.int64) * (257 if alpha.dtype == np.uint8 else 1) for alpha in alphas]


@pytest.mark.parametrize("name", HOLDERS)
class TestEveryFormat:
    def test_values_come_back(self, name, shot, tmp_path):
        found = read_back(tmp_path, exported(tmp_path, shot, name))
        assert len(found) == 5
        for index, alpha in enumerate(found):
            apart = np.abs(alpha - ramp(index).astype(np.int64))
            assert (apart.mean() if name == "vp9" else apart.max()) <= TOLERANCE[name]

    def test_videos_keep_every_time(self, name, shot, tmp_path):
        if not HOLDERS[name].suffix:
            pytest.skip("pictures have no times")
        with open_reader(exported(tmp_path, shot, name)) as reader:
            assert [frame.at.seconds for frame in reader.frames()] == [Fraction(tick, 1000) for tick in PTS]

    def test_it_is_refused_where_it_does_not_go(self, name, shot, tmp_path):
        wrong = tmp_path / ("folder" if HOLDERS[name].suffix else "out.mkv")
        with pytest.raises(OutputError, match=f"--format {name} does not go into {wrong.name}"):
            check_mattes_of(shot.source.info, wrong, objects=False, name=name)
        assert not wrong.exists()


def test_formats_hold_what_they_say(shot, tmp_path):
    kinds = {name: exported(tmp_path, shot, name) for name in ("png16", "ffv1", "prores", "vp9")}
    assert read_picture(next(iter(sorted(kinds["png16"].iterdir())))).format.name == "gray16le"
    assert probe(kinds["ffv1"]).format.name == "gray16le"
    assert probe(kinds["prores"]).format.has_alpha
    assert probe(kinds["vp9"]).format.has_alpha


def test_a_cut_out_is_a_matte_by_its_alpha_unless_its_brightness_is_asked_for(shot, tmp_path):
    target = exported(tmp_path, shot, "prores")
    recipe = tmp_path / "luma.yaml"
    body = f"composer: 1\nsources: {{plate: plate.mkv}}\nmattes: {{hand: {{file: {{source: {target.name}, channel: luma}}}}}}\n"
    recipe.write_text(body + "edits: [{solid: {color: red, matte: hand}}]\n")
    plan = make_plan(load_recipe(recipe), output=tmp_path / "result.mkv", use_cache=False)
    with plan_mattes(plan) as mattes:
        frame = next(plate_shot(plan).frames())
        alpha = mattes.open("hand").matte_at(0, frame).alpha
    assert np.abs(alpha.astype(int) - ramp(0)).mean() > 5000


def test_a_png_with_alpha_is_a_matte_by_its_alpha(shot, tmp_path):
    alpha = np.tile(np.arange(SIZE.width, dtype=np.uint8) * 8, (SIZE.height, 1))
    Image.fromarray(np.dstack([255 - alpha, alpha, alpha, alpha])).save(tmp_path / "still.png")
    np.testing.assert_array_equal(read_back(tmp_path, tmp_path / "still.png")[3], alpha.astype(np.int64) * 257)


def test_an_unknown_format_is_refused_with_all_there_are(tmp_path):
    with pytest.raises(OutputError, match=r"--format tiff: unknown\n.*png8, png16, exr, ffv1, prores, vp9"):
        holder_of(tmp_path / "out", "tiff")


class TestExr:
    def test_every_value_of_16_bits_comes_back(self):
        plane = np.arange(65536, dtype=np.uint16).reshape(256, 256)
        found, stored = plane_of_exr(exr_of(plane))
        np.testing.assert_array_equal(found, plane)
        assert stored == "grayf32le"

    def test_half_floats_of_others_are_read_to_their_own_precision(self):
        plane = np.linspace(0, 65535, 64 * 48).astype(np.uint16).reshape(48, 64)
        encoder = av.CodecContext.create("exr", "w")
        encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = 64, 48, "grayf32le", Fraction(1, 25)
        encoder.options = {"format": "half"}
        picture = av.VideoFrame.from_ndarray((plane / np.float32(65535)).astype(np.float32), format="grayf32le")
        picture.pts = 0
        data = b"".join(bytes(packet) for packet in (*encoder.encode(picture), *encoder.encode(None)))
        found, stored = plane_of_exr(data)
        assert stored == "grayf16le"
        assert np.abs(found.astype(int) - plane).max() <= 32  # halves near 1 are 1/2048 apart, and FFmpeg cuts off

    def test_colours_are_refused_in_words(self, tmp_path):
        encoder = av.CodecContext.create("exr", "w")
        encoder.width, encoder.height, encoder.pix_fmt, encoder.time_base = 8, 8, "gbrpf32le", Fraction(1, 25)
        picture = av.VideoFrame.from_ndarray(np.zeros((8, 8, 3), np.float32), format="gbrpf32le")
        picture.pts = 0
        file = tmp_path / "sky.exr"
        file.write_bytes(b"".join(bytes(packet) for packet in (*encoder.encode(picture), *encoder.encode(None))))
        with pytest.raises(DecodeError, match="of EXR only one channel"):
            read_picture(file)

    @pytest.mark.parametrize("spoil", [lambda data: data[:40], lambda data: data[:4] + b"\xff" * 200])
    def test_damage_is_refused(self, spoil, tmp_path):
        file = tmp_path / "matte.exr"
        file.write_bytes(spoil(exr_of(np.zeros((8, 8), np.uint16))))
        with pytest.raises(InputError, match="damaged picture"):
            read_picture(file)
