"""effects: what edits there are, and what each takes."""

from __future__ import annotations

from typing import Annotated

import typer

from composer.cli.exits import told
from composer.cli.options import Debug, Json


def effects(
    name: Annotated[str | None, typer.Argument(help="Show one effect in full.")] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """List the effects, or show one: its keys, defaults and an example."""
    import json

    from composer.effects import EFFECTS
    from composer.recipe.describe import summary

    with told(debug=debug):
        if name is not None:
            _show(name, as_json=as_json)
        elif as_json:
            typer.echo(json.dumps({kind: summary(effect) for kind, effect in EFFECTS.items()}, indent=2))
        else:
            width = max(len(kind) for kind in EFFECTS)
            for kind, effect in EFFECTS.items():
                typer.echo(f"{kind:<{width}}  {summary(effect)}")
            for plugin in EFFECTS.plugins():
                if plugin.problem:
                    typer.echo(f"warning: {plugin.refusal().message}", err=True)


def _show(name: str, *, as_json: bool) -> None:
    import json

    from composer.effects import EFFECTS
    from composer.errors import InputError
    from composer.recipe.describe import keys_of, prose
    from composer.recipe.place import nearest

    if name not in EFFECTS:
        raise InputError(f"unknown effect '{name}'", hint=nearest(name, EFFECTS))
    effect, plugin = EFFECTS[name], EFFECTS.plugin(name)
    if as_json:
        typer.echo(json.dumps(effect.model_json_schema(by_alias=True), indent=2))
        return
    typer.echo(f"{name}: {prose(effect)}\n")
    for key in keys_of(effect):
        default = "required" if key.is_required else f"default {key.default}" if key.default else "optional"
        typer.echo(f"  {key.name}: {key.takes} ({default})\n      {key.help}")
    if plugin is not None:
        typer.echo(f"\nA plug-in: {plugin}")
    typer.echo("\nExample:\n")
    typer.echo("\n".join(f"  {line}" for line in effect.example.strip().splitlines()))
