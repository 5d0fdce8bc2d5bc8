"""The footage that recipes of this room's tests name."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from composer.media.synthetic import write_clip
from composer.values import Size
from tests.plans import RATE, SIZE


@pytest.fixture(scope="package")
def footage(tmp_path_factory):
    folder = tmp_path_factory.mktemp("footage")
    write_clip(folder / "plate.mp4", size=SIZE, frames=10, rate=RATE, codec="h264", audio=True)
    write_clip(folder / "mute.mp4", size=SIZE, frames=10, rate=RATE, codec="h264")
    write_clip(folder / "odd.mkv", size=Size(63, 47), frames=4, rate=RATE)
    write_clip(folder / "deep.mkv", size=SIZE, frames=4, rate=RATE, format="yuv420p10le")
    write_clip(folder / "small.mp4", size=Size(32, 24), frames=10, rate=RATE, codec="h264")
    write_clip(folder / "short.mp4", size=SIZE, frames=5, rate=RATE, codec="h264")
    cv2.imwrite(str(folder / "picture.png"), np.full((48, 64, 3), 90, np.uint8))
    (folder / "frames").mkdir()
    for index in range(4):
        cv2.imwrite(str(folder / "frames" / f"{index:05d}.png"), np.full((48, 64, 3), 9 * index, np.uint8))
    return folder
