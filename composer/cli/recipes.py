"""check, plan, schema, templates, new: everything about a recipe that renders nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from composer.cli.exits import told
from composer.cli.options import (
    Debug,
    Device,
    Json,
    Keyframes,
    NoCache,
    Output,
    Params,
    RecipeFile,
    Scale,
    SegmenterOption,
    SpanText,
    Weights,
    Workers,
    recipe_file,
    settings_of,
)


def check(recipe: RecipeFile, params: Params = None, as_json: Json = False, debug: Debug = False) -> None:
    """Check a recipe without opening any footage."""
    from composer.cli.exits import emit
    from composer.recipe import load_recipe

    with told(debug=debug, as_json=as_json):
        given = settings_of(params)
        loaded = load_recipe(recipe_file(recipe), set=_with_stand_ins(recipe_file(recipe), given))
        model = loaded.recipe
        counts = {"sources": len(model.sources), "mattes": len(model.mattes), "edits": len(model.edits)}
        if as_json:
            emit("checked", recipe=str(recipe), **counts)
        else:
            told_counts = ", ".join(f"{count} {word if count != 1 else word[:-1]}" for word, count in counts.items())
            typer.echo(f"{recipe}: fine ({told_counts})")


def _with_stand_ins(recipe: Path, given: dict[str, str]) -> dict[str, str]:
    """A template can be checked before there is footage: files that have to be set stand in by name."""
    from composer.recipe.load import declared_params

    needed = {name for name, param in declared_params(recipe).items() if param.type == "file" and param.default is None}
    return {name: f"{name}.mp4" for name in needed} | given


def plan(
    recipe: RecipeFile,
    output: Output = None,
    params: Params = None,
    span: SpanText = None,
    scale: Scale = 1.0,
    segmenter: SegmenterOption = "auto",
    weights: Weights = None,
    device: Device = "auto",
    keyframes: Keyframes = None,
    workers: Workers = None,
    no_cache: NoCache = False,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Show exactly what a render would do, and refuse what it could not."""
    from composer.mask.asking import Asking
    from composer.plan import as_json as plan_json
    from composer.plan import as_text, make_plan
    from composer.recipe import load_recipe

    with told(debug=debug, as_json=as_json):
        made = make_plan(
            load_recipe(recipe_file(recipe), set=settings_of(params)),
            output=output,
            span=span,
            scale=scale,
            segmenter=segmenter,
            weights=weights,
            device=device,
            asking=Asking(keyframes, workers),
            use_cache=not no_cache,
        )
        typer.echo(plan_json(made) if as_json else as_text(made))


def schema(debug: Debug = False) -> None:
    """Print the JSON Schema of recipes, for editors."""
    import json

    from composer.recipe.schema import recipe_schema

    with told(debug=debug):
        typer.echo(json.dumps(recipe_schema(), indent=2))


def templates(as_json: Json = False, debug: Debug = False) -> None:
    """List the ready-made recipes."""
    import json

    from composer.recipe.templates import list_templates

    with told(debug=debug):
        found = list_templates()
        if as_json:
            typer.echo(json.dumps([{"name": each.name, "about": each.about, "path": str(each.path)} for each in found]))
            return
        width = max((len(each.name) for each in found), default=0)
        for each in found:
            typer.echo(f"{each.name:<{width}}  {each.about}")
        typer.echo("\ncomposer new NAME writes one to edit; composer render takes its name as well.")


def new(
    name: Annotated[str, typer.Argument(help="Name of a template; composer templates lists them.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write; NAME.yaml by default.")] = None,
    debug: Debug = False,
) -> None:
    """Write a template to a file of your own."""
    from composer.errors import OutputError
    from composer.recipe.templates import template, template_text

    with told(debug=debug):
        found = template(name)
        target = output or Path(f"{found.name}.yaml")
        text = template_text(found, beside=target)
        try:
            with target.open("x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError:
            raise OutputError(f"{target} exists already", hint="give another name with -o") from None
        except OSError as error:
            raise OutputError(f"{target} cannot be written: {error.strerror}") from error
        typer.echo(f"{target}: edit it, then: composer render {target} --set plate=clip.mp4 -o out.mp4")
