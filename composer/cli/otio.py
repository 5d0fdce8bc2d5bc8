"""otio: a recipe for editing programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from composer.cli.exits import emit, told
from composer.cli.options import Debug, Json, Params, RecipeFile, SpanText, recipe_file, settings_of

Target = Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The .otio file to write.")]


def otio(
    recipe: RecipeFile,
    output: Target,
    params: Params = None,
    span: SpanText = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Write what a recipe puts together as OpenTimelineIO: clips, transitions, sounds; edits go along as metadata."""
    import json

    from composer.errors import OutputError
    from composer.plan import make_plan
    from composer.plan.otio import otio_of
    from composer.plan.target import refuse_inputs
    from composer.recipe import load_recipe
    from composer.render.report import write_whole

    with told(debug=debug, as_json=as_json):
        if output.suffix.lower() != ".otio":
            raise OutputError(f"{output.name}: OpenTimelineIO is JSON in a .otio file", hint="end the name in .otio")
        loaded = load_recipe(recipe_file(recipe), set=settings_of(params))
        is_written = loaded.recipe.output.file is not None
        plan = make_plan(loaded, is_written=is_written, span=span, segmenter="embedded", use_cache=False)
        refuse_inputs(output, plan.files)
        document = otio_of(plan)
        write_whole(output, (json.dumps(document, indent=1) + "\n").encode())
        tracks = len(document["tracks"]["children"])
        if as_json:
            emit("otio", output=str(output), tracks=tracks)
        else:
            typer.echo(f"{output}: {tracks} track{'s' if tracks != 1 else ''}", err=True)
