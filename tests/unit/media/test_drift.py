"""Sound and picture stay together for hours: in arithmetic, and in a file of an hour."""

from __future__ import annotations

import wave
from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest

from composer.media import VideoSettings, open_reader, open_writer, probe
from composer.media.audio import plan_audio
from composer.media.listen import Cut, Format, listen, sample_at
from composer.media.mix import mix
from composer.media.sounds import Mixdown, Sound
from composer.media.synthetic import write_clip
from composer.values import FrameRate, Size, Span
from tests.sounds import RATE, written_wav

NTSC = Fraction(1001, 30000)
LOW = 8000  # samples a second of the file of an hour: quick to make, and no other arithmetic


def test_a_million_frames_are_a_million_times_one_frame():
    frames = range(0, 1_000_001, 997)
    for rate in (44_100, 48_000):
        numbers = [sample_at(frame * NTSC, rate) for frame in frames]
        assert all(
            abs(number - frame * NTSC * rate) <= Fraction(1, 2) for number, frame in zip(numbers, frames, strict=True)
        )
    # What summing rounded frames would come to: 1601.6 samples a frame, 1602 if rounded one by one.
    assert sample_at(1_000_000 * NTSC, RATE) == 1_601_600_000
    assert 1_000_000 * sample_at(NTSC, RATE) - 1_601_600_000 > 8 * RATE


def test_a_cut_far_into_a_file_is_what_decoding_all_of_it_gives(tmp_path):
    moments = np.arange(4 * RATE) / RATE
    samples = 0.4 * np.sin(2 * np.pi * (200 + 300 * moments) * moments)  # a coder makes noise of its own from noise
    wav = written_wav(tmp_path / "a.wav", samples)
    clip = write_clip(tmp_path / "a.mp4", codec="h264", frames=100)
    track = Mixdown((Sound(wav, 0),), Fraction(4), RATE, "mono")
    target = coded(clip, tmp_path / "b.mp4", track)
    form = Format("fltp", "mono", RATE)
    together = np.zeros(5 * RATE, np.float32)
    for first, piece in listen(Cut(target, 1, Fraction(0)), form):
        together[first : first + piece.shape[1]] = piece[0]
    start, end = Fraction(7, 3), Fraction(10, 3)
    late = np.hstack([piece[0] for _, piece in listen(Cut(target, 1, start, end), form)])
    assert len(late) == RATE
    assert np.abs(late - together[sample_at(start, RATE) : sample_at(end, RATE)]).max() < 1e-3


def coded(source, target, track):
    """Pictures of one file with some sound, in another."""
    with open_reader(source) as reader:
        info = reader.info
        settings = VideoSettings("h264", quality=40, preset="ultrafast", threads=1)
        shape = {"size": info.size, "format": info.format, "color": info.color}
        with open_writer(
            target, **shape, time_base=info.time_base, rate=info.rate, settings=settings, audio=track
        ) as writer:
            for frame in reader.frames(Span()):
                writer.write(replace(frame, origin=None))
            writer.finish()
    return target


@pytest.fixture(scope="module")
def hour(tmp_path_factory):
    """An hour at 5000/1001 pictures a second; the picture turns white, and a click is heard, every 500th one."""
    folder = tmp_path_factory.mktemp("hour")
    rate, step = FrameRate(Fraction(5000, 1001)), 500
    count = 3600 * 5000 // 1001
    dark, light = (
        tuple(np.full(shape, value, np.uint8) for shape in ((16, 16), (8, 8), (8, 8))) for value in (16, 235)
    )
    silent = write_clip(
        folder / "silent.mp4",
        size=Size(16, 16),
        frames=count,
        rate=rate,
        codec="h264",
        quality=40,
        paint=lambda index: light if index % step == 0 else dark,
    )
    at = [sample_at(index / rate.value, LOW) for index in range(0, count, step)]
    with wave.open(str(folder / "clicks.wav"), "wb") as out:
        out.setparams((1, 2, LOW, 0, "NONE", ""))
        for low in range(0, sample_at(count / rate.value, LOW), 60 * LOW):
            block = np.zeros(60 * LOW, "<i2")
            block[[number - low for number in at if low <= number < low + 60 * LOW]] = 30_000
            out.writeframes(block.tobytes())
    return silent, folder / "clicks.wav", at


@pytest.mark.slow
@pytest.mark.parametrize("name", ["out.mp4", "out.mkv"])
def test_after_an_hour_sound_and_picture_are_where_they_were(hour, tmp_path, name):
    silent, clicks, at = hour
    last = Fraction(3600)
    exact = np.flatnonzero(np.hstack(list(mix([Sound(clicks, 0)], until=last, rate=LOW, layout="mono")))[0])
    assert exact.tolist() == [number for number in at if number < last * LOW]
    target = coded(silent, tmp_path / name, Mixdown((Sound(clicks, 0),), last, LOW, "mono"))
    white = flashes(target)
    heard = [
        number
        for first, piece in listen(Cut(target, 1, Fraction(0)), Format("fltp", "mono", LOW))
        for number in peaks(first, piece[0])
    ]
    pairs = list(zip(white, heard, strict=False))
    assert len(pairs) == len(exact)
    tick = 1 if name.endswith("mp4") else LOW // 1000  # Matroska counts milliseconds
    assert max(abs(number - expected) for number, expected in zip(heard, exact, strict=True)) <= 1
    assert max(abs(sample_at(time, LOW) - number) for time, number in pairs) <= tick + 1


def flashes(path):
    """Times of the white pictures."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return [frame.pts * stream.time_base for frame in container.decode(stream) if frame.to_ndarray()[0, 0] > 128]


def peaks(first, samples):
    """Numbers of the samples of a piece that stand out from its neighbours."""
    found = np.flatnonzero(samples > 0.3)
    return [first + number for number in found if samples[max(0, number - 5) : number + 6].max() == samples[number]]


def test_a_sound_kept_whole_is_still_copied(tmp_path):
    clip = write_clip(tmp_path / "a.mp4", codec="h264", frames=10, audio=True)
    assert plan_audio(probe(clip), Span(), "mp4").mode == "copy"
