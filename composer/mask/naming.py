"""Names of segmenters as recipes and commands write them: ``embedded``, ``sam_vit_b``, ``mobile_sam@512``."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, WithJsonSchema

#: Sides of the square that a picture may be fitted into; the networks of this family were trained at the largest.
SMALLEST_SIDE, STEP, LARGEST_SIDE = 256, 64, 1024
_MODEL_AT = re.compile(r"(mobile_sam|sam_vit_[blh])@([1-9][0-9]*)")

_EXPECTED = f"a model @ a multiple of {STEP} from {SMALLEST_SIDE} to {LARGEST_SIDE}, such as mobile_sam@512"


def split_name(name: str) -> tuple[str, int | None]:
    """The model that a name means, and the side of the square it looks at pictures in, or None for its own.

    Args:
        name: such as ``mobile_sam@512``.

    Raises:
        ValueError: what follows the @ is no such side.

    Example:
        >>> split_name("mobile_sam@512"), split_name("embedded")
        (('mobile_sam', 512), ('embedded', None))
    """
    if "@" not in name:
        return name, None
    found = _MODEL_AT.fullmatch(name)
    if found is None or not _is_side(int(found[2])):
        raise ValueError(f"segmenter {name!r}: expected {_EXPECTED}")
    return found[1], int(found[2])


def _is_side(side: int) -> bool:
    return SMALLEST_SIDE <= side <= LARGEST_SIDE and side % STEP == 0


def _checked(name: str) -> str:
    try:
        _, side = split_name(name)
    except ValueError as error:
        raise ValueError(_EXPECTED) from error
    if side is None:
        raise ValueError(_EXPECTED)
    return name


_ModelAt = Annotated[
    str, AfterValidator(_checked), WithJsonSchema({"type": "string", "pattern": f"^{_MODEL_AT.pattern}$"})
]
#: Who can outline what is pointed at, where no motion is asked for.
OutlinerName = Literal["auto", "embedded", "mobile_sam", "sam_vit_b", "sam_vit_l", "sam_vit_h"] | _ModelAt
SegmenterName = Literal["auto", "embedded", "classical", "mobile_sam", "sam_vit_b", "sam_vit_l", "sam_vit_h"] | _ModelAt
#: What a recipe's reference says of the key.
OVERRIDES = "overrides the segmenter of the render; mobile_sam@512 works on pictures of 512 pixels: quicker, coarser"
