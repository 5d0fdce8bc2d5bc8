"""Flow as a picture: the colour wheel of Baker et al., still things white, the camera's motion taken out."""

from __future__ import annotations

import numpy as np
import pytest

from composer.mask.flow_picture import enlarged, flow_picture, own_flow
from composer.mask.motion_net import MotionFrame
from composer.mask.observe import own_motion
from composer.values import Size

SHAPE = (32, 48)


def uniform(x, y):
    return np.full((*SHAPE, 2), (x, y), np.float32)


def motion(forward, *, backward=None, camera=None):
    still, none = np.zeros(SHAPE, np.float32), uniform(0, 0)
    pose = np.eye(3) if camera is None else camera
    return MotionFrame(still, forward, none if backward is None else backward, pose, 0.0)


# What the authors' own computeColor gives for these directions at full speed.
@pytest.mark.parametrize(
    ("direction", "color"),
    [((5, 0), (255, 0, 0)), ((0, 5), (255, 229, 0)), ((-5, 0), (0, 208, 255)), ((0, -5), (88, 0, 255))],
)
def test_directions_have_the_hues_of_the_wheel(direction, color):
    assert np.abs(flow_picture(uniform(*direction))[0, 0].astype(int) - color).max() <= 1


def test_half_the_speed_is_half_as_far_from_white():
    flow = uniform(8, 0)
    flow[:16] = (4, 0)
    drawn = flow_picture(flow)
    assert drawn[0, 0].tolist() == [255, 127, 127]
    assert drawn[-1, 0].tolist() == [255, 0, 0]


def test_what_is_still_is_white_and_errors_of_the_flow_stay_pale():
    assert (flow_picture(uniform(0, 0)) == 255).all()
    assert flow_picture(uniform(0.05, 0)).min() >= 240


def test_a_few_wild_vectors_do_not_bleach_the_rest():
    flow = uniform(3, 0)
    flow[0, :4] = (500, 0)
    drawn = flow_picture(flow)
    assert drawn[-1, -1].tolist() == [255, 0, 0]
    assert drawn[0, 0].tolist() == [191, 0, 0]


def test_a_pan_alone_is_white_and_what_moves_beside_it_is_not():
    pan = np.array([[1, 0, 4.0], [0, 1, -2.0], [0, 0, 1]])
    forward = uniform(4, -2)
    forward[10:20, 10:20] += (3, 0)
    own = own_flow(motion(forward, camera=pan))
    expected = uniform(0, 0)
    expected[10:20, 10:20] = (3, 0)
    assert np.allclose(own, expected, atol=1e-5)
    assert np.allclose(own_motion(motion(forward, camera=pan)), np.hypot(*np.moveaxis(expected, 2, 0)), atol=1e-5)


def test_the_last_frame_takes_over_the_motion_of_the_one_before():
    before = uniform(0, 0)
    before[10:20, 10:20] = (6, 0)
    last = own_flow(motion(uniform(0, 0), backward=uniform(-6, 0)), before)
    assert np.array_equal(last[10:20, 16:26], before[10:20, 10:20])
    assert not last[10:20, 10:16].any()


def test_a_drawn_picture_comes_in_the_plates_size():
    drawn = flow_picture(uniform(5, 0))
    frame = enlarged(drawn, Size(100, 61))
    assert frame.size == Size(100, 61)
    assert (frame.planes[0] == 255).all()
    assert not frame.planes[1].any()
