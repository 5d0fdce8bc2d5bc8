"""Effects of other installed packages, found by their entry points and loaded when a recipe names them.

A package offers an effect with an entry point in the group ``composer.effects``, whose name is the effect's kind.
Whatever is wrong with one is told where it is named or listed, and touches no other effect.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from typing import Any

from composer.effects.base import Effect
from composer.errors import InputError

GROUP = "composer.effects"


@dataclass(frozen=True)
class Plugin:
    """An effect of another package.

    Args:
        name: of the entry point, which is the effect's kind.
        package: distribution that brings it.
        version: of that package.
        place: module and class, as the entry point spells them.
        effect: the class, or None where it cannot be used.
        problem: what is wrong with it, or empty.
    """

    name: str
    package: str
    version: str
    place: str
    effect: type[Effect] | None = None
    problem: str = ""

    def __str__(self) -> str:
        return f"{self.package} {self.version} ({self.name} = {self.place})"

    def refusal(self) -> InputError:
        """The error for a recipe that names it."""
        words = f"effect '{self.name}' of {self} cannot be used: {self.problem}"
        return InputError(words, hint=f"mend, update or uninstall {self.package}; 'composer doctor' lists all plug-ins")


@cache
def offered() -> Mapping[str, tuple[metadata.EntryPoint, ...]]:
    """Entry points by name, nothing loaded; looked up once."""
    found: dict[str, tuple[metadata.EntryPoint, ...]] = {}
    for point in metadata.entry_points(group=GROUP):
        if point not in found.get(point.name, ()):
            found[point.name] = (*found.get(point.name, ()), point)
    return found


class Effects(Mapping[str, type[Effect]]):
    """Every effect by its kind: Composer's own, and those of plug-ins, which are looked for only when needed.

    Iterating loads all plug-ins and leaves out what is broken; asking for a broken one by name says what is wrong.

    Args:
        own: Composer's own effects.
    """

    def __init__(self, own: Mapping[str, type[Effect]]) -> None:
        self._own = dict(own)

    def __getitem__(self, kind: str) -> type[Effect]:
        if kind in self._own:
            return self._own[kind]
        plugin = self.plugin(kind)
        if plugin is None:
            raise KeyError(kind)
        if plugin.effect is None:
            raise plugin.refusal()
        return plugin.effect

    def __contains__(self, kind: object) -> bool:
        return kind in self._own or kind in offered()

    def __iter__(self) -> Iterator[str]:
        yield from self._own
        yield from (plugin.name for plugin in self.plugins() if plugin.effect is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def plugin(self, kind: str) -> Plugin | None:
        """The plug-in that brings an effect, loaded; None for Composer's own and for what nothing brings."""
        points = offered().get(kind, ())
        return _loaded(points, kind in self._own) if points and kind not in self._own else None

    def plugins(self) -> tuple[Plugin, ...]:
        """Every plug-in by name, loaded; what cannot be used says why."""
        return tuple(_loaded(points, name in self._own) for name, points in sorted(offered().items()))

    def packages(self, kinds: Iterable[str]) -> tuple[str, ...]:
        """Names of the packages beside Composer that decide what some effects draw.

        Args:
            kinds: of effects, each of which can be used.
        """
        names = (
            "moviepy" if kind == "moviepy" else plugin.package if (plugin := self.plugin(kind)) else ""
            for kind in kinds
        )
        return tuple(dict.fromkeys(name for name in names if name))


@cache
def _loaded(points: tuple[metadata.EntryPoint, ...], is_taken: bool) -> Plugin:  # noqa: FBT001 - a key of the cache
    point = points[0]
    package = ("an unknown package", "") if point.dist is None else (point.dist.name, point.dist.version)
    told = Plugin(point.name, *package, place=point.value)
    if is_taken:
        return _broken(told, "Composer has an effect of that name")
    if len(points) > 1:
        others = " and ".join(f"{one.dist.name if one.dist else 'a package'} ({one.value})" for one in points[1:])
        return _broken(told, f"{others} offers an effect of that name too")
    try:
        effect = point.load()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - another's code may fail in any way
        return _broken(told, f"{type(error).__name__}: {error}")
    problem = _problem(effect, point.name)
    return _broken(told, problem) if problem else Plugin(told.name, *package, told.place, effect)


def _broken(plugin: Plugin, problem: str) -> Plugin:
    return Plugin(plugin.name, plugin.package, plugin.version, plugin.place, problem=" ".join(problem.split()))


def _problem(effect: Any, name: str) -> str:
    """What keeps a class from being an effect of that name, or nothing."""
    if not inspect.isclass(effect) or not issubclass(effect, Effect):
        return "it is no subclass of composer.effects.Effect"
    kind, settings = getattr(effect, "kind", None), effect.model_config
    faults = {
        f"its kind is {kind!r}, its entry point is called {name!r}": kind != name,
        "it has no apply": effect.apply is Effect.apply,
        "it has no example": not isinstance(getattr(effect, "example", None), str),
        "it has no docstring": not effect.__dict__.get("__doc__"),
        "its parameters can be changed": not settings.get("frozen"),
        "its parameters take unknown keys": settings.get("extra") != "forbid",
    }
    return next((words for words, is_so in faults.items() if is_so), "") or _schema_problem(effect)


def _schema_problem(effect: type[Effect]) -> str:
    try:
        effect.model_json_schema(by_alias=True)
    except Exception as error:  # noqa: BLE001 - pydantic raises many kinds
        return f"its parameters have no schema: {type(error).__name__}: {error}"
    return ""
