"""The kinds of layer a scene is stacked from, and how each paints itself at a moment in time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from training.scenes.camera import Matrix, shift
from training.scenes.shapes import Sprite

Picture = NDArray[np.float32]
Path = Callable[[float], Matrix]
Wobble = Callable[[float], NDArray[np.float32]]


@dataclass
class Canvas:
    """The picture being painted: grey 0..255, and how much of each pixel moves by itself."""

    grey: Picture
    moving: Picture


class Layer(Protocol):
    """Something that can be painted over what is there already."""

    def paint(self, canvas: Canvas, time: float) -> None:
        """Paint this layer's state at ``time`` (frames, the labelled frame at 0)."""
        ...


@dataclass(frozen=True)
class Surface:
    """An endless textured plane: backdrop, ground, wall. The texture repeats mirrored.

    Attributes:
        texture: (h, w) float32 grey.
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
        x, y, front = _look_up(self.path(time), canvas.grey.shape)
        if self.below:
            front &= y > 0
        if self.beside:
            front &= x > 0
        if self.wobble is not None:
            offset = self.wobble(time)
            x, y = x + offset[..., 0], y + offset[..., 1]
        rows, columns = self.texture.shape
        seen = cv2.remap(self.texture, _folded(x, columns), _folded(y, rows), cv2.INTER_LINEAR)
        np.copyto(canvas.grey, seen, where=front)
        canvas.moving[front] = 0


@dataclass(frozen=True)
class Piece:
    """A sprite on a plane: an object's part, a post, a rock, a puff of spray.

    Attributes:
        sprite: (n, n, 2) uint8 grey and coverage.
        path: sprite to picture pixels at a time.
        wobble: displacement in picture pixels, (H, W, 2): soft bodies.
        moves: whether its pixels belong to something that moves by itself.
        thin: spray and smoke: hides what is behind it, but what is behind keeps its label.
    """

    sprite: Sprite
    path: Path
    wobble: Wobble | None = None
    moves: bool = False
    thin: bool = False

    def paint(self, canvas: Canvas, time: float) -> None:
        """Blend the sprite over the canvas."""
        found = self.seen(canvas.grey.shape, time)
        if found is None:
            return
        box, patch = found
        cover = patch[..., 1].astype(np.float32) / 255
        grey, moving = canvas.grey[box], canvas.moving[box]
        grey += (patch[..., 0] - grey) * cover
        if self.thin:
            moving *= 1 - np.maximum(0, cover - 0.5) * 2
        else:
            moving += (float(self.moves) - moving) * cover

    def seen(
        self, shape: tuple[int, ...], time: float, offset: Matrix | None = None
    ) -> tuple[tuple[slice, slice], NDArray[np.uint8]] | None:
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
        return box, self._warped(path, box, time)

    def _warped(self, path: Matrix, box: tuple[slice, slice], time: float) -> NDArray[np.uint8]:
        top, left = box[0].start, box[1].start
        height, width = box[0].stop - top, box[1].stop - left
        placed = shift(-left, -top) @ path
        if self.wobble is None:
            return cv2.warpPerspective(self.sprite, placed, (width, height))
        x, y, _ = _look_up(placed, (height, width))
        inverse = np.linalg.inv(path)
        scale = np.float32(np.sqrt(abs(np.linalg.det(inverse[:2, :2]))))
        offset = self.wobble(time)[box] * scale
        return cv2.remap(self.sprite, x + offset[..., 0], y + offset[..., 1], cv2.INTER_LINEAR)


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
        shade = np.zeros_like(canvas.grey)
        for piece in self.pieces:
            found = piece.seen(canvas.grey.shape, time, self.offset)
            if found is not None:
                box, patch = found
                shade[box] = np.maximum(shade[box], patch[..., 1] / np.float32(255))
        canvas.grey *= 1 - (1 - self.light) * cv2.GaussianBlur(shade, (0, 0), self.blur)


def _look_up(path: Matrix, shape: tuple[int, ...]) -> tuple[Picture, Picture, NDArray[np.bool_]]:
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
        tint: grey level times this.
        ripple: displacement in picture pixels, (H, W, 2).
    """

    pieces: tuple[Piece, ...]
    mirror: Path
    strength: float
    tint: float
    ripple: Wobble

    def paint(self, canvas: Canvas, time: float) -> None:
        """Blend the rippled mirror image over the canvas."""
        shape, mirror = canvas.grey.shape, self.mirror(time)
        image = np.zeros((*shape, 2), np.float32)
        for piece in self.pieces:
            found = piece.seen(shape, time, mirror)
            if found is not None:
                box, patch = found
                cover = patch[..., 1:].astype(np.float32) / 255
                value = np.dstack([patch[..., 0] * np.float32(self.tint), np.full(patch.shape[:2], 255, np.float32)])
                image[box] += (value - image[box]) * cover
        x, y, _ = _look_up(np.eye(3), shape)
        offset = self.ripple(time)
        image = cv2.remap(image, x + offset[..., 0], y + offset[..., 1], cv2.INTER_LINEAR)
        cover = image[..., 1] * np.float32(self.strength / 255)
        # Where the mirror is half there its grey is half there too, over black: divide it out.
        full = image[..., 0] / np.maximum(image[..., 1] / 255, np.float32(0.05))
        canvas.grey += (np.minimum(full, 255) - canvas.grey) * cover
