"""Regions in pixels; corners that lie outside the picture or cross each other are refused."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from composer.effects.transform import PlacedPicture
from composer.errors import PlanError
from composer.fields import Place
from composer.plan.model import SourcePlan
from composer.recipe import LoadedRecipe
from composer.recipe.text import Path
from composer.values import Box, Quad, Size

_CORNERS = ("top-left", "top-right", "bottom-right", "bottom-left")
_FRACTIONS = "fractions go from 0 to 1; a bare number above 1 is pixels"
_SLACK = 0.5  # pixels: rounding in someone's tracker is no mistake


def region_quads(loaded: LoadedRecipe, size: Size, *, proxy: float) -> dict[str, Quad]:
    """Every region of a recipe that has corners or a box, in pixels of the picture that is worked on.

    Args:
        loaded: the recipe.
        size: of that picture.
        proxy: its scale against full size.

    Raises:
        PlanError: naming the region and the corner.
    """
    quads = {
        name: region.quad(size, proxy=proxy) for name, region in loaded.recipe.regions.items() if region.follow is None
    }
    for name, quad in quads.items():
        _check_fractions(loaded, name)
        shape = "corners" if loaded.recipe.regions[name].corners is not None else "box"
        _check_inside(loaded, ("regions", name, shape), name, quad, size)
        _check_shape(loaded, ("regions", name, shape), name, quad)
    return quads


def check_places(loaded: LoadedRecipe, size: Size, sources: Mapping[str, SourcePlan], *, proxy: float) -> None:
    """Refuse an edit whose box lies outside its picture altogether: it would show nothing.

    Args:
        loaded: the recipe.
        size: of the picture that is worked on.
        sources: by the name that edits use; a crop is a part of one of them.
        proxy: scale of that picture against full size.

    Raises:
        PlanError: naming the edit.
    """
    for index, edit in enumerate(loaded.recipe.edits):
        for name in type(edit).model_fields:
            place = getattr(edit, name)
            if not isinstance(place, Place):
                continue
            whole, scale = size, proxy
            if isinstance(edit, PlacedPicture) and name == "crop":
                whole, scale = sources[edit.source].info.size, 1.0
            if place.box(whole, proxy=scale).intersected(Box.whole(whole)).is_empty:
                words = f"this box lies outside the picture, which is {whole}"
                raise loaded.marks.problem(("edits", index, edit.kind, name), words, hint=_FRACTIONS, kind=PlanError)


def _check_fractions(loaded: LoadedRecipe, name: str) -> None:
    """Refuse 1.4 where a fraction is surely meant: read as pixels it would sit in the picture's first column."""
    corners = loaded.recipe.regions[name].corners
    for index, point in enumerate(corners.points if corners is not None else ()):
        for axis, length in enumerate(point):
            if length.is_pixels and 1 < abs(length.amount) < 2:
                words = f"the {_CORNERS[index]} corner of '{name}' lies outside the picture: {length.amount:g}"
                place = ("regions", name, "corners", index, axis)
                raise loaded.marks.problem(place, words, hint=_FRACTIONS, kind=PlanError)


def _check_inside(loaded: LoadedRecipe, place: Path, name: str, quad: Quad, size: Size) -> None:
    for index, (x, y) in enumerate(quad.corners):
        if -_SLACK <= x <= size.width + _SLACK and -_SLACK <= y <= size.height + _SLACK:
            continue
        at = (*place, index) if place[-1] == "corners" else place
        words = f"the {_CORNERS[index]} corner of '{name}' lies outside the picture: ({x:g}, {y:g}) in {size} pixels"
        raise loaded.marks.problem(at, words, hint=_FRACTIONS, kind=PlanError)


def _check_shape(loaded: LoadedRecipe, place: Path, name: str, quad: Quad) -> None:
    sides = np.roll(quad.corners, -1, axis=0) - quad.corners
    following = np.roll(sides, -1, axis=0)
    turns = sides[:, 0] * following[:, 1] - sides[:, 1] * following[:, 0]
    if not (turns > 0).all():
        words = f"'{name}' is no surface: its corners cross, are mirrored or lie on one line"
        hint = "order: top-left, top-right, bottom-right, bottom-left"
        raise loaded.marks.problem(place, words, hint=hint, kind=PlanError)
