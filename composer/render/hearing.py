"""The sound of a render: its level settled before the first frame, and what came of it in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import isfinite

from composer.errors import Cancelled
from composer.media.level import settled
from composer.media.loudness import Measured
from composer.media.sounds import Mixdown
from composer.plan.model import Plan
from composer.plan.tell import sound_words
from composer.render.report import Stopwatch
from composer.values import Progress

_MISSED = 0.5  # LU beside the target that are worth a warning: the limiter took them


@dataclass(frozen=True)
class Hearing:
    """A plan whose mix knows its level.

    Args:
        plan: with that.
        before: what the mix measured without; None where it was not measured.
    """

    plan: Plan
    before: Measured | None = None

    def words(self, after: Measured | None) -> str:
        """What became of the sound.

        Args:
            after: what was written measures.
        """
        said, track = sound_words(self.plan), self.plan.output.audio
        if after is None or not isinstance(track, Mixdown):
            return said
        if self.before is not None and track.level is not None:
            way = "up" if track.level >= 0 else "down"
            what = "it" if track.whole is None else "the whole"
            said += f"; {what} measured {_lufs(self.before)} and was turned {way} by {abs(track.level):.1f} dB"
        return f"{said}; written at {_lufs(after)}, true peak {after.peak:.1f} dBTP"

    def warnings(self, after: Measured | None) -> list[str]:
        """What the user should know of it.

        Args:
            after: what was written measures.
        """
        track = self.plan.output.audio
        if after is None or not isinstance(track, Mixdown):
            return []
        if not isfinite(after.loudness):
            is_hopeless = track.loudness is not None and track.whole is None
            return ["the mix is silent" + (": there is no loudness to bring it to" if is_hopeless else "")]
        if track.loudness is None:
            over = (
                f"the mix goes {after.peak:.1f} dB over full scale and is clipped: lower its gains, or ask for loudness"
            )
            return [over] if after.peak > 0 else []
        missed = track.loudness - after.loudness
        quieter = (
            f"the mix came out at {_lufs(after)}, {missed:.1f} LU under what was asked: its peaks left no more room"
        )
        return [quieter] if track.whole is None and missed > _MISSED else []


def _lufs(measured: Measured) -> str:
    return f"{measured.loudness:.1f} LUFS" if isfinite(measured.loudness) else "silence"


def settle_sound(
    plan: Plan, watch: Stopwatch, *, progress: Callable[[Progress], None], cancelled: Callable[[], bool]
) -> Hearing:
    """Measure the mix of a plan where a loudness is asked for.

    Args:
        plan: what to do.
        watch: counts the seconds that it takes.
        progress: told about every second of the mix.
        cancelled: asked as often; True stops the work.

    Raises:
        Cancelled: the user stopped it.
    """
    track = plan.output.audio
    if not isinstance(track, Mixdown) or track.loudness is None:
        return Hearing(plan)

    def heard(samples: int) -> None:
        if cancelled():
            raise Cancelled("stopped; nothing was written")
        progress(Progress("loudness", samples // track.rate, int(track.whole or track.until - track.start)))

    with watch.measure("loudness"):
        made, before = settled(track, heard=heard)
    return Hearing(replace(plan, output=replace(plan.output, audio=made)), before)
