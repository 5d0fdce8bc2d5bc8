"""Renders the recipes of the README on the demo shot and writes the pictures that it shows: ``make docs``."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
from blocks import recipes
from numpy.typing import NDArray

from composer import render_recipe
from composer.bundle import bundled
from composer.mask.flow_picture import flow_picture, own_flow
from composer.mask.motion_net import MotionFrame, estimate_motion, load_motion_net
from composer.mask.sources import MatteSpec
from composer.mask.stage import make_mattes
from composer.mask.ways import FLOW_USES
from composer.render.cutouts import clip_shot
from composer.render.matte_sheet import matte_sheet

Picture = NDArray[np.uint8]
HERE = Path(__file__).parent
ROOT = HERE.parent
PICTURES = HERE / "pictures"
STREET = ROOT / "assets" / "demo" / "street.mp4"
SHOWN = (44, 56, 88)  # before the sign, in front of it, past it
MOMENT = 56
NEAR = np.s_[50:310, 130:390]  # rows and columns around the subject at that moment
GAP = 6


def frames_of(path: Path, wanted: Sequence[int]) -> list[Picture]:
    """Some frames of a video as (H, W, 3) RGB."""
    with av.open(str(path)) as container:
        decoded = islice(container.decode(video=0), max(wanted) + 1)
        return [frame.to_ndarray(format="rgb24") for index, frame in enumerate(decoded) if index in wanted]


def row(pictures: Sequence[Picture], *, width: int) -> Picture:
    """Pictures side by side with white gaps, (H, width, 3)."""
    each = (width - GAP * (len(pictures) - 1)) // len(pictures)
    small = [
        cv2.resize(p, (each, round(p.shape[0] * each / p.shape[1])), interpolation=cv2.INTER_AREA) for p in pictures
    ]
    gap = np.full((small[0].shape[0], GAP, 3), 255, np.uint8)
    parts = [part for picture in small for part in (picture, gap)][:-1]
    return np.hstack(parts)


def save(name: str, picture: Picture) -> None:
    """Write a small JPEG."""
    PICTURES.mkdir(exist_ok=True)
    cv2.imwrite(str(PICTURES / f"{name}.jpg"), picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 86])
    print(f"docs/pictures/{name}.jpg", flush=True)


def rendered(recipe: Path, folder: Path, wanted: Sequence[int]) -> list[Picture]:
    """Some frames of a rendered recipe."""
    output = folder / f"{recipe.stem}.mkv"
    render_recipe(recipe, output=output, segmenter="embedded")
    return frames_of(output, wanted)


def motion_of(index: int) -> MotionFrame:
    """What flow and network say of a frame."""
    with av.open(str(STREET)) as container:
        first = max(index - 4, 0)
        frames = islice(container.decode(video=0), first, index + 4)
        grey = [frame.to_ndarray(format="gray") for frame in frames]
    net = load_motion_net(bundled("assets/weights/motion_still.onnx"), mirrored=True)
    return list(estimate_motion(grey, net))[index - first]


def as_large(picture: Picture, as_this: Picture) -> Picture:
    """A picture at another one's size."""
    return cv2.resize(picture, as_this.shape[1::-1], interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)


def motion_picture(motion: MotionFrame) -> Picture:
    """How likely each pixel of a frame moves by itself, bright on dark blue, (h, w, 3)."""
    levels = np.rint(motion.probability * 255).astype(np.uint8)
    return cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO)[..., ::-1]


def lit(plate: Picture, matte: Picture) -> Picture:
    """A plate that is dark and grey where its matte is not, (H, W, 3)."""
    alpha = matte[..., None].astype(np.float32) / 255
    dark = 20 + 0.25 * plate.mean(axis=2, keepdims=True)
    return np.rint(plate * alpha + dark * (1 - alpha)).astype(np.uint8)


def flow_uses(plate: Picture) -> list[Picture]:
    """The drawn flow of a frame, and what its mattes by the three uses of flow leave, near the subject."""
    shown = [as_large(flow_picture(own_flow(motion_of(MOMENT))), plate)]
    specs = {use: MatteSpec.model_validate({"moving": {"flow": use}}) for use in FLOW_USES}
    shot = clip_shot(STREET)
    with make_mattes(specs, shot, segmenter="embedded") as mattes:
        frame = next(islice(shot.frames(), MOMENT, None))
        shown += [lit(plate, mattes.open(use).matte_at(MOMENT, frame).alpha) for use in FLOW_USES]
    return [picture[NEAR] for picture in shown]


def report_picture() -> Picture:
    """The sheet of the demo shot's matte report, (H, 960, 3)."""
    shot = clip_shot(STREET)
    with make_mattes({"walker": MatteSpec.model_validate({"moving": {}})}, shot, segmenter="embedded") as mattes:
        return row([matte_sheet(mattes, "walker", shot, cancelled=lambda: False)], width=960)


def removing(plate: Picture, folder: Path) -> Picture:
    """The street as it is, without its walker, with him three times, and with his trail: two by two, (H, 1000, 3)."""
    shown = [plate]
    for title in ("remove", "clones", "trail"):
        recipe = folder / f"{title}.yaml"
        recipe.write_text(recipes(HERE / "removing.md")[title].replace("assets/", f"{ROOT}/assets/"), encoding="utf-8")
        shown += rendered(recipe, folder, [MOMENT])
    rows = [row(shown[first : first + 2], width=1000) for first in (0, 2)]
    return np.vstack([rows[0], np.full((GAP, rows[0].shape[1], 3), 255, np.uint8), rows[1]])


MATTE = """composer: 1
sources: {plate: PLATE}
mattes: {walker: {moving: {}}}
edits:
  - solid: {color: black}
  - solid: {color: white, matte: walker}
"""


def main() -> None:
    """Write every picture."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        demo = rendered(ROOT / "assets" / "demo" / "demo.yaml", folder, SHOWN)
        plate = frames_of(STREET, SHOWN)
        save("demo", row([plate[1], demo[1]], width=1000))
        for title, text in recipes(ROOT / "README.md").items():
            recipe = folder / f"{title}.yaml"
            recipe.write_text(text.replace("assets/", f"{ROOT}/assets/"), encoding="utf-8")
            save(title, row(rendered(recipe, folder, SHOWN), width=1000))
        recipe = folder / "matte.yaml"
        recipe.write_text(MATTE.replace("PLATE", str(STREET)), encoding="utf-8")
        matte = rendered(recipe, folder, [MOMENT])[0]
        save("mattes", row([plate[1], as_large(motion_picture(motion_of(MOMENT)), matte), matte, demo[1]], width=1200))
        save("flow", row(flow_uses(plate[1]), width=1200))
        save("report", report_picture())
        save("remove", removing(plate[1], folder))


if __name__ == "__main__":
    main()
