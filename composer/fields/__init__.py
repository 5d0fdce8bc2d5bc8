"""The typed words of a recipe: times, lengths, colours, keyframes, references to named things."""

from composer.fields.animation import Animated, AnimatedLength, Ease, Opacity
from composer.fields.model import FieldModel
from composer.fields.outline import AnimatedOutline, AnimatedPlace, Outline
from composer.fields.reference import MatteName, Reference, RegionName, SourceName
from composer.fields.scalars import Color, Corners, Length, Place, Time
from composer.fields.shift import Shift

__all__ = [
    "Animated",
    "AnimatedLength",
    "AnimatedOutline",
    "AnimatedPlace",
    "Color",
    "Corners",
    "Ease",
    "FieldModel",
    "Length",
    "MatteName",
    "Opacity",
    "Outline",
    "Place",
    "Reference",
    "RegionName",
    "Shift",
    "SourceName",
    "Time",
]
