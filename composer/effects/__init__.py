"""What an edit can be. A new effect is one new file and one word in ``Edit``."""

from __future__ import annotations

from typing import get_args

from composer.effects.background import Background
from composer.effects.base import Effect, Inputs, Memo, Picture
from composer.effects.blur import Blur
from composer.effects.box import Box
from composer.effects.captions import Captions
from composer.effects.clones import Clones
from composer.effects.desaturate import Desaturate
from composer.effects.ffmpeg import Ffmpeg
from composer.effects.freeze import Freeze
from composer.effects.glow import Glow
from composer.effects.grade import Grade
from composer.effects.insert import Insert
from composer.effects.mosaic import Mosaic
from composer.effects.moviepy import Moviepy
from composer.effects.outline import Outline
from composer.effects.plugins import Effects
from composer.effects.remove import Remove
from composer.effects.restore import Restore
from composer.effects.solid import Solid
from composer.effects.spotlight import Spotlight
from composer.effects.text import Text
from composer.effects.trail import Trail
from composer.effects.where import Placed

Edit = (
    Background
    | Blur
    | Box
    | Captions
    | Clones
    | Desaturate
    | Ffmpeg
    | Freeze
    | Glow
    | Grade
    | Insert
    | Mosaic
    | Moviepy
    | Outline
    | Remove
    | Restore
    | Solid
    | Spotlight
    | Text
    | Trail
)

#: Every effect by its kind, those of installed plug-ins included.
EFFECTS = Effects({effect.kind: effect for effect in get_args(Edit)})

__all__ = [
    "EFFECTS",
    "Background",
    "Blur",
    "Box",
    "Captions",
    "Clones",
    "Desaturate",
    "Edit",
    "Effect",
    "Effects",
    "Ffmpeg",
    "Freeze",
    "Glow",
    "Grade",
    "Inputs",
    "Insert",
    "Memo",
    "Mosaic",
    "Moviepy",
    "Outline",
    "Picture",
    "Placed",
    "Remove",
    "Restore",
    "Solid",
    "Spotlight",
    "Text",
    "Trail",
]
