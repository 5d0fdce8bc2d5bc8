"""All commands in one place; each lives in a file of its own and imports what it needs when it runs."""

from __future__ import annotations

from typing import Annotated

import typer

from composer.cli import doctor, effects, evaluate, mattes, models, otio, preview, recipes, render

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Video editing and compositing from one YAML recipe: cuts out what moves, composites the rest.",
)


def _version(asked: bool) -> None:
    if asked:
        from composer import __version__

        typer.echo(f"composer {__version__}")
        raise typer.Exit


@app.callback()
def _composer(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    del version


app.command()(render.render)
app.command()(recipes.check)
app.command()(recipes.plan)
app.command()(preview.preview)
app.command()(otio.otio)
app.command()(mattes.mattes)
app.command()(effects.effects)
app.command()(recipes.templates)
app.command()(recipes.new)
app.command()(recipes.schema)
app.command("eval")(evaluate.evaluate)
app.command()(doctor.doctor)
app.add_typer(models.app, name="models")
