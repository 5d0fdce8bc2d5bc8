"""What a promptable segmenter is: a picture is embedded once, then asked any number of questions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NewType, Protocol

import numpy as np
from numpy.typing import NDArray

from composer.values import Candidate, Prompt

#: What ``embed`` gives back and ``predict`` takes; nobody else looks inside.
Embedding = NewType("Embedding", object)


class Segmenter(Protocol):
    """Anything that draws the outline of what it is pointed at. It keeps no state between calls."""

    name: str
    """Short name, such as ``embedded`` or ``sam_vit_b``."""

    digest: str
    """Changes when its answers may change: version, and hash of its weights."""

    def embed(self, image: NDArray[np.uint8]) -> Any:
        """Look at a picture.

        Args:
            image: (H, W, 3) uint8 RGB.

        Returns:
            An opaque embedding for ``predict``.
        """
        ...

    def predict(self, embedding: Any, prompts: Sequence[Prompt]) -> list[Candidate]:
        """Outline what each prompt points at.

        Args:
            embedding: from ``embed`` of this segmenter.
            prompts: places in pixels of the embedded picture.

        Returns:
            One candidate per prompt, in order, logits at the picture's size.
        """
        ...
