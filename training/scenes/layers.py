"""The kinds of layer a scene is stacked from, and how each paints itself at a moment in time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from training.scenes.camera import Matrix, shift
from training.scenes.shapes import Sprite
from training.scenes.textures import fitted

Picture = NDArray[np.float32]
Path = Callable[[float], Matrix]
Wobble = Callable[[float], NDArray[np.float32]]


Box = tuple[slice, slice]


@dataclass
class Canvas:
    """A picture being painted.

    Attributes:
        picture: (H, W) float32 grey or (H, W, 3) float32 RGB, 0..255.
        moving: (H, W) float32, 0..1: how much of each pixel moves by itself.
    """

    picture: Picture
    moving: Picture

    def cover(self, colours: Picture, where: NDArray[np.bool_]) -> None:
        """Paint something opaque that never moves by itself, (H, W) or (H, W, C), where it is."""
        np.copyto(self.picture, self.fitted(colours), where=self.fitted(where))
        self.moving[where] = 0

    def blend(self, box: Box, patch: NDArray[np.uint8], *, moves: bool, thin: bool) -> None:
        """Blend colours and coverage (h, w, 1 + C) over a box; ``thin`` hides what is behind but not its label."""
        cover = patch[..., -1].astype(np.float32) / 255
        picture, moving = self.picture[box], self.moving[box]
        picture += (self.colours(patch) - picture) * self.fitted(cover)
        if thin:
            moving *= 1 - np.maximum(0, cover - 0.5) * 2
        else:
            moving += (float(moves) - moving) * cover

    def fitted(self, plane: NDArray[Any]) -> NDArray[Any]:
        """A plane with an axis more where this canvas has colours."""
        return fitted(plane, self.picture)

    def colours(self, patch: NDArray[Any]) -> NDArray[Any]:
        """A patch without its coverage, as this canvas has colours; a grey patch fits both kinds."""
        return patch[..., 0] if self.picture.ndim == 2 else patch[..., :-1]


class Layer(Protocol):
    """Something that can be painted over what is there already."""

    def paint(self, canvas: Canvas, time: float) -> None:
        """Paint this layer's state at ``time`` (frames, the labelled frame at 0)."""
        ...


@dataclass(frozen=True)
class Surface:
    """An endless textured plane: backdrop, ground, wall. The texture repeats mirrored.

    Attributes:
        texture: (h, w) or (h, w, 3) float32.
        path: texture to picture pixels at a time.
        wobble: displacement in texture pixels, (H, W, 2): water, leaves, relief.
        below: paint only where the texture row is positive: below a horizon.
        beside: paint only where the texture column is positive as well.
    """

    texture: Picture
    path: Path
    wobble: Wobble | None = None
    below: bool = False
    beside: bool = False

    def paint(self, canvas: Canvas, time: float) -> None:
        """Paint the plane as seen at ``time``."""
        x, y, front = look_up(self.path(time), canvas.picture.shape)
        if self.below:
            front &= y > 0
        if self.beside:
            front &= x > 0
        if self.wobble is not None:
            offset = self.wobble(time)
            x, y = x + offset[..., 0], y + offset[..., 1]
        rows, columns = self.texture.shape[:2]
        seen = cv2.remap(self.texture, _folded(x, columns), _folded(y, rows), cv2.INTER_LINEAR)
        canvas.cover(seen, front)

    @staticmethod
    def grain(path: Matrix) -> np.float32:  # noqa: ARG004
        """Texture pixels to a pixel of a wobble: they are the same."""
        return np.float32(1)


@dataclass(frozen=True)
class Piece:
    """A sprite on a plane: an object's part, a post, a rock, a puff of spray.

    Attributes:
        sprite: (n, n, 2) uint8 grey and coverage, or (n, n, 4) RGB and coverage.
        path: sprite to picture pixels at a time.
        wobble: displacement in picture pixels, (H, W, 2): soft bodies.
        moves: whether its pixels belong to something that moves by itself.
        thin: spray and smoke: hides what is behind it, but what is behind keeps its label.
        strength: share of its coverage at a time; None where it never fades.
    """

    sprite: Sprite
    path: Path
    wobble: Wobble | None = None
    moves: bool = False
    thin: bool = False
    strength: Callable[[float], float] | None = None

    def paint(self, canvas: Canvas, time: float) -> None:
        """Blend the sprite over the canvas."""
        found = self.seen(canvas.picture.shape, time)
        if found is not None:
            canvas.blend(*found, moves=self.moves, thin=self.thin)

    def seen(
        self, shape: tuple[int, ...], time: float, offset: Matrix | None = None
    ) -> tuple[Box, NDArray[np.uint8]] | None:
        """The sprite in its box of the picture, or None when it is out of sight."""
        path = self.path(time) if offset is None else offset @ self.path(time)
        size = self.sprite.shape[0]
        corners = path @ np.array([[0, size, size, 0], [0, 0, size, size], [1, 1, 1, 1.0]])
        if (corners[2] <= 1e-3).any():
            return None
        corners = corners[:2] / corners[2]
        left, top = np.maximum(np.floor(corners.min(1) - 2), 0).astype(int)
        right, bottom = np.minimum(np.ceil(corners.max(1) + 2), shape[1::-1]).astype(int)
        if right - left < 2 or bottom - top < 2:
            return None
        box = (slice(top, bottom), slice(left, right))
        patch = self._warped(path, box, time)
        if self.strength is not None:
            patch[..., -1] = patch[..., -1] * np.float32(self.strength(time))
        return box, patch

    def _warped(self, path: Matrix, box: Box, time: float) -> NDArray[np.uint8]:
        top, left = box[0].start, box[1].start
        height, width = box[0].stop - top, box[1].stop - left
        placed = shift(-left, -top) @ path
        if self.wobble is None:
            return cv2.warpPerspective(self.sprite, placed, (width, height))
        x, y, _ = look_up(placed, (height, width))
        offset = self.wobble(time)[box] * self.grain(path)
        return cv2.remap(self.sprite, x + offset[..., 0], y + offset[..., 1], cv2.INTER_LINEAR)

    @staticmethod
    def grain(path: Matrix) -> np.float32:
        """Sprite pixels to a pixel of the picture: what wobbles are multiplied by."""
        return np.float32(np.sqrt(abs(np.linalg.det(np.linalg.inv(path)[:2, :2]))))


@dataclass(frozen=True)
class Shadow:
    """A cast shadow or reflection: darkens what is behind, moves with its body, is not a body.

    Attributes:
        pieces: the body's parts.
        light: share of light left in the shadow, 0..1.
        offset: where it falls, picture pixels.
        blur: softness, pixels.
    """

    pieces: tuple[Piece, ...]
    light: float
    offset: Matrix
    blur: float

    def paint(self, canvas: Canvas, time: float) -> None:
        """Darken the canvas under the body's displaced outline."""
        shade = np.zeros(canvas.picture.shape[:2], np.float32)
        for piece in self.pieces:
            found = piece.seen(canvas.picture.shape, time, self.offset)
            if found is not None:
                box, patch = found
                shade[box] = np.maximum(shade[box], patch[..., -1] / np.float32(255))
        canvas.picture *= canvas.fitted(1 - (1 - self.light) * cv2.GaussianBlur(shade, (0, 0), self.blur))


def look_up(path: Matrix, shape: tuple[int, ...]) -> tuple[Picture, Picture, NDArray[np.bool_]]:
    """For every picture pixel, where in the texture it is, and whether it is in front."""
    m = np.linalg.inv(path).astype(np.float32)
    columns = np.arange(shape[1], dtype=np.float32)[None]
    rows = np.arange(shape[0], dtype=np.float32)[:, None]
    depth = m[2, 0] * columns + m[2, 1] * rows + m[2, 2]
    front = depth > 1e-6
    depth = np.where(front, depth, np.float32(1))
    x = (m[0, 0] * columns + m[0, 1] * rows + m[0, 2]) / depth
    y = (m[1, 0] * columns + m[1, 1] * rows + m[1, 2]) / depth
    return x, y, front


def _folded(place: Picture, length: int) -> Picture:
    """Mirror coordinates back into 0 .. length - 1, however far out they are."""
    last = np.float32(length - 1)
    return last - np.abs(np.mod(place, 2 * last) - last)


@dataclass(frozen=True)
class Reflection:
    """A body mirrored in water: looks like it, moves with it, is not a body.

    Attributes:
        pieces: the body's parts, from back to front.
        mirror: picture to picture at a time: upside down about the waterline.
        strength: share of the mirrored light, 0..1.
        tint: light times this.
        ripple: displacement in picture pixels, (H, W, 2).
    """

    pieces: tuple[Piece, ...]
    mirror: Path
    strength: float
    tint: float
    ripple: Wobble

    def paint(self, canvas: Canvas, time: float) -> None:
        """Blend the rippled mirror image over the canvas."""
        shape, mirror = canvas.picture.shape, self.mirror(time)
        image = np.zeros((*shape[:2], 1 + canvas.picture[0, 0].size), np.float32)
        for piece in self.pieces:
            found = piece.seen(shape, time, mirror)
            if found is not None:
                box, patch = found
                cover = patch[..., -1:].astype(np.float32) / 255
                full = np.full(patch.shape[:2], 255, np.float32)
                value = np.dstack([patch[..., :-1] * np.float32(self.tint), full])
                image[box] += (value - image[box]) * cover
        x, y, _ = look_up(np.eye(3), shape)
        offset = self.ripple(time)
        image = cv2.remap(image, x + offset[..., 0], y + offset[..., 1], cv2.INTER_LINEAR)
        cover = image[..., -1] * np.float32(self.strength / 255)
        # Where the mirror is half there its light is half there too, over black: divide it out.
        full = canvas.colours(image) / canvas.fitted(np.maximum(image[..., -1] / 255, np.float32(0.05)))
        canvas.picture += (np.minimum(full, 255) - canvas.picture) * canvas.fitted(cover)
