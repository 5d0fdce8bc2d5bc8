"""The camera through a shot: from its first picture to every other, without drift as long as the place is recognised.

The whole picture is followed as if it were flat, off what moves by itself. That is exact for a camera that turns and
for what is far away, and the best single guess otherwise. At a cut everything begins anew.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from composer.motion.points import Look, Matrix
from composer.motion.track import Found, State, Status, begun, step


@dataclass(frozen=True, eq=False)
class Pan:
    """What is known of the camera after a picture.

    Args:
        state: the whole picture, followed since the scene began.
        scene: how many scenes came before.
    """

    state: State
    scene: int = 0


@dataclass(frozen=True, eq=False)
class Seen:
    """The camera on one picture.

    Attributes:
        matrix: (3, 3) pixel centres of the scene's first picture to those of this one.
        scene: how many scenes came before.
        confidence: 0..1, as in ``Found``.
    """

    matrix: Matrix
    scene: int
    confidence: float


def opened(look: Look, scene: int = 0) -> tuple[Pan, Seen]:
    """Begin a scene with its first picture."""
    height, width = look.grey.shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64) - 0.5
    return Pan(begun(look, corners, is_whole=True), scene), Seen(np.eye(3), scene, 1.0)


def panned(pan: Pan, look: Look) -> tuple[Pan, Seen]:
    """Take in the next picture; one that no motion leads to begins another scene.

    Args:
        pan: what is known after the last one.
        look: the picture.
    """
    state, found = step(pan.state, look)
    if found.matrix is None:
        return opened(look, pan.scene + 1)
    return Pan(state, pan.scene), Seen(found.matrix, pan.scene, _trust(found))


def _trust(found: Found) -> float:
    return found.confidence if found.status is Status.SEEN else min(found.confidence, 0.25)
