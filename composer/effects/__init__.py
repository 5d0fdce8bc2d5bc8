"""What an edit can be. A new effect is one new file and one word in ``Edit``."""

from __future__ import annotations

from typing import get_args

from composer.effects.background import Background
from composer.effects.base import Effect, Inputs, Memo, Picture
from composer.effects.blur import Blur
from composer.effects.insert import Insert
from composer.effects.restore import Restore
from composer.effects.solid import Solid

Edit = Background | Blur | Insert | Restore | Solid

EFFECTS: dict[str, type[Effect]] = {effect.kind: effect for effect in get_args(Edit)}

__all__ = ["EFFECTS", "Background", "Blur", "Edit", "Effect", "Inputs", "Insert", "Memo", "Picture", "Restore", "Solid"]
