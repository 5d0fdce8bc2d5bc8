"""The typed words of a recipe: times, lengths, colours, keyframes, references to named things."""

from composer.fields.animation import Animated, AnimatedLength, AnimatedPoint, Opacity
from composer.fields.easing import Ease
from composer.fields.model import FieldModel
from composer.fields.outline import AnimatedOutline, AnimatedPlace, Outline
from composer.fields.reference import FileName, MatteName, Reference, RegionName, SourceName
from composer.fields.scalars import Color, Corners, Length, Place, Point, Time
from composer.fields.shift import Shift

__all__ = [
    "Animated",
    "AnimatedLength",
    "AnimatedOutline",
    "AnimatedPlace",
    "AnimatedPoint",
    "Color",
    "Corners",
    "Ease",
    "FieldModel",
    "FileName",
    "Length",
    "MatteName",
    "Opacity",
    "Outline",
    "Place",
    "Point",
    "Reference",
    "RegionName",
    "Shift",
    "SourceName",
    "Time",
]
