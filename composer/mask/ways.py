"""What flow is for and what is looked at: words that a recipe's sources share."""

from __future__ import annotations

from typing import Literal, get_args

#: What flow is for: a question to the segmenter beside the picture, its picture, or the matte itself.
FlowUse = Literal["prompts", "picture", "alone"]
#: Whether mattes are found in colour or by brightness alone.
InputKind = Literal["color", "grey"]
FLOW_USES: tuple[FlowUse, ...] = get_args(FlowUse)
INPUT_KINDS: tuple[InputKind, ...] = get_args(InputKind)
FLOW_WORDS = (
    "prompts: motion asks, the segmenter outlines the picture; picture: it outlines drawn motion; alone: no outlining"
)
INPUT_WORDS = "grey: look at brightness alone; hardly faster, and what colour tells is lost"


def check_outliner(flow: FlowUse, segmenter: str | None) -> None:
    """Refuse a segmenter that would never be asked.

    Args:
        flow: what flow is for.
        segmenter: as a source names it, or None.
    """
    if flow == "alone" and segmenter not in (None, "auto", "classical"):
        raise ValueError(f"flow: alone asks no segmenter; leave out segmenter: {segmenter}")
