"""Footage with ground truth: where it lies, what its masks say, and what others reached on it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from composer.errors import InputError
from composer.media.sequence import sequence_files
from composer.values import Size

Mask = NDArray[np.bool_]

#: Source: CDnet 2012, "Change Detection Benchmark": 50 is shadow, which is background; 85 lies outside the region of
#: interest and 170 is unknown, and neither counts.
_SHADOW, _IGNORED = 50, (85, 170)
#: From here on a level counts as the white of a coded mask: halfway from 170.
_WHITE = 213
_MASKS = (".png", ".bmp", ".jpg", ".jpeg", ".tif", ".tiff")
#: The resolution at which DAVIS is scored comes first.
_OFFICIAL = "480p"


@dataclass(frozen=True)
class Sequence:
    """Pictures and their ground truth.

    Args:
        name: of the sequence.
        pictures: folder of frames.
        truth: folder of masks whose names carry the same numbers.
        ends: whether the first and the last frame count; in DAVIS they do not.
    """

    name: str
    pictures: Path
    truth: Path
    ends: bool = True


@dataclass(frozen=True, eq=False)
class Truth:
    """What is known of one frame.

    Args:
        inside: (H, W) bool, what moves; False where it is not known.
        ignored: (H, W) bool, what is not known, or None where everything is.
    """

    inside: Mask
    ignored: Mask | None

    def at(self, shape: tuple[int, int]) -> tuple[Mask, Mask]:
        """What is inside and what is known, at another size.

        Args:
            shape: height and width.
        """
        known = np.ones(shape, np.bool_) if self.ignored is None else _resized(~self.ignored, shape)
        return _resized(self.inside, shape), known


def _resized(mask: Mask, shape: tuple[int, int]) -> Mask:
    return np.asarray(cv2.resize(mask.astype(np.float32), shape[::-1], interpolation=cv2.INTER_AREA) > 0.5)


class Truths:
    """The masks of a sequence by frame, read when asked for.

    Args:
        sequence: pictures and truth.
        size: of the pictures.

    Attributes:
        count: pictures of the sequence.

    Raises:
        InputError: there are none, one cannot be read, or is of another size.
    """

    def __init__(self, sequence: Sequence, size: Size) -> None:
        masks = {
            number: path
            for path in sorted(sequence.truth.iterdir())
            if path.suffix.lower() in _MASKS and (number := _number(path)) is not None
        }
        pictures = list(enumerate(sequence_files(sequence.pictures)))
        self.count = len(pictures)
        counted = pictures if sequence.ends else pictures[1:-1]
        self._paths = {
            index: masks[number]
            for index, picture in counted
            if (number := _number(picture)) is not None and number in masks
        }
        if not self._paths:
            hint = "masks and frames belong together by the numbers in their names"
            raise InputError(f"{sequence.name}: no frame has ground truth in {sequence.truth}", hint=hint)
        for index, path in self._paths.items():
            _check_size(sequence.name, index, path, size)

    def at(self, index: int) -> Truth | None:
        """The truth of a frame.

        Args:
            index: of the frame, from 0.

        Returns:
            None where there is none, or where it says nothing, as CDnet's do before the span that it scores: such a
            frame would count as a perfect score.

        Raises:
            InputError: the mask is damaged.
        """
        path = self._paths.get(index)
        return None if path is None else truth_of(_levels(path))


def truth_of(levels: NDArray[np.uint8]) -> Truth | None:
    """Read a mask's grey levels.

    A mask in the five levels of CDnet means what CDnet says. One with any other level between black and white has
    soft edges, and half of white divides it.

    Args:
        levels: (H, W) uint8.

    Returns:
        None where nothing is known.
    """
    found = np.flatnonzero(np.bincount(levels.ravel(), minlength=256)).tolist()
    if any(level not in (0, _SHADOW, *_IGNORED) and level < _WHITE for level in found):
        return Truth(levels >= 128, None)
    ignored = np.isin(levels, _IGNORED) if set(found) & set(_IGNORED) else None
    if ignored is not None and ignored.all():
        return None
    return Truth(levels >= _WHITE, ignored)


def sequences_in(dataset: Path) -> list[Sequence]:
    """Every sequence of a data set laid out as DAVIS, or as folders with ``input`` and ``groundtruth``.

    Of several resolutions of DAVIS the official 480p is taken, else the first by name.

    Raises:
        InputError: neither is there.
    """
    found: dict[str, Sequence] = {}
    sizes = [path.name for path in sorted(dataset.glob("JPEGImages/*")) if path.is_dir()]
    for size in sorted(sizes, key=lambda name: (name != _OFFICIAL, name)):
        for folder in sorted((dataset / "JPEGImages" / size).iterdir()):
            truth = dataset / "Annotations" / size / folder.name
            if folder.is_dir() and truth.is_dir():
                found.setdefault(folder.name, Sequence(folder.name, folder, truth, ends=False))
    pairs = [dataset, *sorted(path for path in dataset.glob("*") if path.is_dir())]
    for folder in pairs:
        if (folder / "input").is_dir() and (folder / "groundtruth").is_dir():
            found[folder.name] = Sequence(folder.name, folder / "input", folder / "groundtruth")
    if not found:
        hint = "expected JPEGImages/480p and Annotations/480p, or folders with input and groundtruth"
        raise InputError(f"{dataset}: no sequences with ground truth", hint=hint)
    return sorted(found.values(), key=lambda each: each.name)


def chosen(sequences: list[Sequence], names: list[str] | None) -> list[Sequence]:
    """The sequences asked for, all where no name is given.

    Raises:
        InputError: a name is not among them.
    """
    known = [each.name for each in sequences]
    for name in names or []:
        if name not in known:
            raise InputError(f"no such sequence: {name}", hint=f"the data set has {', '.join(known)}")
    return [each for each in sequences if not names or each.name in names]


def published(dataset: Path, names: list[str]) -> dict[str, tuple[float, float]]:
    """Mean J and F of published methods over the same sequences, from the data set's ``published.json``.

    Args:
        dataset: its folder.
        names: sequences.

    Returns:
        (J, F) by method, rising with J; nothing where the file, or a sequence in it, is missing.

    Raises:
        InputError: the file is broken.
    """
    path = dataset / "published.json"
    try:
        known = json.loads(path.read_text()) if path.is_file() else {"sequences": {}}
        return _means(known["sequences"], names)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        hint = 'expected {"sequences": {NAME: {METHOD: {"J": .., "F": ..}}}}; mend it or move it away'
        raise InputError(f"{path}: cannot be read as published scores ({error!r})", hint=hint) from error


def _means(known: dict[str, Any], names: list[str]) -> dict[str, tuple[float, float]]:
    if not names or any(name not in known for name in names):
        return {}
    methods = [method for method in known[names[0]] if all(method in known[name] for name in names)]
    means = {
        method: (
            sum(float(known[name][method]["J"]) for name in names) / len(names),
            sum(float(known[name][method]["F"]) for name in names) / len(names),
        )
        for method in methods
    }
    return dict(sorted(means.items(), key=lambda item: item[1]))


def _check_size(name: str, index: int, path: Path, size: Size) -> None:
    try:
        with Image.open(path) as image:
            found = Size(*image.size)
    except (OSError, ValueError, SyntaxError) as error:
        raise _unreadable(path, error) from error
    if found != size:
        raise InputError(
            f"{name}: frame {index} is {size}, its ground truth {found} ({path.name})",
            hint="take pictures and masks of the same resolution; a mask is never stretched silently",
        )


def _levels(path: Path) -> NDArray[np.uint8]:
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("L"))
    except (OSError, ValueError, SyntaxError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> InputError:
    return InputError(f"{path}: cannot be read as a mask ({error})", hint="fetch the ground truth again")


def _number(path: Path) -> int | None:
    digits = "".join(letter for letter in path.stem if letter.isdigit())
    return int(digits) if digits else None
