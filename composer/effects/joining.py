"""How a kept subject and its new background come together: whose colours show in the edge, and what changes beyond it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from composer.effects.base import Effect, Inputs
from composer.effects.pictures import layer_format, plate_tags
from composer.fields import AnimatedLength, Opacity
from composer.fields.animation import Animated
from composer.pixels.edges import lifted, own_colors, rejoined, remixed, still_shows
from composer.pixels.match import matched_planes, statistics
from composer.pixels.planes import bounds, color_planes_of, cropped, inverted, plane_slices
from composer.pixels.settle import extended, settled
from composer.pixels.spill import Screen, despilled
from composer.pixels.unmix import edge_colors
from composer.pixels.wrap import light_of, wrap_weight, wrapped
from composer.values import Box, Matte, Plane

Planes = tuple[Plane, ...]
_MARGIN = 64  # pixels around a subject: whole squares of every blur on a smaller picture


class Joined(Effect):
    """An effect that keeps a subject and puts something else behind it."""

    clean_edges: bool = Field(True, description="take the old background's colour out of soft edges")
    foreground: Literal["auto", "fine", "local"] = Field(
        "auto",
        description="whose colours a soft edge shows: fine parts them exactly (the extra fine), local by the colours around; "
        "auto takes what a matte with edges: fine knows, else local",
    )
    despill: Opacity = Field(Animated.parse(0), description="how much of the screen's light is taken off the subject")
    screen: Screen = Field("green", description="colour of the screen, for despill")
    edge_extend: AnimatedLength = Field(
        AnimatedLength.parse("0px"),
        description="the edge takes the subject's colours from this far inside: pixels, or a share of the height",
    )
    light_wrap: Opacity = Field(
        Animated.parse(0), description="how much light of the new background spreads over the subject's edge"
    )
    wrap_radius: AnimatedLength = Field(
        AnimatedLength.parse(0.02), description="how far that light reaches in: pixels, or a share of the height"
    )
    match_color: Opacity = Field(
        Animated.parse(0), description="how far the colours of one come to those of the other, measured on every frame"
    )
    match: Literal["subject", "background"] = Field(
        "subject", description="which of the two match_color changes; the other stays as it is"
    )

    def joined(self, inputs: Inputs, planes: Planes, matte: Matte) -> tuple[Planes, Plane]:
        """The new background with the subject's edge before it, and what it covers of the plate.

        Args:
            inputs: the plate.
            planes: colour planes of the new background.
            matte: what is kept.
        """
        planes = self._background_matched(inputs, planes, matte.alpha)
        if not self._changes_subject:
            return self._cleaned(inputs, planes, matte) if self.clean_edges else (planes, inverted(matte.alpha))
        domain = self._domain(inputs, matte.alpha)
        coverage = inverted(matte.alpha)
        if domain.is_empty:
            return planes, coverage
        pixels = layer_format(inputs)
        plate, behind = (cropped(each, pixels, domain) for each in (color_planes_of(inputs.plate), planes))
        keep = matte.alpha[domain.slices]
        subject = self._subject(inputs, self._foreground(inputs, matte, domain), behind, keep)
        part, finished = settled(behind, keep, subject, plate, pixels)
        result = tuple(plane.copy() for plane in planes)
        for index, plane in enumerate(part):
            result[index][plane_slices(domain, pixels, index)] = plane
        coverage[domain.slices] = finished
        return result, coverage

    @property
    def _changes_subject(self) -> bool:
        amounts = [self.despill, self.light_wrap, self.match_color if self.match == "subject" else None]
        is_extended = any(length.amount > 0 for length in self.edge_extend.values)
        asked = any(amount is not None and max(amount.values) > 0 for amount in amounts)
        return asked or is_extended or self.foreground == "fine"

    def _cleaned(self, inputs: Inputs, planes: Planes, matte: Matte) -> tuple[Planes, Plane]:
        """The new background for a soft edge without the old one in it, and what it covers."""
        plate, pixels = color_planes_of(inputs.plate), inputs.plate.format
        if self._knows(inputs, matte) and matte.colors is not None:
            return remixed(planes, matte.alpha, matte.colors, pixels)
        return rejoined(planes, plate, matte.alpha, pixels)

    def _knows(self, inputs: Inputs, matte: Matte) -> bool:
        """Whether the matte tells whose colours its edge shows."""
        if self.foreground == "local" or matte.colors is None:
            return False
        return still_shows(color_planes_of(inputs.plate), inputs.plate.format, matte.colors)

    def _domain(self, inputs: Inputs, keep: Plane) -> Box:
        box = bounds(keep)
        if box.is_empty:
            return box
        wide = Box(box.x0 - _MARGIN, box.y0 - _MARGIN, box.x1 + _MARGIN, box.y1 + _MARGIN)
        return wide.snapped(inputs.plate.size, step=(_MARGIN, _MARGIN))

    def _foreground(self, inputs: Inputs, matte: Matte, domain: Box) -> Planes:
        """The subject's own colours in a domain."""
        plate, pixels = color_planes_of(inputs.plate), layer_format(inputs)
        if not self.clean_edges:
            return cropped(plate, pixels, domain)
        colors = matte.colors if self._knows(inputs, matte) else None
        if colors is None and self.foreground == "fine":
            colors = edge_colors(inputs.plate, matte.alpha)
        if colors is not None:
            return cropped(own_colors(plate, colors, pixels), pixels, domain)
        return cropped(lifted(plate, matte.alpha, pixels), pixels, domain)

    def _subject(self, inputs: Inputs, subject: Planes, behind: Planes, keep: Plane) -> Planes:
        """A subject's colours with everything that is asked for done to them, in the order that light took."""
        pixels, tags = layer_format(inputs), plate_tags(inputs)
        subject = despilled(subject, self.screen, self._share(inputs, self.despill), pixels, tags)
        if (radius := self._pixels(inputs, self.edge_extend)) > 0:
            subject = extended(subject, keep, radius, pixels)
        if self.match == "subject" and (amount := self._share(inputs, self.match_color)):
            own, wanted = statistics(subject, keep, pixels), statistics(behind, inverted(keep), pixels)
            if own is not None and wanted is not None:
                subject = matched_planes(subject, own, wanted, amount, pixels)
        if amount := self._share(inputs, self.light_wrap):
            radius = self._pixels(inputs, self.wrap_radius)
            weight = wrap_weight(keep, radius) * amount
            subject = wrapped(subject, light_of(behind, pixels, radius), weight, pixels, tags)
        return subject

    def _background_matched(self, inputs: Inputs, planes: Planes, keep: Plane) -> Planes:
        amount = self._share(inputs, self.match_color) if self.match == "background" else 0.0
        if not amount:
            return planes
        pixels = layer_format(inputs)
        own = statistics(planes, inverted(keep), pixels)
        wanted = statistics(color_planes_of(inputs.plate), keep, pixels)
        return planes if own is None or wanted is None else matched_planes(planes, own, wanted, amount, pixels)

    def _pixels(self, inputs: Inputs, length: AnimatedLength) -> float:
        height = inputs.plate.size.height
        return max(0.0, length.pixels_at(inputs.seconds, inputs.rate, whole=height, proxy=inputs.proxy))

    def _share(self, inputs: Inputs, share: Animated) -> float:
        return min(max(share.value_at(inputs.seconds, inputs.rate), 0.0), 1.0)
