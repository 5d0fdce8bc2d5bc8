"""models: the weights that Composer knows, where they lie, and how to get them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from composer.cli.bars import telling
from composer.cli.exits import emit, interruptible, told
from composer.cli.options import Debug, Json, Weights

app = typer.Typer(no_args_is_help=True, help="Model files: list, get, verify.")

Name = Annotated[str, typer.Argument(help="Name of a model; composer models list shows them.")]

Mirror = Annotated[
    str | None,
    typer.Option(
        "--mirror",
        metavar="URL",
        envvar="COMPOSER_MIRROR",
        help="Web address of a folder that holds the file; tried before the places it is published at.",
    ),
]


@app.command("list")
def list_models(weights: Weights = None, as_json: Json = False, debug: Debug = False) -> None:
    """List the models, what each is for, and where it lies on this machine."""
    from composer.weights import MODELS, find_weights, weight_folders

    with told(debug=debug, as_json=as_json):
        folders = weight_folders(weights)
        for model in MODELS:
            path = find_weights(model, folders)
            if as_json:
                emit("model", name=model.name, file=model.file, size=model.size, path=path and str(path))
                continue
            here = f"here: {path}" if path else f"not here ({model.size / 1e6:.0f} MB)"
            typer.echo(f"{model.name}  {here}\n    {model.purpose}; {model.licence}\n    {model.file} from {model.url}")
        if not as_json:
            places = "\n  ".join(str(folder) for folder in folders)
            typer.echo(f"\nThe segmenters embedded and classical come along and need no file. Looked in:\n  {places}")


@app.command("get", hidden=True)
@app.command()
def download(
    name: Name, weights: Weights = None, mirror: Mirror = None, as_json: Json = False, debug: Debug = False
) -> None:
    """Download a model and check it; one that broke off goes on where it stopped."""
    from composer.weights import download, model_file, user_folder

    with told(debug=debug, as_json=as_json), interruptible() as cancelled:
        model = model_file(name)
        with telling(as_json=as_json) as tell:
            path = download(model, weights or user_folder(), mirror=mirror, progress=tell, cancelled=cancelled)
        if as_json:
            emit("model", name=name, path=str(path))
        else:
            typer.echo(f"{name}: {path}")


@app.command()
def verify(name: Name, weights: Weights = None, as_json: Json = False, debug: Debug = False) -> None:
    """Read a model file from end to end and compare its hash."""
    from composer.errors import ModelUnavailable
    from composer.weights import find_weights, model_file, verify, weight_folders

    with told(debug=debug, as_json=as_json):
        model = model_file(name)
        folders = weight_folders(weights)
        path: Path | None = find_weights(model, folders)
        if path is None:
            looked = ", ".join(str(folder) for folder in folders)
            raise ModelUnavailable(f"{model.file} is in none of {looked}", hint=f"run: composer models download {name}")
        verify(model, path)
        if as_json:
            emit("model", name=name, path=str(path), verified=True)
        else:
            typer.echo(f"{name}: {path} is what it should be")
