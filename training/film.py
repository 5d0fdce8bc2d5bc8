"""Make films with known truth.

    python -m training.film --seed 3 --index 5 --size 640x360 --frames 96 --out scratch/film
    python -m training.film --seed 3 --count 12 --size 854x480 --frames 60 --davis scratch/films

The first writes one film into a folder: film.mp4, alpha-N.mkv of every object, flow.npz, truth.json and contact.png.
The second writes twelve as a data set laid out as DAVIS, for `composer eval scratch/films`; a film that is there is
not made again, so the command can be stopped and repeated.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import cv2

from training.deliver import write_davis, write_film
from training.scenes.colours import ColourPool
from training.scenes.film import make_film
from training.scenes.story import FILM_KINDS


def size_of(words: str) -> tuple[int, int]:
    """(height, width) of a size written as WIDTHxHEIGHT.

    Raises:
        argparse.ArgumentTypeError: it is written otherwise, or odd: video wants even sides.
    """
    width, _, height = words.partition("x")
    if not (width.isdecimal() and height.isdecimal()) or min(int(width), int(height)) < 16:
        raise argparse.ArgumentTypeError(f"{words!r}: expected WIDTHxHEIGHT of at least 16 pixels, such as 640x360")
    if int(width) % 2 or int(height) % 2:
        raise argparse.ArgumentTypeError(f"{words!r}: expected even sides, which H.264 needs")
    return int(height), int(width)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    line = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    target = line.add_mutually_exclusive_group(required=True)
    target.add_argument("--out", type=Path, help="folder for one film with all its truth")
    target.add_argument("--davis", type=Path, help="folder of a data set laid out as DAVIS")
    line.add_argument("--seed", type=int, default=1)
    line.add_argument("--index", type=int, default=0, help="number of the (first) film")
    line.add_argument("--count", type=int, default=12, help="how many films the data set gets")
    line.add_argument("--size", type=size_of, default=(360, 640), help="WIDTHxHEIGHT")
    line.add_argument("--frames", type=int, default=96)
    line.add_argument("--camera", choices=sorted(FILM_KINDS), help="drawn where left out")
    line.add_argument("--objects", type=int, help="how many bodies move; drawn where left out")
    line.add_argument("--clean", action="store_true", help="no blur, noise, drift or compression")
    return line


def main() -> None:
    """Parse the command line and write the films asked for."""
    args = parser().parse_args()
    cv2.setNumThreads(1)
    names = {index: f"s{args.seed}-{index:03d}" for index in range(args.index, args.index + args.count)}
    if args.out:
        names = {args.index: names[args.index]}
    else:
        made = args.davis / "Annotations" / "480p"
        names = {index: name for index, name in names.items() if not (made / name).is_dir()}
    pool = ColourPool(args.seed, size=24) if names else None
    for index, name in names.items():
        began = time.monotonic()
        film = make_film(
            args.seed,
            index,
            size=args.size,
            frames=args.frames,
            effects=not args.clean,
            camera=args.camera,
            objects=args.objects,
            pool=pool,
        )
        write_film(film, args.out) if args.out else write_davis(film, args.davis, name)
        print(f"{name}: {film.camera.kind} camera, {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
