"""What a film knows about every pixel: whose it is, how much of it, and where it goes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from training.scenes.camera import Matrix
from training.scenes.layers import Box, Canvas, Layer, Picture, Piece, Surface, Wobble, look_up

Flow = NDArray[np.float32]
Numbers = NDArray[np.int16]


@dataclass(frozen=True)
class Group:
    """Layers that stand at one depth: a body with what goes along with it, or something of the surroundings.

    Attributes:
        layers: from back to front.
        nearness: one over the distance at a time, as the unmoved camera sees it; what orders groups.
        owner: number of the object, or None for the surroundings.
        moves: whether the object moves at a time.
    """

    layers: tuple[Layer, ...]
    nearness: Callable[[float], float]
    owner: int | None = None
    moves: Callable[[float], bool] = field(default=lambda _: False)


@dataclass
class Ledger(Canvas):
    """A canvas that also keeps whose each pixel is.

    Attributes:
        alphas: (N, H, W) float32, 0..1: visible coverage of each object.
        layers: (H, W) int16: number of the frontmost layer that covers at least half of the pixel; three quarters where
            it is thin: spray that is half seen through has no one motion.
    """

    alphas: Picture
    layers: Numbers
    layer: int = -1
    owner: int | None = None
    moves: bool = False

    def cover(self, colours: Picture, where: NDArray[np.bool_]) -> None:
        """Paint something opaque, which takes the pixels from every object."""
        super().cover(colours, where)
        self.alphas *= ~where
        self.layers[where] = self.layer

    def blend(self, box: Box, patch: NDArray[np.uint8], *, moves: bool, thin: bool) -> None:
        """Blend a patch over a box; what is behind it is covered as much as it covers."""
        super().blend(box, patch, moves=moves and self.moves, thin=thin)
        cover = patch[..., -1].astype(np.float32) / 255
        self.alphas[:, *box] *= 1 - cover
        if self.owner is not None and not thin:
            self.alphas[self.owner, *box] += cover
        self.layers[box][cover > (0.75 if thin else 0.5)] = self.layer


def painted(groups: Sequence[Group], size: tuple[int, int], time: float, *, objects: int, channels: int = 3) -> Ledger:
    """Paint all groups at a time, the furthest first."""
    ledger = Ledger(
        picture=np.zeros((*size, channels), np.float32),
        moving=np.zeros(size, np.float32),
        alphas=np.zeros((objects, *size), np.float32),
        layers=np.full(size, -1, np.int16),
    )
    numbers = np.cumsum([0, *(len(group.layers) for group in groups)])
    for place in sorted(range(len(groups)), key=lambda i: groups[i].nearness(time)):
        group = groups[place]
        ledger.owner, ledger.moves = group.owner, group.moves(time)
        for number, layer in enumerate(group.layers):
            ledger.layer = int(numbers[place] + number)
            layer.paint(ledger, time)
    return ledger


def true_flow(layers: Sequence[Layer], numbers: Numbers, time: float, later: float, rows: slice) -> Flow:
    """Where the frontmost layer at each pixel of some rows goes.

    Args:
        layers: all layers of the film by their numbers.
        numbers: (H, W) int16 as a ``Ledger`` keeps them at ``time``.
        time: frames.
        later: when it arrives.
        rows: which rows.

    Returns:
        (rows, W, 2) float32, pixels. Soft bodies and water are followed by two steps of a fixed-point iteration; a
        reflection or a shadow moves as what it falls on.
    """
    flow = np.zeros((*numbers[rows].shape, 2), np.float32)
    for number in np.unique(numbers[rows]):
        layer = layers[number] if number >= 0 else None
        if not isinstance(layer, Surface | Piece):
            continue
        own = numbers[rows] == number
        columns = np.flatnonzero(own.any(0))
        inside = np.flatnonzero(own.any(1))
        box = (slice(inside[0], inside[-1] + 1), slice(columns[0], columns[-1] + 1))
        placed = (slice(rows.start + box[0].start, rows.start + box[0].stop), box[1])
        carried = _carried(layer, time, later, numbers.shape, placed)
        np.copyto(flow[box], carried, where=own[box][..., None])
    return flow


def _carried(layer: Surface | Piece, time: float, later: float, shape: tuple[int, ...], box: Box) -> Flow:
    """Displacement of the points of a layer that are seen in a box."""
    x, y = (axis.astype(np.float32) for axis in np.meshgrid(*(np.arange(s.start, s.stop) for s in box[::-1])))
    path, next_path = layer.path(time), layer.path(later)
    if layer.wobble is None:
        to_x, to_y = _mapped(next_path @ np.linalg.inv(path), x, y)
        return np.dstack([to_x - x, to_y - y])
    u, v = _mapped(np.linalg.inv(path), x, y)
    offset = _whole(layer.wobble, time, shape)[box] * layer.grain(path)
    u, v = u + offset[..., 0], v + offset[..., 1]
    to_x, to_y = _mapped(next_path, u, v)
    wobble, grain = _whole(layer.wobble, later, shape), layer.grain(next_path)
    for _ in range(2):
        back = cv2.remap(wobble, to_x, to_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) * grain
        to_x, to_y = _mapped(next_path, u - back[..., 0], v - back[..., 1])
    return np.dstack([to_x - x, to_y - y])


def _whole(wobble: Wobble, time: float, shape: tuple[int, ...]) -> Flow:
    """A wobble's field with both its components, as large as the picture."""
    return np.ascontiguousarray(np.broadcast_to(wobble(time), (*shape[:2], 2)), np.float32)


def _mapped(matrix: Matrix, x: Picture, y: Picture) -> tuple[Picture, Picture]:
    m = matrix
    depth = m[2, 0] * x + m[2, 1] * y + m[2, 2]
    depth = np.where(np.abs(depth) < 1e-6, 1e-6, depth)
    to_x = (m[0, 0] * x + m[0, 1] * y + m[0, 2]) / depth
    to_y = (m[1, 0] * x + m[1, 1] * y + m[1, 2]) / depth
    return to_x.astype(np.float32), to_y.astype(np.float32)


def stays_visible(flow: Flow, numbers: Numbers, later: Numbers) -> NDArray[np.bool_]:
    """Where a pixel's layer is still the frontmost one at the pixel it goes to, (H, W) bool."""
    height, width = numbers.shape
    x, y, _ = look_up(np.eye(3), (height, width))
    to_x, to_y = np.rint(x + flow[..., 0]), np.rint(y + flow[..., 1])
    inside = (to_x >= 0) & (to_x < width) & (to_y >= 0) & (to_y < height)
    column = np.clip(to_x, 0, width - 1).astype(np.int32)
    row = np.clip(to_y, 0, height - 1).astype(np.int32)
    return inside & (later[row, column] == numbers)
