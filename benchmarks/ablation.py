"""What each ingredient of the `moving` matte is worth: overlap on DAVIS with one taken out at a time.

Measured on the probability at working size, cut at 0.5, before things are named and outlined; every third annotated
frame. Inputs of the network are taken out by blanking them, not by training without them.

python benchmarks/ablation.py [--only NAME ...] [--no-write]
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pictures import DATA, each, write_result

from composer.bundle import bundled
from composer.mask.inference import load_net
from composer.mask.measure import region_overlap
from composer.mask.motion_features import EPIPOLAR, PHOTOMETRIC, ROUND_TRIP, UNEXPLAINED, working_size
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
from composer.mask.settle import settled
from composer.mask.smooth import STILL
from composer.mask.tools import NetMotion

FRAMES = DATA / "davis" / "JPEGImages" / "480p"
TRUTHS = DATA / "davis" / "Annotations" / "480p"
NETS = NetMotion(*(bundled(f"assets/weights/{name}.onnx") for name in ("motion", "motion_still")))
#: What the lines below it are compared with: they change its inputs.
FIRST = "the moving camera's network alone"
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
        super().__init__(load_net(NETS.moving, what="motion network", trained_by="training/train.py"), mirrored=True)
        self._planes = planes

    def predict(self, planes: NDArray[np.float32]) -> NDArray[np.float32]:
        """See ``MotionNet.predict``."""
        planes = planes.copy()
        for where in self._planes:
            planes[where] = 0
        return super().predict(planes)


@dataclass(frozen=True, eq=False)
class Clip:
    """A sequence, small, with the truth of some frames by index."""

    greys: list[NDArray[np.uint8]]
    small: list[NDArray[np.uint8]]
    truths: dict[int, NDArray[np.bool_]]

    @classmethod
    def of(cls, name: str) -> Clip:
        """Read a sequence of DAVIS."""
        files = sorted((FRAMES / name).glob("*.jpg"))
        bgr = [np.asarray(cv2.imread(str(file)), np.uint8) for file in files]
        greys = [np.asarray(cv2.cvtColor(one, cv2.COLOR_BGR2GRAY), np.uint8) for one in bgr]
        truths = {
            index: cv2.imread(str(TRUTHS / name / f"{files[index].stem}.png"), cv2.IMREAD_GRAYSCALE) > 127
            for index in range(1, len(files) - 1, EVERY)
        }
        height, width = working_size(*greys[0].shape)
        small = [np.asarray(cv2.resize(one, (width, height), interpolation=cv2.INTER_AREA), np.uint8) for one in bgr]
        return cls(greys, small, truths)

    def seen_by(self, judge: MotionJudge, scale: float = FLOW_SCALE) -> list[MotionFrame]:
        """What moves, says a judge."""
        return list(estimate_motion(self.greys, judge, flow_scale=scale))

    def score(self, maps: Maps) -> float:
        """Mean overlap with the truth."""
        pairs = [(_full(maps[index], truth) > 0.5, truth) for index, truth in self.truths.items()]
        return float(np.mean([region_overlap(found, truth) for found, truth in pairs]))

    def chain(
        self,
        frames: list[MotionFrame],
        *,
        recursion: bool = True,
        last_word: bool = True,
        plate: bool = True,
        **look: Any,
    ) -> float:
        """The same as ``composer.mask.smooth`` over the whole clip, some of it left out."""
        flows = [one.forward for one in frames], [one.backward for one in frames]
        greys = [np.asarray(cv2.cvtColor(one, cv2.COLOR_BGR2GRAY), np.uint8) for one in self.small]
        maps = [one.probability for one in frames]
        maps = list(smooth_in_time(maps, *flows, greys)) if recursion else maps
        maps = self_trained(self.small, maps, **look)
        maps = settled(self.small, maps, *flows, greys) if last_word else maps
        if plate and np.mean([one.still for one in frames]) > STILL:
            empty = learn_plate(self.small, maps)
            maps = [with_plate(one, picture, empty) for one, picture in zip(maps, self.small, strict=True)]
        return self.score(maps)


def measured(name: str) -> dict[str, Any]:
    clip = Clip.of(name)
    moving, standing = (load_motion_net(path, mirrored=True) for path in (NETS.moving, NETS.standing))
    motion = clip.seen_by(NETS.judge())
    blanked = {name: clip.seen_by(Blanked(planes)) for name, planes in BLANKED.items()}
    first = clip.seen_by(moving)
    return {
        "everything": clip.chain(motion),
        "without recursion along the flow": clip.chain(motion, recursion=False),
        "without the last word of edges and neighbours": clip.chain(motion, last_word=False),
        "without the pixel network": clip.chain(motion, pixels=0.0, colors=0.8),
        "without the histogram": clip.chain(motion, colors=0.0, pixels=1.0),
        "without the clip's own look": clip.chain(motion, rounds=0),
        "one round of learning": clip.chain(motion, rounds=1),
        "doubtful pixels teach as well": clip.chain(motion, doubt=(0.5, 0.5)),
        "without the plate": clip.chain(motion, plate=False),
        "the networks alone": clip.score([one.probability for one in motion]),
        "the moving camera's network where it moves": clip.chain(
            clip.seen_by(ByCamera(moving=moving, standing=standing))
        ),
        "the standing camera's network alone": clip.chain(clip.seen_by(standing)),
        FIRST: clip.chain(first),
        "- flow at the working width": clip.chain(clip.seen_by(moving, 1.0)),
        "- without the mirror": clip.chain(clip.seen_by(load_motion_net(NETS.moving))),
        **{f"- {name}": clip.chain(frames) for name, frames in blanked.items()},
    }


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
        whole = mean[FIRST if key.startswith("- ") else "everything"]
        print(f"{key:46s} J {value:.3f}  {value - whole:+.3f}")
    if not asked.no_write:
        write_result("ablation", {"mean": mean, "sequences": rows})


if __name__ == "__main__":
    main()
