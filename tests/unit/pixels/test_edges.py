"""Soft edges without the old background."""

from __future__ import annotations

import cv2
import numpy as np

from composer.pixels.alpha import over
from composer.pixels.edges import cleaned
from composer.pixels.planes import crop, inverted
from composer.values import Box, Frame, Layer, PixelFormat, Size

SIZE, YUV = Size(160, 120), PixelFormat("yuv", 8, (1, 1))


def flat(values):
    return Frame(tuple(np.full(YUV.plane_shape(i, SIZE), v, np.uint8) for i, v in enumerate(values)), YUV)


def layer(frame, planes, matte):
    return Layer(planes, matte, Box.whole(crop(frame, Box.whole(SIZE)).size))


def soft_disk():
    matte = np.zeros(SIZE.shape, np.uint8)
    cv2.circle(matte, (80, 60), 30, 255, -1)
    return cv2.GaussianBlur(matte, (0, 0), 3)


def test_the_old_background_is_gone_from_the_soft_edge():
    subject, old, new = flat((200, 100, 150)), flat((60, 40, 60)), flat((120, 200, 110))
    matte = soft_disk()
    plate = over(old, layer(old, subject.planes, matte))
    wanted = over(new, layer(new, subject.planes, matte))
    plain = over(plate, layer(plate, new.planes, inverted(matte)))
    clean = over(plate, layer(plate, cleaned(new.planes, plate.planes, matte, YUV), inverted(matte)))
    for index in range(3):
        error = [np.abs(f.planes[index].astype(int) - wanted.planes[index]) for f in (plain, clean)]
        assert error[0].max() >= 15
        assert error[1].max() <= 3


def test_nothing_changes_outside_the_soft_edge_or_without_one():
    new, plate = flat((120, 200, 110)), flat((60, 40, 60))
    matte = soft_disk()
    result = cleaned(new.planes, plate.planes, matte, YUV)
    hard = (matte == 0) | (matte == 255)
    assert (result[0][hard] == 120).all()
    assert cleaned(new.planes, plate.planes, np.zeros_like(matte), YUV) is new.planes
