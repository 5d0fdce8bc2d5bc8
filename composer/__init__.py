"""Composer: one YAML recipe and some footage in, an edited video out.

    import composer

    report = composer.render_recipe("recipe.yaml", output="out.mp4")
    print(report.frames, report.warnings)

Names are loaded when they are first used, so that importing Composer costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from composer.version import VERSION

if TYPE_CHECKING:
    from composer.media import probe
    from composer.plan import make_plan
    from composer.recipe import load_recipe
    from composer.render import render_plan, render_recipe
    from composer.render.clips import as_clip
    from composer.render.frames import frames

__version__ = VERSION

__all__ = ["__version__", "as_clip", "frames", "load_recipe", "make_plan", "probe", "render_plan", "render_recipe"]

_ROOMS = {
    "as_clip": "composer.render.clips",
    "frames": "composer.render.frames",
    "load_recipe": "composer.recipe",
    "make_plan": "composer.plan",
    "probe": "composer.media",
    "render_plan": "composer.render",
    "render_recipe": "composer.render",
}


def __getattr__(name: str) -> object:
    if name not in _ROOMS:
        raise AttributeError(f"module 'composer' has no attribute {name!r}")
    return getattr(import_module(_ROOMS[name]), name)
