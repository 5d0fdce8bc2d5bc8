"""How much memory a render takes at its peak, roughly; it does not depend on the length."""

from __future__ import annotations

from collections.abc import Collection

from composer.mask.matting import MOST_UNKNOWN, UNKNOWN_BYTES
from composer.media.probe import MediaInfo
from composer.plan.model import MattePlan, OutputPlan, SourcePlan
from composer.values import PixelFormat, Size

# Measured 2026-11-23 on a 1280x720 clip at two sizes, with and without mattes: what a process holds before its first
# frame, what a decoder and an encoder keep waiting, and what the analysis of motion works with (at a size of its own).
_BASE = 180 << 20
_DECODER_FRAMES = 12
_ENCODER_FRAMES = 60
_EFFECT_FRAMES = 8
_ANALYSIS_BYTES = 100 << 20
# Fine edges: numba and scipy, and the band, which was 6 % of a 1280x720 picture (measured 2026-11-25).
_FINE_BYTES, _BAND = 140 << 20, 0.06
_SEGMENTER_BYTES = {
    "none": 0,
    "embedded": 40 << 20,
    "classical": 40 << 20,
    "mobile_sam": 1 << 30,
    "sam_vit_b": 3 << 30,
    "sam_vit_l": 5 << 30,
    "sam_vit_h": 8 << 30,
}


def estimate_memory(
    plate: SourcePlan,
    sources: Collection[SourcePlan],
    mattes: Collection[MattePlan],
    *,
    size: Size,
    output: OutputPlan,
    segmenter: str,
) -> int:
    """Bytes at the peak of a render, with segmenter and encoder.

    Args:
        plate: the footage.
        sources: what edits insert.
        mattes: those that are used.
        size: of the picture that is worked on.
        output: what is written.
        segmenter: its name, or ``none``.
    """
    files: list[MediaInfo] = [info for source in (plate, *sources) for info in _opened(source)]
    files += [matte.info for matte in mattes if matte.info is not None]
    decoding = sum(_DECODER_FRAMES * frame_bytes(info.size, info.format) for info in files)
    encoding = _ENCODER_FRAMES * frame_bytes(output.size, output.format)
    working = _EFFECT_FRAMES * 4 * size.width * size.height * (1 + len(mattes))
    looks = any(matte.spec.needs_analysis for matte in mattes)
    analysis = _ANALYSIS_BYTES if looks else 0
    if any(matte.spec.edges == "fine" for matte in mattes):
        unknown = min(MOST_UNKNOWN, int(_BAND * size.width * size.height))
        analysis += _FINE_BYTES + UNKNOWN_BYTES * unknown
    inner = max((memory for source in (plate, *sources) for memory in _nested(source)), default=0)
    return (
        _BASE + inner + decoding + encoding + working + analysis + _SEGMENTER_BYTES.get(segmenter.partition("@")[0], 0)
    )


def _opened(source: SourcePlan) -> list[MediaInfo]:
    """What is decoded at the same time: of a timeline the two clips of a transition, at worst the largest."""
    if source.timeline is None:
        return [source.info]
    clips = sorted((clip.info for clip in source.timeline.clips), key=lambda info: frame_bytes(info.size, info.format))
    return [source.info, *clips[-2:]]


def _nested(source: SourcePlan) -> list[int]:
    """What recipes inside a timeline take besides what every process does."""
    clips = source.timeline.clips if source.timeline is not None else ()
    return [2 * (clip.nested.memory - _BASE) for clip in clips if clip.nested is not None]


def frame_bytes(size: Size, format_: PixelFormat) -> int:
    """Bytes of one picture's planes.

    Example:
        >>> frame_bytes(Size(4, 2), PixelFormat("yuv", 8, (1, 1)))
        12
    """
    samples = 0
    for index in range(format_.plane_count):
        height, width = format_.plane_shape(index, size)
        samples += height * width
    return samples * (1 if format_.depth == 8 else 2)
