"""A film: a generated world in colour for as long as one likes, with the truth about every frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count as endless

import numpy as np
from numpy.typing import NDArray

from training.scenes.camera import Matrix, facing
from training.scenes.cast import Role, draw_role
from training.scenes.colours import ColourPool
from training.scenes.dice import Dice
from training.scenes.layers import Layer, Picture, Piece, Surface
from training.scenes.ledger import Flow, Group, Numbers, painted, stays_visible, true_flow
from training.scenes.photography import Development
from training.scenes.scene import draw_surroundings
from training.scenes.shutter import Shutter, draw_shutter
from training.scenes.story import FilmCamera, draw_film_camera
from training.scenes.surroundings import draw_setting, draw_thing

#: How many moving objects a film has.
OBJECTS = {1: 0.55, 2: 0.28, 3: 0.17}
#: Nothing as near as the main object covers more than this share of the picture.
HIDES = 0.12


@dataclass(frozen=True, eq=False)
class FilmFrame:
    """One frame and the truth about it.

    Attributes:
        number: of the frame, from 0.
        picture: (H, W, 3) uint8 RGB.
        alpha: (N, H, W) uint8: visible coverage of each object, after occlusion.
        moving: (H, W) uint8: coverage by objects that move at this frame.
        acts: (N,) bool: which objects move at this frame; one that rests for a while does not.
        flow: (H, W, 2) float32 pixels to the next frame, of the frontmost layer that covers at least half of a pixel.
        valid: (H, W) bool: that layer is still the frontmost where the flow leads.
        camera: (3, 3) float64, pixel centres: how the picture of the backdrop goes to the next frame; exact for all
            of the world when the camera stands or turns.
        still: the camera does not move between this frame and the next.
        nearness: (N,) one over each object's distance from the camera.
        order: numbers of the objects, the nearest first.
    """

    number: int
    picture: NDArray[np.uint8]
    alpha: NDArray[np.uint8]
    moving: NDArray[np.uint8]
    acts: NDArray[np.bool_]
    flow: Flow
    valid: NDArray[np.bool_]
    camera: Matrix
    still: bool
    nearness: NDArray[np.float64]
    order: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Exposure:
    """A painted frame before it is developed: picture, alpha (N, H, W), moving, number of the layer at each pixel."""

    picture: Picture
    alpha: Picture
    moving: Picture
    layers: Numbers


@dataclass(frozen=True, eq=False)
class Film:
    """A film; iterate over it for its frames, which are made one at a time.

    Attributes:
        seed: (seed, index) that name it.
        size: (height, width).
        frames: how many, or None for no end.
        camera: who looks.
        scenery: everything that is not an object, the backdrop first.
        roles: the objects.
        shutter: how frames are exposed.
        effects: whether frames pass through a camera and a codec.
    """

    seed: tuple[int, int]
    size: tuple[int, int]
    frames: int | None
    camera: FilmCamera
    scenery: tuple[Group, ...]
    roles: tuple[Role, ...]
    shutter: Shutter
    effects: bool

    @property
    def groups(self) -> list[Group]:
        """Everything there is."""
        return [*self.scenery, *(role.group for role in self.roles)]

    @property
    def layers(self) -> list[Layer]:
        """All layers by number."""
        return [layer for group in self.groups for layer in group.layers]

    @property
    def period(self) -> float:
        """Frames after which the story begins again."""
        return self.camera.course.period

    def __iter__(self) -> Iterator[FilmFrame]:
        """Make the frames, always the same ones."""
        development = Development(self.seed, self.size) if self.effects else None
        now = self.expose(0)
        for number in endless() if self.frames is None else range(self.frames):
            later = self.expose(number + 1)
            frame = self._with_truth(number, now, later)
            yield frame if development is None else replace(frame, picture=development.develop(number, now.picture))
            now = later

    def frame(self, number: int) -> FilmFrame:
        """Any frame with its truth, as it was painted, without camera and codec."""
        return self._with_truth(number, self.expose(number), self.expose(number + 1))

    def shutter_at(self, number: int) -> Shutter:
        """The shutter, painted as often as this frame needs."""
        return self.shutter.paced(max([self.camera.speed(number), *(role.speed(number) for role in self.roles)]))

    def expose(self, number: int) -> Exposure:
        """Paint a frame; nothing but its number matters."""
        shutter = self.shutter_at(number)
        weights, rows_of = shutter.weights(self.size[0]), dict(shutter.bands(self.size[0]))
        picture, moving = np.zeros((*self.size, 3), np.float32), np.zeros(self.size, np.float32)
        alpha, layers = np.zeros((len(self.roles), *self.size), np.float32), np.full(self.size, -1, np.int16)
        for moment, offset in enumerate(shutter.offsets):
            ledger = painted(self.groups, self.size, number + float(offset), objects=len(self.roles))
            weight = weights[moment][:, None]
            picture += ledger.picture * weight[..., None]
            moving += ledger.moving * weight
            alpha += ledger.alphas * weight
            rows = rows_of.get(moment, slice(0, 0))
            layers[rows] = ledger.layers[rows]
        return Exposure(picture, alpha, moving, layers)

    def _with_truth(self, number: int, now: Exposure, later: Exposure) -> FilmFrame:
        flow, still = self._flow(number, now.layers), self._stands(number)
        backdrop = self.layers[0]
        if not isinstance(backdrop, Surface):
            raise TypeError(f"the first layer is a {type(backdrop).__name__}: expected the backdrop, a Surface")
        camera = backdrop.path(number + 1) @ np.linalg.inv(backdrop.path(number))
        nearness = np.array([1 / self._distance(role, number) for role in self.roles])
        return FilmFrame(
            number=number,
            picture=np.clip(now.picture + 0.5, 0, 255).astype(np.uint8),
            alpha=_bytes(now.alpha),
            moving=_bytes(now.moving),
            acts=np.array([role.group.moves(number) for role in self.roles], bool),
            flow=flow,
            valid=stays_visible(flow, now.layers, later.layers),
            camera=np.eye(3) if still else camera / camera[2, 2],
            still=still,
            nearness=nearness,
            order=tuple(int(owner) for owner in np.argsort(-nearness, kind="stable")),
        )

    def _flow(self, number: int, layers: Numbers) -> Flow:
        """Rows that are read later are followed from then on; the row they land on is taken as read likewise."""
        shutter, flow = self.shutter_at(number), np.zeros((*self.size, 2), np.float32)
        for moment, rows in shutter.bands(self.size[0]):
            time = number + float(shutter.offsets[moment])
            flow[rows] = true_flow(self.layers, layers, time, time + 1, rows)
        return flow

    def _stands(self, number: int) -> bool:
        plane = facing(1.0)
        return bool(np.allclose(self.camera.seen(plane, number), self.camera.seen(plane, number + 1), atol=1e-9))

    def _distance(self, role: Role, time: float) -> float:
        return max(1 / role.group.nearness(time) - float(self.camera.place(time)[2]), 1e-3)


def _bytes(share: Picture) -> NDArray[np.uint8]:
    return (np.clip(share, 0, 1) * 255 + 0.5).astype(np.uint8)


def make_film(
    seed: int,
    index: int,
    *,
    size: tuple[int, int] = (360, 640),
    frames: int | None = 96,
    effects: bool = True,
    camera: str | None = None,
    objects: int | None = None,
    pool: ColourPool | None = None,
) -> Film:
    """Make the film number ``index`` of a seed.

    Args:
        seed: names the run.
        index: names the film.
        size: (height, width) of the frames.
        frames: how many, or None for no end; frames do not depend on it.
        effects: blur, rolling shutter, drift, noise and compression; without them frames are what was painted.
        camera: kind of camera, one of ``FILM_KINDS``; drawn where left out.
        objects: how many bodies move; drawn where left out.
        pool: textures; painted from the seed where left out.

    Returns:
        The same film for the same arguments, always.
    """
    dice = Dice(seed, index, 9)
    pool = pool or ColourPool(seed, size=24)
    setting = draw_setting(dice, size[0])
    eye = draw_film_camera(dice, size, camera)
    nearness = dice.between(max(0.4, setting.backdrop + 0.1), 1.1)
    count = int(dice.rng.choice(list(OBJECTS), p=list(OBJECTS.values()))) if objects is None else objects
    surroundings = draw_surroundings(dice, pool, eye, setting, nearness, spread=0.0 if eye.kind == "still" else 0.5)
    surroundings = [(near, layer) for near, layer in surroundings if near < nearness * 0.9 or not _hides(layer, size)]
    if dice.chance(0.5):
        near = nearness * dice.between(1.1, 1.5)
        surroundings.append((near, draw_thing(dice, pool, eye, setting, near)))
    roles = [draw_role(dice, pool, eye, setting, number, nearness=nearness) for number in range(count)]
    if dice.chance(0.2):
        roles.append(draw_role(dice, pool, eye, setting, count, nearness=nearness, rests=True))
    drawn = draw_shutter(dice)
    shutter = drawn if effects else Shutter()
    scenery = tuple(Group((layer,), _constant(near)) for near, layer in surroundings)
    return Film((seed, index), size, frames, eye, scenery, tuple(roles), shutter, effects)


def _hides(layer: Layer, size: tuple[int, int]) -> bool:
    """Whether something in front of the main object would hide most of what it does."""
    found = layer.seen(size, 0.0) if isinstance(layer, Piece) else None
    return found is not None and float(found[1][..., -1].sum()) > HIDES * 255 * size[0] * size[1]


def _constant(nearness: float) -> Callable[[float], float]:
    return lambda _: nearness
