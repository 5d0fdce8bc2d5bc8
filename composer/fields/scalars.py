"""Single values as recipes write them: time, length, colour, place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from PIL import ImageColor
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema

from composer.values import Box, Moment, Quad, Size

_PIXELS = re.compile(r"(-?\d+(?:\.\d+)?)\s*px")


class ParsedField:
    """Base for values that parse themselves from a YAML scalar or list."""

    @classmethod
    def parse(cls, raw: Any) -> Any:
        """Read the value as a recipe writes it, or raise ValueError in the user's words."""
        raise NotImplementedError

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """JSON Schema of what ``parse`` accepts."""
        raise NotImplementedError

    def spelled(self) -> Any:
        """The value as a recipe writes it."""
        raise NotImplementedError

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        def validate(raw: Any) -> Any:
            return raw if isinstance(raw, cls) else cls.parse(raw)

        return core_schema.no_info_plain_validator_function(
            validate, serialization=core_schema.plain_serializer_function_ser_schema(lambda value: value.spelled())
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return cls.json_schema()


def number(raw: Any) -> float:
    """A finite number from YAML; text and booleans are refused."""
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not np.isfinite(raw):
        raise ValueError(f"expected a number, got {raw!r}")
    return float(raw)


@dataclass(frozen=True)
class Time(ParsedField):
    """A time such as ``2s``, ``00:00:02.500`` or ``48f``.

    Example:
        >>> Time.parse("2s").moment.seconds
        Fraction(2, 1)
    """

    moment: Moment

    @classmethod
    def parse(cls, raw: Any) -> Time:
        """Read a time; a bare number is seconds."""
        if isinstance(raw, bool) or not isinstance(raw, str | int | float):
            raise ValueError(f"expected a time like 2s, 00:00:02.500 or 48f, got {raw!r}")
        return cls(Moment.parse(raw))

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Text or a number of seconds."""
        return {"type": ["string", "number"], "description": "a time: 2s, 00:00:02.500 or 48f", "examples": ["2s"]}

    def spelled(self) -> str:
        """As ``48f`` or ``2.5s``."""
        moment = self.moment
        return f"{moment.frames}f" if moment.seconds is None else f"{float(moment.seconds):g}s"


@dataclass(frozen=True)
class Length(ParsedField):
    """A length: a fraction of the picture, or pixels.

    A bare number up to 1 is a fraction; above 1, or written ``12px``, it is pixels of the full-size picture.

    Example:
        >>> Length.parse("12px").pixels(1080), Length.parse(0.5).pixels(1080)
        (12.0, 540.0)
    """

    amount: float
    is_pixels: bool

    @classmethod
    def parse(cls, raw: Any) -> Length:
        """Read ``0.1``, ``12`` or ``12px``."""
        if isinstance(raw, str):
            if match := _PIXELS.fullmatch(raw.strip()):
                return cls(float(match[1]), is_pixels=True)
            raise ValueError(f"expected a fraction of the picture such as 0.1, or pixels such as 12px, got {raw!r}")
        value = number(raw)
        return cls(value, is_pixels=abs(value) > 1)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """A number or text in pixels."""
        return {
            "anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^-?\d+(\.\d+)?\s*px$"}],
            "description": "a fraction of the picture (up to 1), or pixels (above 1, or written 12px)",
        }

    def pixels(self, whole: int, *, proxy: float = 1.0) -> float:
        """The length in pixels.

        Args:
            whole: what a fraction is a fraction of, in pixels of the picture worked on.
            proxy: scale of that picture against full size; pixel lengths shrink with it.
        """
        return self.amount * proxy if self.is_pixels else self.amount * whole

    def spelled(self) -> str | float:
        """As ``12px`` or a fraction."""
        return f"{self.amount:g}px" if self.is_pixels else self.amount


@dataclass(frozen=True)
class Color(ParsedField):
    """A colour such as ``#00b140``, ``#f80``, ``#00000080`` or ``orange``; straight sRGB.

    Example:
        >>> Color.parse("#ff8000").rgb
        (255, 128, 0)
    """

    rgb: tuple[int, int, int]
    alpha: int = 255

    @classmethod
    def parse(cls, raw: Any) -> Color:
        """Read a hexadecimal colour or a CSS name."""
        try:
            if not isinstance(raw, str) or raw.startswith(("hsl", "hsv", "hsb", "rgb")):
                raise ValueError
            values = ImageColor.getrgb(raw.strip())
        except ValueError:
            raise ValueError(f"expected a colour such as '#00b140' or 'orange', got {raw!r}") from None
        return cls((values[0], values[1], values[2]), values[3] if len(values) == 4 else 255)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """Text."""
        return {"type": "string", "description": "a colour: '#00b140', '#f80' or a CSS name", "examples": ["#00b140"]}

    def spelled(self) -> str:
        """As ``#rrggbb`` or ``#rrggbbaa``."""
        return "#" + "".join(f"{value:02x}" for value in (*self.rgb, *([self.alpha] if self.alpha != 255 else [])))


def lengths(raw: Any, count: int, shape: str) -> tuple[Length, ...]:
    """Read a list of so many lengths; ``shape`` says in words what was expected."""
    if not isinstance(raw, list | tuple) or len(raw) != count:
        raise ValueError(f"expected {shape}, got {raw!r}")
    return tuple(Length.parse(item) for item in raw)


@dataclass(frozen=True)
class Place(ParsedField):
    """An upright box ``[x0, y0, x1, y1]``, each a fraction of the picture or pixels."""

    edges: tuple[Length, ...]

    @classmethod
    def parse(cls, raw: Any, *, may_be_empty: bool = False) -> Place:
        """Read four lengths: left, top, right, bottom; with room inside, unless it may be empty."""
        left, top, right, bottom = edges = lengths(raw, 4, "a box [left, top, right, bottom]")
        for first, last in ((left, right), (top, bottom)):
            gap = last.amount - first.amount
            if first.is_pixels == last.is_pixels and (gap < 0 if may_be_empty else gap <= 0):
                raise ValueError(f"expected a box [left, top, right, bottom] with some room inside, got {raw!r}")
        return cls(edges)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """A list of four lengths."""
        return {
            "type": "array",
            "items": Length.json_schema(),
            "minItems": 4,
            "maxItems": 4,
            "description": "a box: [left, top, right, bottom]",
        }

    def box(self, size: Size, *, proxy: float = 1.0) -> Box:
        """The box in pixels of a picture."""
        left, top, right, bottom = self.edges
        return Box(
            left.pixels(size.width, proxy=proxy),
            top.pixels(size.height, proxy=proxy),
            right.pixels(size.width, proxy=proxy),
            bottom.pixels(size.height, proxy=proxy),
        )

    def spelled(self) -> list[str | float]:
        """As a list."""
        return [edge.spelled() for edge in self.edges]


@dataclass(frozen=True)
class Corners(ParsedField):
    """Four corners ``[[x, y], ...]``: top-left, top-right, bottom-right, bottom-left."""

    points: tuple[tuple[Length, ...], ...]

    @classmethod
    def parse(cls, raw: Any) -> Corners:
        """Read four pairs of lengths."""
        shape = "four corners [[x, y], [x, y], [x, y], [x, y]]: top-left, top-right, bottom-right, bottom-left"
        if not isinstance(raw, list | tuple) or len(raw) != 4:
            raise ValueError(f"expected {shape}, got {raw!r}")
        return cls(tuple(lengths(pair, 2, shape) for pair in raw))

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """A list of four pairs."""
        pair = {"type": "array", "items": Length.json_schema(), "minItems": 2, "maxItems": 2}
        return {
            "type": "array",
            "items": pair,
            "minItems": 4,
            "maxItems": 4,
            "description": "corners: top-left, top-right, bottom-right, bottom-left",
        }

    def quad(self, size: Size, *, proxy: float = 1.0) -> Quad:
        """The corners in pixels of a picture."""
        return Quad(
            np.array(
                [[x.pixels(size.width, proxy=proxy), y.pixels(size.height, proxy=proxy)] for x, y in self.points],
                np.float64,
            )
        )

    def spelled(self) -> list[list[str | float]]:
        """As a list of pairs."""
        return [[x.spelled(), y.spelled()] for x, y in self.points]


Point = Annotated[tuple[Length, Length], "xy, fractions of the picture or pixels"]
