"""One FFmpeg filter, run on pictures that stand for themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from threading import Lock
from typing import Any

import numpy as np

from composer.pixels.color import convert_frame, resolved_tags
from composer.values import ColorTags, Frame, PixelFormat, Plane, Size

Settings = tuple[tuple[str, str], ...]
_RANGES = {"limited": "tv", "full": "pc"}
_MATRICES = {"rgb": "gbr", "unknown": "unspecified"}


class Unfit(Exception):
    """FFmpeg refuses a filter with these settings or pictures of this kind, in its own words."""


@dataclass
class FilterGraph:
    """A filter ready for pictures of one size, format and kind of colour; may be shared between threads.

    Arguments are handed over one by one, each as a whole: nothing in a value can become another option or filter.

    Args:
        name: of the filter.
        settings: its arguments as FFmpeg takes them.
        size: of the pictures.
        format: of the pictures; ``packed`` RGB where a filter takes no planes.
        color: tags with matrix and range.

    Raises:
        Unfit: FFmpeg does not take it so, or would convert the pictures by itself.
    """

    name: str
    settings: Settings
    size: Size
    format: PixelFormat
    color: ColorTags
    packed: bool = False
    _lock: Lock = field(default_factory=Lock, repr=False)
    _count: int = 0

    def __post_init__(self) -> None:
        from av.error import FFmpegError  # noqa: PLC0415 - only recipes that filter wait for it
        from av.filter import Graph  # noqa: PLC0415 - likewise

        self._errors = (FFmpegError, ValueError)
        self._graph = Graph()
        self._graph.threads = 1  # the same on every machine
        try:
            source = self._graph.add("buffer", **self._source())
            self._graph.link_nodes(
                source, self._graph.add(self.name, **dict(self.settings)), self._graph.add("buffersink")
            )
            self._graph.configure()
        except self._errors as error:
            raise Unfit(str(error)) from error

    @property
    def _pixels(self) -> str:
        return ("rgb24" if self.format.depth == 8 else "rgb48le") if self.packed else self.format.name

    def _source(self) -> dict[str, str]:
        return {
            "video_size": f"{self.size.width}x{self.size.height}",
            "pix_fmt": self._pixels,
            "time_base": "1/25",
            "pixel_aspect": "1/1",
            "colorspace": _MATRICES.get(self.color.matrix, self.color.matrix),
            "range": _RANGES[self.color.range],
        }

    def __call__(self, planes: tuple[Plane, ...]) -> tuple[Plane, ...]:
        """Filter one picture.

        Args:
            planes: of the graph's format and size.

        Raises:
            Unfit: FFmpeg refuses it, or gives back another format or size.
        """
        with self._lock:
            picture = _packed(planes, self._pixels, self.size)
            picture.pts, picture.time_base = self._count, Fraction(1, 25)
            picture.color_range = {"tv": 1, "pc": 2}[_RANGES[self.color.range]]
            self._count += 1
            try:
                self._graph.vpush(picture)
                result = self._graph.vpull()
            except self._errors as error:
                raise Unfit(str(error)) from error
        if (result.format.name, result.width, result.height) != (self._pixels, self.size.width, self.size.height):
            raise Unfit(f"gives {result.format.name} {result.width}x{result.height} for {self._pixels} {self.size}")
        return _unpacked(result, self.format, self.size, packed=self.packed)


def _rows(plane: Any, height: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:height]


def _packed(planes: tuple[Plane, ...], pixels: str, size: Size) -> Any:
    from av import VideoFrame  # noqa: PLC0415 - only recipes that filter wait for it

    picture = VideoFrame(size.width, size.height, pixels)
    if len(picture.planes) == 1 and len(planes) == 3:
        planes = (np.dstack(planes).reshape(size.height, -1),)
    elif len(planes) == 3 and pixels.startswith("gbr"):
        planes = (planes[1], planes[2], planes[0])
    for target, plane in zip(picture.planes, planes, strict=True):
        bytes_ = np.ascontiguousarray(plane).view(np.uint8)
        _rows(target, plane.shape[0])[:, : bytes_.shape[1]] = bytes_
    return picture


def _unpacked(picture: Any, format_: PixelFormat, size: Size, *, packed: bool) -> tuple[Plane, ...]:
    wide = np.dtype(format_.dtype).itemsize
    if packed:
        rows = np.ascontiguousarray(_rows(picture.planes[0], size.height)[:, : size.width * 3 * wide])
        rgb = rows.view(format_.dtype).reshape(size.height, size.width, 3)
        return tuple(np.ascontiguousarray(rgb[..., index]) for index in range(3))
    planes: list[Plane] = []
    for index, plane in enumerate(picture.planes):
        height, width = format_.plane_shape(index, size)
        samples: Plane = np.ascontiguousarray(_rows(plane, height)[:, : width * wide]).view(format_.dtype)
        planes.append(samples)
    return (planes[2], planes[0], planes[1]) if format_.model == "rgb" else tuple(planes)


def _forms(own: PixelFormat) -> Iterator[tuple[PixelFormat, bool]]:
    """Formats to try, the plate's own first, then those that lose least."""
    depths = dict.fromkeys((own.depth, 16 if own.depth > 8 else 8, 8))
    yield own, False
    for depth in depths:
        if own.model == "yuv":
            yield replace(own, depth=depth), False
            yield replace(own, depth=depth, subsampling=(0, 0)), False
    for depth in depths:
        yield PixelFormat("rgb", depth), False
        if depth in (8, 16):
            yield PixelFormat("rgb", depth), True
    for depth in depths:
        yield PixelFormat("yuv", depth), False
        yield PixelFormat("gray", depth), False


@lru_cache(maxsize=256)
def working_form(name: str, settings: Settings, own: PixelFormat) -> tuple[PixelFormat, bool]:
    """The format in which a filter works on pictures of a format, and whether as packed RGB.

    Args:
        name: of the filter.
        settings: its arguments as FFmpeg takes them.
        own: the plate's format without alpha.

    Raises:
        Unfit: it works in none.
    """
    refusal = Unfit("no format fits")
    size = Size(64, 64)
    for form, packed in dict.fromkeys(_forms(own)):
        color = ColorTags("rgb", "full") if form.model == "rgb" else ColorTags("bt709", "limited")
        try:
            planes = tuple(np.zeros(form.plane_shape(i, size), form.dtype) for i in range(form.plane_count))
            FilterGraph(name, settings, size, form, color, packed)(planes)
        except Unfit as error:
            refusal = error
        else:
            return form, packed
    raise refusal


def form_tags(form: PixelFormat, plate: ColorTags, size: Size) -> ColorTags:
    """Tags of a working format: RGB is full range, all else is as the plate."""
    return ColorTags("rgb", "full") if form.model == "rgb" else resolved_tags(form, plate, size)


def filtered(graph: FilterGraph, frame: Frame, back: PixelFormat, tags: ColorTags) -> tuple[Plane, ...] | None:
    """A frame through a filter and back in its own format; None where nothing changes.

    Args:
        graph: of the frame's size.
        frame: the picture, without alpha.
        back: format to give back.
        tags: matrix and range of that format, resolved.
    """
    before = frame if frame.format == graph.format else convert_frame(frame, graph.format, graph.color)
    after = graph(before.planes)
    if all(np.array_equal(one, two) for one, two in zip(before.planes, after, strict=True)):
        return None
    if graph.format == back:
        return after
    return convert_frame(replace(before, planes=after, color=graph.color), back, tags).planes
