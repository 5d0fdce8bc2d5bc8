"""What each ingredient of the `moving` matte is worth: overlap on DAVIS with one taken out at a time.

Measured on the probability at working size, cut at 0.5, before things are named and outlined; every third annotated
frame. Inputs of the network are taken out by blanking them, not by training without them.

python benchmarks/ablation.py [--only NAME ...] [--no-write]
"""

from __future__ import annotations

import argparse
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pictures import DATA, each, write_result

from composer.bundle import bundled
from composer.mask.inference import load_net
from composer.mask.measure import region_overlap
from composer.mask.motion_features import EPIPOLAR, PHOTOMETRIC, ROUND_TRIP, UNEXPLAINED
from composer.mask.motion_net import (
    FLOW_SCALE,
    ByCamera,
    MotionFrame,
    MotionJudge,
    MotionNet,
    estimate_motion,
    load_motion_net,
)
from composer.mask.plate import learn_plate, with_plate
from composer.mask.propagate import smooth_in_time
from composer.mask.self_training import self_trained
from composer.mask.smooth import STILL

FRAMES = DATA / "davis" / "JPEGImages" / "480p"
TRUTHS = DATA / "davis" / "Annotations" / "480p"
WEIGHTS, STANDING = (bundled(f"assets/weights/{name}.onnx") for name in ("motion", "motion_still"))
EVERY = 3
Maps = list[NDArray[np.float32]]
#: Planes of the network's input that are blanked.
BLANKED = {
    "without photometric residuals": (PHOTOMETRIC, UNEXPLAINED),
    "without distance from the epipolar line": (EPIPOLAR,),
    "without round trips of the flow": (ROUND_TRIP,),
}


class Blanked(MotionNet):
    """The network, some of its input planes set to zero."""

    def __init__(self, planes: tuple[slice, ...]) -> None:
        super().__init__(load_net(WEIGHTS, what="motion network", trained_by="training/train.py"), mirrored=True)
        self._planes = planes

    def predict(self, planes: NDArray[np.float32]) -> NDArray[np.float32]:
        """See ``MotionNet.predict``."""
        planes = planes.copy()
        for where in self._planes:
            planes[where] = 0
        return super().predict(planes)


def measured(name: str) -> dict[str, Any]:
    files = sorted((FRAMES / name).glob("*.jpg"))
    bgr = [np.asarray(cv2.imread(str(file)), np.uint8) for file in files]
    greys = [np.asarray(cv2.cvtColor(one, cv2.COLOR_BGR2GRAY), np.uint8) for one in bgr]
    truths = {
        index: cv2.imread(str(TRUTHS / name / f"{files[index].stem}.png"), cv2.IMREAD_GRAYSCALE) > 127
        for index in range(1, len(files) - 1, EVERY)
    }
    moving, standing = (load_motion_net(path, mirrored=True) for path in (WEIGHTS, STANDING))
    motion = list(estimate_motion(greys, ByCamera(moving=moving, standing=standing)))
    shape = motion[0].probability.shape
    small = [np.asarray(cv2.resize(one, shape[::-1], interpolation=cv2.INTER_AREA), np.uint8) for one in bgr]

    def score(maps: Maps) -> float:
        return float(np.mean([region_overlap(_full(maps[i], truth) > 0.5, truth) for i, truth in truths.items()]))

    def chain(frames: list[MotionFrame], *, recursion: bool = True, plate: bool = True, **look: Any) -> float:
        maps = _steady(frames, small) if recursion else [one.probability for one in frames]
        maps = self_trained(small, maps, **look)
        if plate and np.mean([one.still for one in frames]) > STILL:
            empty = learn_plate(small, maps)
            maps = [with_plate(one, picture, empty) for one, picture in zip(maps, small, strict=True)]
        return score(maps)

    def with_net(net: MotionJudge, scale: float = FLOW_SCALE) -> list[MotionFrame]:
        return list(estimate_motion(greys, net, flow_scale=scale))

    return {
        "everything": chain(motion),
        "without recursion along the flow": chain(motion, recursion=False),
        "without the pixel network": chain(motion, pixels=0.0, colors=0.8),
        "without the histogram": chain(motion, colors=0.0, pixels=1.0),
        "without the clip's own look": chain(motion, rounds=0),
        "one round of learning": chain(motion, rounds=1),
        "doubtful pixels teach as well": chain(motion, doubt=(0.5, 0.5)),
        "the moving camera's network alone": chain(with_net(moving)),
        "the standing camera's network alone": chain(with_net(standing)),
        "without the plate": chain(motion, plate=False),
        "the networks alone": score([one.probability for one in motion]),
        "flow at the working width": chain(with_net(moving, 1.0)),
        "without the mirror": chain(with_net(load_motion_net(WEIGHTS))),
        **{name: chain(with_net(Blanked(planes))) for name, planes in BLANKED.items()},
    }


def _steady(frames: list[MotionFrame], small: list[NDArray[np.uint8]]) -> Maps:
    stacks = [np.stack([getattr(one, name) for one in frames]) for name in ("probability", "forward", "backward")]
    return list(smooth_in_time(*stacks, np.stack([cv2.cvtColor(one, cv2.COLOR_BGR2GRAY) for one in small])))


def _full(probability: NDArray[np.float32], truth: NDArray[np.bool_]) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(probability, truth.shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", nargs="*")
    parser.add_argument("--no-write", action="store_true")
    asked = parser.parse_args()
    names = asked.only or sorted(path.name for path in FRAMES.iterdir())
    rows = each(names, measured)
    mean = {key: float(np.mean([row[key] for row in rows.values()])) for key in next(iter(rows.values()))}
    for key, value in mean.items():
        print(f"{key:42s} J {value:.3f}  {value - mean['everything']:+.3f}")
    if not asked.no_write:
        write_result("ablation", {"mean": mean, "sequences": rows})


if __name__ == "__main__":
    main()
