"""Every way of asking that looks at the whole shot, and what each of them finds; the same look is taken once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from composer.mask.analysis import Analysis, analyse_moving, analyse_prompt
from composer.mask.automatic import Asked
from composer.mask.everything import Search, find_things, outline_things
from composer.mask.pick import picked
from composer.mask.shot import GreyShot, Shot
from composer.mask.sources import AutomaticSource, MatteSpec
from composer.mask.text_prompt import Detector, Words
from composer.mask.tools import Tools

#: Points along the longer side that Segment Anything is asked at, on a graphics card and on a CPU.
GRID, GRID_ON_CPU = 32, 8


@dataclass
class Searches:
    """What was found, by matte name.

    Args:
        shot: the plate.
        files: masks of prompts, by matte name.
        proxy: scale of the shot against full size.
        detector: gives whoever finds what words name.
        analyses: what each matte is made of.
        movers: what moves in front of static objects.
    """

    shot: Shot
    files: Mapping[str, Shot]
    proxy: float
    detector: Callable[[], Detector]
    analyses: dict[str, Analysis] = field(default_factory=dict)
    movers: dict[str, Analysis] = field(default_factory=dict)
    _shared: dict[Hashable, Analysis] = field(default_factory=dict)
    _opened: ExitStack = field(default_factory=ExitStack)

    def look(self, name: str, spec: MatteSpec, tools: Tools) -> None:
        """Find what a matte asks for.

        Args:
            name: the matte.
            spec: of a kind that needs analysis.
            tools: see ``Tools``.
        """
        footage = GreyShot(self.shot) if spec.input == "grey" else self.shot
        things = spec.automatic or spec.static_objects
        if spec.prompt is not None:
            prompt, mask = spec.prompt, self.files.get(name)
            self.analyses[name] = self._kept(analyse_prompt(footage, prompt, tools, mask))
        elif things is not None:
            self.analyses[name] = self._things(spec, search_of(things, tools, self.shot), tools)
        elif spec.text is not None:
            detector = self.detector()
            words = Words(spec.text.words, spec.text.score, spec.text.min_area, detector.digest)
            search = Search(words, spec.text.every.moment.seconds_at(self.shot.rate))
            self.analyses[name] = self._things(spec, search, tools, detector)
        else:
            self.analyses[name] = self._moving(footage, tools)
        if spec.static_objects is not None:
            self.movers[name] = self._moving(footage, tools)

    def _moving(self, footage: Shot, tools: Tools) -> Analysis:
        way = (tools.choice.name, tools.flow, footage.key, tools.keyframes)
        return self._once(way, lambda: analyse_moving(footage, tools))

    def _things(self, spec: MatteSpec, search: Search, tools: Tools, detector: Detector | None = None) -> Analysis:
        found = self._once((tools.choice.name, search), lambda: find_things(self.shot, search, tools, detector))
        wanted = picked(spec, found, self.shot, proxy=self.proxy)
        outlines = (tools.choice.name, search, wanted)
        return self._once(outlines, lambda: outline_things(self.shot, found, wanted, search, tools))

    def _once(self, key: Hashable, analyse: Callable[[], Analysis]) -> Analysis:
        if key not in self._shared:
            self._shared[key] = self._kept(analyse())
        return self._shared[key]

    def _kept(self, analysis: Analysis) -> Analysis:
        self._opened.callback(analysis.entry.close)
        return analysis

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._opened.close()


def search_of(source: AutomaticSource, tools: Tools, shot: Shot) -> Search:
    """How a shot is searched for the things that a recipe asks for.

    Args:
        source: as the recipe spells it.
        tools: whose segmenter is asked.
        shot: the plate, for times.
    """
    asked = Asked(grid_of(source, tools.choice.device), source.min_area, source.quality, source.stability)
    return Search(asked, source.every.moment.seconds_at(shot.rate))


def grid_of(source: AutomaticSource, device: str) -> int:
    """Points along the longer side of a picture that a segmenter is asked at; a dense grid takes a graphics card.

    Args:
        source: as the recipe spells it.
        device: cpu, mps or cuda.
    """
    return source.grid or (GRID_ON_CPU if device == "cpu" else GRID)
