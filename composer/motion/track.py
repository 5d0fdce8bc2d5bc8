"""Planar tracking: where a flat thing that is known on one picture lies on the pictures after it, or before it.

From picture to picture points are carried by optical flow, which says roughly where the thing is. Then the picture is
compared with the one where following began, so nothing drifts; where that one can no longer be recognised (nearer,
farther, turned away), with a later one. What is covered is carried along by what is seen around it, for a while. What
is lost is looked for everywhere, until it is found again.

Everything is explicit: ``step`` takes a state and a picture and returns the next state; pictures may come in either
direction of time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from composer.motion.landmark import ENOUGH, Compared, Landmark, compared, landmark_in, sought
from composer.motion.plane import common_motion, fitted, is_surface, similarity
from composer.motion.points import LEVELS, Look, Matrix, Points, carried, mapped, textured

#: Raise when tracks change: stored ones are then made again.
VERSION = 2
#: A comparison below this says nothing; below the second it may be time for another landmark.
SEEN, FADING = 0.25, 0.7
#: Confidence of what is carried along without being compared, at most.
CARRIED = 0.25
#: Pictures that something may be carried along while it cannot be seen, and while it should be seen but is not.
PATIENCE, DOUBTS = 50, 4
#: A landmark of which a smaller share of the points is in the picture is not compared with.
LEFT = 0.6
#: Landmarks of a camera's way that are kept; each takes one grey picture.
MOST_LANDMARKS = 8
#: Pictures between one landmark and the next, at least.
LANDMARKS_APART = 8
#: A thing is followed by no fewer points than this.
FEWEST = 8
#: How far corners may be from what most points do, share of the diagonal.
_GIVE = 0.02
_MOST = 200


class Status(IntEnum):
    """What is known about one picture."""

    LOST = 0
    #: Covered, outside the picture or too blurred to compare: moved with what is around.
    CARRIED = 1
    SEEN = 2


@dataclass(frozen=True, eq=False)
class Found:
    """Where a thing lies on one picture.

    Attributes:
        matrix: (3, 3) pixel centres of the first picture to those of this one; None where it is lost.
        confidence: 0..1: the share of its points that were compared and lie where the matrix says, less where fewer
            than twelve do; at most 0.25 where it was carried along unseen, 0 where it is lost.
        status: seen, carried along or lost.
    """

    matrix: Matrix | None
    confidence: float
    status: Status


LOST = Found(None, 0.0, Status.LOST)


@dataclass(frozen=True, eq=False)
class State:
    """What is known after a picture.

    Args:
        look: that picture.
        matrix: (3, 3) from the first picture to this one; of the last picture where it was known.
        onward: (3, 3) from the picture before to this one.
        landmarks: the first picture, and maybe a later one.
        unseen: pictures since it was seen.
        since: pictures since the last landmark was made.
        is_lost: whether it is looked for.
        is_whole: whether it is the whole picture that is followed, of which new parts come into view.
    """

    look: Look
    matrix: Matrix
    onward: Matrix
    landmarks: tuple[Landmark, ...]
    unseen: int = 0
    since: int = 0
    is_lost: bool = False
    is_whole: bool = False

    @property
    def quad(self) -> NDArray[np.float64]:
        """(4, 2) corners of what is followed in this picture."""
        return _whole(self.look) if self.is_whole else mapped(self.matrix, self.landmarks[0].quad)

    @property
    def is_textureless(self) -> bool:
        """Whether there is too little to hold on to."""
        return len(self.landmarks[0].points) < FEWEST


def begun(look: Look, quad: NDArray[np.float64], *, is_whole: bool = False) -> State:
    """Begin to follow a quad.

    Args:
        look: the picture that it is known on.
        quad: (4, 2) corners, pixel centres.
        is_whole: it is the whole picture, of which new parts will come into view.
    """
    return State(look, np.eye(3), np.eye(3), (landmark_in(look, quad, np.eye(3)),), is_whole=is_whole)


def step(state: State, look: Look) -> tuple[State, Found]:
    """Follow to the next picture, or to the one before.

    Args:
        state: what is known after the last one.
        look: the picture.

    Returns:
        What is known now, and where it lies.
    """
    now = replace(state, look=look, since=state.since + 1)
    if state.is_lost:
        return _searched(now)
    moved = _moved(state, look)
    expected = state.matrix if moved is None else moved
    best, landmark = _best(state, look, expected)
    if best.confidence >= SEEN and _is_sound(landmark, best):
        matrix = best.matrix @ landmark.base
        now = replace(now, matrix=matrix, onward=_between(state.matrix, matrix), unseen=0)
        return _with_landmark(now, best, landmark), Found(matrix, best.confidence, Status.SEEN)
    if moved is None or state.unseen >= (PATIENCE if best.visible < ENOUGH else DOUBTS):
        return replace(now, is_lost=True), LOST
    trust = CARRIED * (1 - state.unseen / PATIENCE)
    now = replace(now, matrix=moved, onward=_between(state.matrix, moved), unseen=state.unseen + 1)
    return now, Found(moved, trust, Status.CARRIED)


def _between(before: Matrix, after: Matrix) -> Matrix:
    return after @ np.linalg.inv(before)


def _best(state: State, look: Look, expected: Matrix) -> tuple[Compared, Landmark]:
    """The landmark that a picture agrees with best; the earliest that is good enough, since those drifted least."""
    answers = []
    for landmark in state.landmarks:
        onto = expected @ np.linalg.inv(landmark.base)
        if state.is_whole and landmark is not state.landmarks[-1] and landmark.share_seen(look, onto) < LEFT:
            continue
        answer = compared(landmark, look, onto)
        answers.append((answer, landmark))
        if answer.confidence >= FADING:
            break
    return max(answers, key=lambda each: each[0].confidence)


def _is_sound(landmark: Landmark, answer: Compared) -> bool:
    return is_surface(mapped(answer.matrix, landmark.quad))


def _moved(state: State, look: Look) -> Matrix | None:
    """Where the flow since the last picture leads: of its own points, else of all around it; None where unknown."""
    landmark = state.landmarks[-1]
    points = mapped(state.matrix @ np.linalg.inv(landmark.base), landmark.points).astype(np.float32)
    points = points[state.look.sees(points)][:_MOST]
    if np.count_nonzero(look.sees(mapped(state.onward, points))) < FEWEST:  # covered, or outside of the picture
        points = textured(state.look.grey, _whole(look), state.look.usable, most=_MOST)
    pairs = _pairs(state, look, points)
    if pairs is None:
        return None
    start, last = pairs
    quad = state.quad
    give = _GIVE * float(np.hypot(*(quad.max(axis=0) - quad.min(axis=0))))
    onward = fitted(start, last, quad, similarity(start, last), give=give)
    return None if onward is None or not is_surface(mapped(onward, quad)) else onward @ state.matrix


def _pairs(state: State, look: Look, points: Points) -> tuple[Points, Points] | None:
    """Points of the last picture and where they are now: those that share one motion, or None where too few do.

    Near to where they are expected first: looking far takes in what moves beside them.
    """
    onward = mapped(state.onward, points).astype(np.float32)
    visible = look.sees(onward)
    points, onward = points[visible], onward[visible]
    for guess, levels in ((onward, 1), (onward, 3), (points, LEVELS)):
        end, good = carried(state.look.grey, look.grey, points, guess=guess, levels=levels)
        good &= look.sees(end)
        common = common_motion(points[good], end[good], tolerance=2.0)
        if common is not None and np.count_nonzero(common.agrees) >= max(FEWEST, 0.3 * len(points)):
            return points[good][common.agrees], end[good][common.agrees]
    return None


def _with_landmark(state: State, best: Compared, landmark: Landmark) -> State:
    """The state with a new landmark where the last ones fade or leave the picture."""
    left = state.is_whole and best.visible < LEFT * len(landmark.points)
    fades = SEEN < best.confidence < FADING
    if state.since < LANDMARKS_APART or not (left or fades):
        return state
    fresh = landmark_in(state.look, state.quad, state.matrix)
    if len(fresh.points) < FEWEST:
        return state
    # The first one is the only one that never drifts; of a camera's way the nearest ones are needed as well.
    later = state.landmarks[1:][-(MOST_LANDMARKS - 2) :] if state.is_whole else ()
    return replace(state, landmarks=(state.landmarks[0], *later, fresh), since=0)


def _whole(look: Look) -> NDArray[np.float64]:
    height, width = look.grey.shape
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64) - 0.5


def _searched(state: State) -> tuple[State, Found]:
    """Look for it everywhere."""
    landmark = state.landmarks[0]
    answer = sought(landmark, state.look)
    if answer is None or answer.confidence < SEEN or not _is_sound(landmark, answer):
        return state, LOST
    return (
        replace(state, matrix=answer.matrix, onward=np.eye(3), unseen=0, is_lost=False),
        Found(answer.matrix, answer.confidence, Status.SEEN),
    )
