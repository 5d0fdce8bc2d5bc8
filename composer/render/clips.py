"""A recipe as a MoviePy clip."""

from __future__ import annotations

from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray

from composer.plan.footage import duration
from composer.plan.model import Plan
from composer.render.frames import Choices, Reel, plan_without_output
from composer.render.run import Ask, Tell
from composer.render.stills import rgb_of


def as_clip(
    recipe: Path | str,
    *,
    progress: Tell = lambda _: None,
    cancelled: Ask = lambda: False,
    **choices: Unpack[Choices],
) -> Any:
    """A recipe as a ``moviepy.VideoClip``, whose frames are made when they are asked for.

    Rising times stream; going back starts the footage anew, which costs decoding up to there. The clip's ``close``
    lets go of files and threads.

    Args:
        recipe: the YAML file.
        progress: told while mattes are made.
        cancelled: asked once a frame; True stops with ``Cancelled``.
        choices: params, sources, span, scale, segmenter, weights, device, asking, use_cache as for ``render_recipe``.

    Returns:
        A VideoClip with duration, fps and size, and without sound. Alpha is shown over grey.

    Raises:
        InputError: recipe or footage cannot be used; the message says where and what to do.
    """
    from moviepy import VideoClip  # noqa: PLC0415 - a guest: nothing else waits for it to load

    resources = ExitStack()
    plan = plan_without_output(recipe, choices, resources, progress=progress, cancelled=cancelled)
    reel = Reel(plan, resources, progress=progress, cancelled=cancelled)

    def picture(seconds: float) -> NDArray[np.uint8]:
        return rgb_of(reel.frame_at(Fraction(float(seconds))))

    clip = VideoClip(duration=_length(plan)).with_fps(float(plan.plate.info.rate.value))
    clip.frame_function = picture
    clip.size = (plan.output.size.width, plan.output.size.height)
    clip.close = reel.close
    return clip


def _length(plan: Plan) -> float | None:
    """Seconds of the used span, as far as the header tells."""
    whole = duration(plan.plate.info)
    end = whole if plan.span.end is None else plan.span.end if whole is None else min(whole, plan.span.end)
    return None if end is None else float(end - plan.span.start)
