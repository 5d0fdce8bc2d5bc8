"""Files in and out: probe, readers, writers, audio."""

from composer.media.audio import AudioTrack, plan_audio
from composer.media.encode import CODECS, VideoSettings, check_target, codec_of, container_of, nearest_format
from composer.media.probe import AudioInfo, Claim, MediaInfo, Scan, content_digest, probe
from composer.media.reader import FrameReader, open_reader
from composer.media.writer import FrameWriter, Written, open_writer

__all__ = [
    "CODECS",
    "AudioInfo",
    "AudioTrack",
    "Claim",
    "FrameReader",
    "FrameWriter",
    "MediaInfo",
    "Scan",
    "VideoSettings",
    "Written",
    "check_target",
    "codec_of",
    "container_of",
    "content_digest",
    "nearest_format",
    "open_reader",
    "open_writer",
    "plan_audio",
    "probe",
]
