"""Mattes against ground truth: region overlap J and boundary accuracy F, as DAVIS defines them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from composer.errors import InputError
from composer.mask.measure import Scores, boundary_accuracy, region_overlap, scores_of
from composer.mask.sources import MatteSpec
from composer.mask.stage import make_mattes
from composer.media.sequence import sequence_files
from composer.render.cutouts import clip_shot, eight_bit
from composer.values import Progress

_NAME = "moving"
# Source: CDnet 2012, "Change Detection Benchmark": 85 lies outside the region of interest, 170 is unknown.
_IGNORED = (85, 170)


@dataclass(frozen=True)
class Sequence:
    """Pictures and their ground truth.

    Args:
        name: of the sequence.
        pictures: folder of frames.
        truth: folder of masks whose names carry the same numbers.
    """

    name: str
    pictures: Path
    truth: Path


@dataclass(frozen=True)
class Result:
    """How well the mattes of one sequence fit.

    Args:
        name: of the sequence.
        frames: frames that were compared.
        region: J, the overlap, over its frames.
        boundary: F, the outline, over its frames.
        pooled: overlap of all its pixels taken together, 0..1, as still-camera benchmarks count it; frames in which
            nothing moves weigh nothing here and count as 1 or 0 in J.
    """

    name: str
    frames: int
    region: Scores
    boundary: Scores
    pooled: float


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
        known = json.loads(path.read_text())["sequences"] if path.is_file() else {}
    except (ValueError, KeyError, TypeError) as error:
        hint = 'expected {"sequences": {NAME: {METHOD: {"J": .., "F": ..}}}}; mend it or move it away'
        raise InputError(f"{path}: cannot be read as published scores ({error})", hint=hint) from error
    if not names or any(name not in known for name in names):
        return {}
    methods = [method for method in known[names[0]] if all(method in known[name] for name in names)]
    means = {
        method: (
            sum(known[name][method]["J"] for name in names) / len(names),
            sum(known[name][method]["F"] for name in names) / len(names),
        )
        for method in methods
    }
    return dict(sorted(means.items(), key=lambda item: item[1]))


def sequences_in(dataset: Path) -> list[Sequence]:
    """Every sequence of a data set laid out as DAVIS, or as folders with ``input`` and ``groundtruth``.

    Raises:
        InputError: neither is there.
    """
    found = [
        Sequence(folder.name, folder, truth)
        for folder in sorted(dataset.glob("JPEGImages/480p/*"))
        if (truth := dataset / "Annotations" / "480p" / folder.name).is_dir()
    ]
    pairs = [dataset, *sorted(path for path in dataset.glob("*") if path.is_dir())]
    found += [
        Sequence(folder.name, folder / "input", folder / "groundtruth")
        for folder in pairs
        if (folder / "input").is_dir() and (folder / "groundtruth").is_dir()
    ]
    if not found:
        hint = "expected JPEGImages/480p and Annotations/480p, or folders with input and groundtruth"
        raise InputError(f"{dataset}: no sequences with ground truth", hint=hint)
    return found


def measure(
    sequence: Sequence,
    *,
    segmenter: str = "auto",
    weights: Path | None = None,
    device: str = "cpu",
    cache: Path | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Result:
    """Make the mattes of everything that moves and compare them; the first and last frame do not count.

    A sequence in which nothing is found to move scores 0 wherever something does.

    Args:
        sequence: pictures and truth.
        segmenter: auto, embedded, classical, or the name of a model.
        weights: folder that holds model files, or None.
        device: cpu or cuda.
        cache: keeps mattes between runs.
        progress: told after every frame.
        cancelled: asked once a frame.
    """
    shot = clip_shot(sequence.pictures)
    truths = dict(_truths(sequence))
    overlaps, boundaries = [], []
    both = either = 0
    with make_mattes(
        {_NAME: MatteSpec.model_validate({"moving": {"may_be_empty": True}})},
        shot,
        segmenter=segmenter,
        weights=weights,
        device=device,
        cache=cache,
        progress=progress,
        cancelled=cancelled,
    ) as mattes:
        stream = mattes.open(_NAME)
        for index, frame in enumerate(shot.frames()):
            found = eight_bit(stream.matte_at(index, frame)) > 127
            if index in truths:
                truth, ignore = truths[index]
                if truth.shape != found.shape:
                    expected, actual = (f"{shape[1]}x{shape[0]}" for shape in (found.shape, truth.shape))
                    raise InputError(f"{sequence.name}: frame {index} is {expected}, its ground truth {actual}")
                overlaps.append(region_overlap(found, truth, ignore=ignore))
                boundaries.append(boundary_accuracy(found & ~ignore, truth & ~ignore))
                both += int(np.count_nonzero(found & truth & ~ignore))
                either += int(np.count_nonzero((found | truth) & ~ignore))
    if not overlaps:
        raise InputError(f"{sequence.name}: no frame has ground truth")
    pooled = both / either if either else 1.0
    return Result(sequence.name, len(overlaps), scores_of(overlaps), scores_of(boundaries), pooled)


def _truths(sequence: Sequence) -> Iterator[tuple[int, tuple[NDArray[np.bool_], NDArray[np.bool_]]]]:
    """(frame index, (truth, ignored)) of every frame but the first and the last whose mask says anything.

    A mask that ignores the whole frame, as CDnet's do before the span it scores, would count as a perfect score.
    """
    masks = {_number(path): path for path in sorted(sequence.truth.iterdir()) if path.suffix in (".png", ".bmp")}
    pictures = sequence_files(sequence.pictures)
    for index, picture in enumerate(pictures[1:-1], 1):
        path = masks.get(_number(picture))
        if path is not None:
            levels = _levels(path)
            ignored = np.isin(levels, _IGNORED)
            if not ignored.all():
                yield index, (levels == 255, ignored)


def _levels(path: Path) -> NDArray[np.uint8]:
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("L"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read as a mask ({error})", hint="fetch the ground truth again") from error


def _number(path: Path) -> int:
    digits = "".join(letter for letter in path.stem if letter.isdigit())
    return int(digits or -1)
