"""What cannot be read is refused in one clear message, before anything else happens."""

from __future__ import annotations

import os
import re
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from composer.errors import DecodeError, ProbeError
from composer.media import open_reader, probe
from composer.media.synthetic import write_clip
from composer.values import Size, Span


def refusal(path) -> str:
    with pytest.raises(ProbeError) as caught:
        open_reader(path)
    message = str(caught.value)
    assert str(path) in message
    assert caught.value.hint
    assert caught.value.exit_status == 2
    return message


class TestRefusedBeforeOpening:
    @pytest.mark.parametrize(
        "address",
        [
            "http://127.0.0.1:9/a.mp4",
            "https://example.org/a.mp4",
            "concat:a.mp4|b.mp4",
            "subfile,,start,0,end,9,,:a.mp4",
            "file:a.mp4",
            "rtmp://example.org/live",
            "lavfi:testsrc",
        ],
    )
    def test_addresses_and_protocols(self, address):
        assert "only local files are opened" in refusal(address)

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("a.m3u8", "#EXTM3U\n#EXTINF:1,\n/etc/passwd\n"),
            ("a.mp4", "#EXTM3U\n#EXTINF:1,\nb.ts\n"),
            ("a.ffconcat", "ffconcat version 1.0\nfile b.mp4\n"),
            ("a.txt", "ffconcat version 1.0\nfile b.mp4\n"),
            ("a.mpd", "<?xml version='1.0'?><MPD/>"),
        ],
    )
    def test_playlists_whatever_they_are_called(self, tmp_path, name, content):
        (tmp_path / name).write_text(content)
        assert "is a playlist, which would open other files" in refusal(tmp_path / name)

    def test_a_missing_file(self, tmp_path):
        assert "there is no such file" in refusal(tmp_path / "a.mp4")

    def test_an_empty_file(self, tmp_path):
        (tmp_path / "a.mp4").touch()
        assert "is empty (0 bytes)" in refusal(tmp_path / "a.mp4")

    def test_text_named_mp4(self, tmp_path):
        (tmp_path / "a.mp4").write_text("this is a shopping list\n" * 40)
        assert "is text, not media" in refusal(tmp_path / "a.mp4")

    def test_a_folder_without_pictures(self, tmp_path):
        assert "holds no PNG, JPEG, WebP or EXR pictures" in refusal(tmp_path)

    def test_a_pipe(self, tmp_path):
        os.mkfifo(tmp_path / "a.mp4")
        assert "is not a plain file" in refusal(tmp_path / "a.mp4")


class TestRefusedOnOpening:
    def test_noise(self, tmp_path):
        (tmp_path / "a.mp4").write_bytes(bytes((index * 7919) % 251 for index in range(40_000)))
        assert "is damaged or not a media file" in refusal(tmp_path / "a.mp4")

    def test_sound_without_pictures(self, tmp_path):
        with av.open(str(tmp_path / "a.mp4"), "w") as out:
            stream = out.add_stream("aac", rate=48000)
            frame = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), format="fltp", layout="stereo")
            frame.sample_rate, frame.pts = 48000, 0
            out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
        assert "has sound but no picture" in refusal(tmp_path / "a.mp4")

    def test_an_mp4_cut_short_says_that_its_index_is_missing(self, tmp_path):
        whole = tmp_path / "whole.mp4"
        with av.open(str(whole), "w") as out:  # without faststart, as recorders write: the index comes last
            stream = out.add_stream("libx264", rate=25)
            for _ in range(20):
                out.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
            out.mux(stream.encode(None))
        data = whole.read_bytes()
        (tmp_path / "a.mp4").write_bytes(data[: len(data) // 2])
        assert "lacks its index" in refusal(tmp_path / "a.mp4")

    def test_a_decoder_that_is_not_on_the_list(self, tmp_path):
        with av.open(str(tmp_path / "a.avi"), "w") as out:
            stream = out.add_stream("huffyuv", rate=25)
            stream.pix_fmt, stream.width, stream.height = "yuv422p", 32, 32
            out.mux(stream.encode(av.VideoFrame(32, 32, "yuv422p")))
            out.mux(stream.encode(None))
        assert "'huffyuv' is not one that Composer decodes" in refusal(tmp_path / "a.avi")

    def test_a_container_that_is_not_on_the_list(self, tmp_path):
        with av.open(str(tmp_path / "a.nut"), "w", format="nut") as out:
            stream = out.add_stream("ffv1", rate=25)
            stream.width = stream.height = 32
            out.mux(stream.encode(av.VideoFrame(32, 32, "yuv420p")))
            out.mux(stream.encode(None))
        assert "is damaged or not a media file that Composer reads" in refusal(tmp_path / "a.nut")

    def test_a_picture_cut_short(self, tmp_path):
        Image.effect_noise((64, 64), 40).save(tmp_path / "whole.png")
        data = (tmp_path / "whole.png").read_bytes()
        (tmp_path / "a.png").write_bytes(data[: len(data) // 3])
        assert "is a damaged picture" in refusal(tmp_path / "a.png")

    def test_an_odd_size_stored_upside_down_with_shared_chroma(self, tmp_path):
        path = write_clip(tmp_path / "a.mp4", codec="vp9", size=Size(65, 37), rotation=180)
        assert "turning it upright would shift its colours" in refusal(path)


class TestTruncation:
    @pytest.mark.parametrize(
        ("name", "codec"), [("a.mkv", "ffv1"), ("a.webm", "vp9"), ("a.mp4", "h264"), ("a.mov", "prores")]
    )
    @pytest.mark.parametrize("share", [0.3, 0.6, 0.85])
    def test_a_file_that_ends_early_is_noticed(self, tmp_path, name, codec, share):
        format_ = "yuv422p10le" if codec == "prores" else "yuv420p"
        whole = write_clip(tmp_path / f"whole{name[1:]}", codec=codec, frames=100, format=format_, audio=True)
        data = whole.read_bytes()
        (tmp_path / name).write_bytes(data[: int(len(data) * share)])
        with open_reader(tmp_path / name) as reader:
            seen = []
            with pytest.raises(DecodeError, match=r"(breaks off|damaged) after (frame )?\d+") as caught:
                seen.extend(reader.frames())
        assert caught.value.hint

    def test_the_part_before_the_end_can_be_used(self, tmp_path):
        whole = write_clip(tmp_path / "whole.mkv", frames=100)
        data = whole.read_bytes()
        (tmp_path / "a.mkv").write_bytes(data[: len(data) // 2])
        with open_reader(tmp_path / "a.mkv") as reader:
            assert len(list(reader.frames(Span(Fraction(0), Fraction(1))))) == 25

    def test_every_picture_before_the_damage_is_handed_out(self, tmp_path):
        path = write_clip(tmp_path / "a.mp4", codec="av1", frames=40, size=Size(128, 72))
        data = bytearray(path.read_bytes())
        for place in range(len(data) // 2, len(data) // 2 + 40):
            data[place] ^= 255
        path.write_bytes(bytes(data))
        seen = []
        with open_reader(path) as reader, pytest.raises(DecodeError, match=r"damaged after \d+") as caught:
            seen.extend(reader.frames())
        with open_reader(path) as reader:
            count = int(re.search(r"after (\d+)", str(caught.value))[1])
            last = Fraction(count - 1, 25)
            assert len(list(reader.frames(Span(Fraction(0), last + Fraction(1, 50))))) == count > 0

    def test_whole_files_are_not_accused(self, tmp_path):
        for name, codec in (("a.mkv", "ffv1"), ("a.webm", "vp9"), ("a.mp4", "h264")):
            path = write_clip(tmp_path / name, codec=codec, frames=100, audio=True)
            assert probe(path, scan=True).found.frames == 100

    def test_frames_that_the_decoder_flags_as_damaged_are_counted(self, tmp_path):
        path = write_clip(tmp_path / "a.mp4", codec="h264", frames=40, size=Size(320, 180))
        assert probe(path, scan=True).found.corrupt == 0
        data = bytearray(path.read_bytes())
        middle = len(data) // 2
        data[middle : middle + 8] = bytes(255 - byte for byte in data[middle : middle + 8])
        path.write_bytes(bytes(data))
        assert probe(path, scan=True).found.corrupt > 0
