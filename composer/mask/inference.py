"""Trained networks as OpenCV reads them."""

from __future__ import annotations

from pathlib import Path

import cv2

from composer.errors import ModelUnavailable


def load_net(path: Path, *, what: str, trained_by: str) -> cv2.dnn.Net:
    """Load a network from an ONNX file, for the engine that runs it fastest.

    OpenCV 5 has two engines. The older one runs 3 x 3 convolutions by Winograd's method, in half the time of the newer
    one (docs/decisions/0008); it reads no shapes that are computed, so a file that needs the newer one still gets it.

    Args:
        path: the file, normally in assets/weights.
        what: the network in words, for messages.
        trained_by: the script that makes it.

    Raises:
        ModelUnavailable: the file is missing or cannot be read as a network.
    """
    if not path.is_file():
        raise ModelUnavailable(
            f"the {what} is not at {path}",
            hint=f"it ships with Composer; reinstall, or train one with {trained_by}",
        )
    for engine in _engines():
        try:
            return cv2.dnn.readNetFromONNX(str(path), *engine)
        except cv2.error as error:
            refused = error
    raise ModelUnavailable(
        f"{path} cannot be read as the {what}: {refused}",
        hint="the file is damaged or from another version; reinstall Composer",
    ) from refused


def _engines() -> list[tuple[int, ...]]:
    """The engines to try, as arguments; OpenCV 4 has one and does not ask."""
    classic = getattr(cv2.dnn, "ENGINE_CLASSIC", None)
    return [()] if classic is None else [(classic,), ()]
