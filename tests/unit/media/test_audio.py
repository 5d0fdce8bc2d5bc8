"""Sound stays where it was, to the sample."""

from __future__ import annotations

import wave
from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest

from composer.errors import ProbeError
from composer.media import AudioTrack, VideoSettings, open_reader, open_writer, plan_audio, probe
from composer.media.decoding import first_at
from composer.media.encode import container_of
from composer.media.synthetic import write_clip
from composer.values import Span, Timestamp

RATE = 48_000
CLICKS = (0.25, 0.75, 1.25, 1.75)  # seconds


def clicks(path, *, rate=RATE, seconds=2.0):
    """A wav with short bursts at known moments."""
    samples = np.zeros(int(rate * seconds))
    burst = np.hanning(64) * np.sin(np.arange(64) * 0.9)
    for moment in CLICKS:
        samples[round(moment * rate) :][:64] = burst
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, rate, len(samples), "NONE", ""))
        out.writeframes((samples * 20000).astype("<i2").tobytes())
    return path


def heard(path, *, rate=RATE):
    """Mono sound as float, sample 0 at time 0 of the file's clock."""
    resampler = av.AudioResampler("fltp", "mono", rate)
    parts, start = [], None
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            for piece in resampler.resample(frame):
                start = piece.pts * piece.time_base if start is None else start
                parts.append(piece.to_ndarray()[0])
    samples = np.concatenate(parts)
    shift = round((start or 0) * rate)
    return np.concatenate([np.zeros(shift, np.float32), samples]) if shift >= 0 else samples[-shift:]


def moments(samples, *, rate=RATE):
    """Where the bursts begin, in samples."""
    burst = np.hanning(64) * np.sin(np.arange(64) * 0.9)
    match = np.abs(np.correlate(samples, burst, "valid"))
    found = []
    while match.max() > 0.5 * match.mean() and len(found) < len(CLICKS):
        peak = int(match.argmax())
        if match[peak] < 5:
            break
        found.append(peak)
        match[max(0, peak - rate // 10) : peak + rate // 10] = 0
    return sorted(found)


@pytest.fixture
def talking(tmp_path):
    """Builds a clip of two seconds with clicks, in a container."""

    def build(name, codec):
        sound = clicks(tmp_path / "clicks.wav")
        silent = write_clip(tmp_path / f"silent_{name}", codec=codec, frames=50)
        track = AudioTrack(sound, 0, Fraction(0), None, "encode")
        return written(silent, tmp_path / name, codec=codec, track=track)

    return build


def written(source, target, *, codec, track, span=None):
    span = span or Span()
    with open_reader(source) as reader:
        info = reader.info
        base = 0 if span.is_whole else round((info.start + span.start) / info.time_base)
        with open_writer(
            target,
            size=info.size,
            format=info.format,
            color=info.color,
            time_base=info.time_base,
            rate=info.rate,
            settings=VideoSettings(codec, threads=1),
            audio=track,
        ) as writer:
            for frame in reader.frames(span):
                writer.write(replace(frame, at=Timestamp(frame.at.pts - base, frame.at.time_base)))
            writer.finish()
    return target


def packets(path):
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


TARGETS = [("a.mp4", "h264"), ("a.mov", "h264"), ("a.mkv", "h264"), ("a.webm", "vp9")]


class TestEncoded:
    @pytest.mark.parametrize(("name", "codec"), TARGETS)
    def test_clicks_are_where_they_were(self, talking, name, codec):
        found = moments(heard(talking(name, codec)))
        assert len(found) == len(CLICKS)
        for sample, moment in zip(found, CLICKS, strict=True):
            assert abs(sample - moment * RATE) <= 2

    @pytest.mark.parametrize(("name", "codec"), TARGETS)
    def test_a_cut_begins_and_ends_at_its_sample(self, talking, tmp_path, name, codec):
        source = talking("source.mov", "h264")
        span = Span(Fraction(12, 25), Fraction(37, 25))
        track = plan_audio(probe(source), span, container_of(tmp_path / name))
        assert track.mode == "encode"
        target = written(source, tmp_path / f"cut{name[1:]}", codec=codec, track=track, span=span)
        samples = heard(target)
        assert [round(sample / RATE, 3) for sample in moments(samples)] == [0.27, 0.77]
        assert np.abs(samples[RATE + 200 :]).max(initial=0) < 0.01  # a coder may pad; it must not hold sound
        assert len(samples) <= RATE + 1024

    def test_opus_ends_at_its_sample(self, talking):
        assert len(heard(talking("a.webm", "vp9"))) == 2 * RATE

    def test_pcm_is_cut_without_any_change(self, talking, tmp_path):
        source = talking("source.mov", "h264")
        span = Span(Fraction(12, 25), Fraction(37, 25))
        target = written(
            source, tmp_path / "cut.mov", codec="h264", track=plan_audio(probe(source), span, "mov"), span=span
        )
        assert np.array_equal(heard(target), heard(source)[RATE * 12 // 25 : RATE * 37 // 25])

    def test_silence_fills_what_a_source_leaves_out(self, tmp_path):
        sound = clicks(tmp_path / "clicks.wav")
        silent = write_clip(tmp_path / "silent.mp4", codec="h264", frames=100)
        track = AudioTrack(sound, 0, Fraction(0), Fraction(2), "encode", Fraction(1))
        target = written(silent, tmp_path / "a.mov", codec="h264", track=track)
        assert [round(sample / RATE, 3) for sample in moments(heard(target))] == [1.25, 1.75, 2.25, 2.75]


class TestCopied:
    @pytest.mark.parametrize(("name", "codec"), TARGETS[:3])
    def test_packets_are_the_very_same_and_the_sound_stays_in_place(self, talking, tmp_path, name, codec):
        source = talking("source.mp4", "h264")
        track = plan_audio(probe(source), Span(), container_of(tmp_path / name))
        assert track.mode == "copy"
        target = written(source, tmp_path / f"copy{name[1:]}", codec=codec, track=track)
        lost = 1 if name.endswith(".mkv") else 0  # the coder's run-in, which Matroska has no negative time for
        assert packets(target) == packets(source)[lost:]
        for sample, moment in zip(moments(heard(target)), CLICKS, strict=True):
            assert abs(sample - moment * RATE) <= RATE // 1000
        assert probe(target).start == 0

    def test_matroska_to_mp4_keeps_the_place(self, talking, tmp_path):
        source = talking("source.mkv", "h264")
        aac = plan_audio(probe(source), Span(), "mp4")
        target = written(source, tmp_path / "a.mp4", codec="h264", track=aac)
        for sample, moment in zip(moments(heard(target)), CLICKS, strict=True):
            assert abs(sample - moment * RATE) <= RATE // 1000

    def test_a_codec_that_does_not_fit_the_container_is_encoded(self, talking):
        info = probe(talking("a.mp4", "h264"))
        assert plan_audio(info, Span(), "webm").mode == "encode"
        assert plan_audio(info, Span(), "matroska").mode == "copy"

    def test_no_sound_no_track(self, tmp_path):
        info = probe(write_clip(tmp_path / "a.mkv"))
        assert plan_audio(info, Span(), "mp4") is None
        assert plan_audio(info, Span(), "gif") is None


def test_a_stream_that_is_not_there_is_named(tmp_path):
    path = write_clip(tmp_path / "a.mkv")
    track = AudioTrack(path, 7, Fraction(0), None, "copy")
    with pytest.raises(ProbeError, match="has no sound stream 7"):
        written(path, tmp_path / "b.mkv", codec="ffv1", track=track)
    assert not (tmp_path / "b.mkv").exists()


def test_a_cut_between_two_pictures_keeps_sound_and_picture_together(talking, tmp_path):
    source = talking("source.mov", "h264")  # 25 a second: the first picture after 0.49 s is shown at 0.52 s
    span = Span(Fraction(49, 100), Fraction(3, 2))
    with open_reader(source) as reader:
        assert next(iter(reader.frames(span))).at.seconds == Fraction(52, 100)
    track = plan_audio(probe(source), span, "mov")
    assert (track.start, track.offset) == (Fraction(52, 100), Fraction(-52, 100))


@pytest.mark.parametrize("start", ["0.001", "0.04", "0.05", "0.3", "1.2", "1.95"])
def test_the_first_picture_of_a_span_is_found_without_decoding(tmp_path, start):
    ticks = [0, 40, 90, 100, 500, 540, 1300, 1340, 1900, 1990]
    path = write_clip(tmp_path / "a.mp4", codec="h264", pts=ticks, time_base=Fraction(1, 1000), quality=40)
    with open_reader(path) as reader:
        first = next(iter(reader.frames(Span(Fraction(start))))).at.seconds
    assert first_at(probe(path), Fraction(start)) == first
