"""Options that several commands share, spelled once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from composer.errors import InputError, RecipeError

RecipeFile = Annotated[Path, typer.Argument(metavar="RECIPE", help="The recipe, a YAML file.", show_default=False)]
Params = Annotated[
    list[str] | None,
    typer.Option("--set", "-s", metavar="NAME=VALUE", help="Set a parameter; footage is plate=clip.mp4. Repeatable."),
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to write; else the recipe's own.")
]
SpanText = Annotated[
    str | None, typer.Option("--span", metavar="START..END", help="Only this part, such as 1s..4s or 24f..48f.")
]
Scale = Annotated[float, typer.Option("--scale", help="Work at this fraction of the size: a quick proxy.")]
SegmenterOption = Annotated[
    str,
    typer.Option(
        "--segmenter",
        help="auto, embedded, classical, mobile_sam, sam_vit_b, sam_vit_l or sam_vit_h; mobile_sam@512 works smaller.",
    ),
]
Flow = Annotated[
    str,
    typer.Option("--flow", help="prompts: motion asks the segmenter; picture: it looks at drawn motion; alone: none."),
]
Input = Annotated[str, typer.Option("--input", help="color, or grey: look at brightness only.")]
Weights = Annotated[
    Path | None, typer.Option("--weights", metavar="DIR", help="Folder with model files; else the usual places.")
]
Device = Annotated[str, typer.Option("--device", help="auto, cpu, cuda, or several: cuda:0,cuda:1.")]
Keyframes = Annotated[
    int | None,
    typer.Option("--keyframes", min=1, help="Ask the segmenter once in so many frames unless something happens."),
]
Workers = Annotated[
    int | None, typer.Option("--workers", min=1, help="Frames that a segmenter which takes long looks at side by side.")
]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Keep no mattes for the next run.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines on stdout.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the trace of an error.")]


def one_of(option: str, text: str, known: Sequence[str]) -> str:
    """A word of a closed list.

    Args:
        option: for the message.
        text: as given.
        known: what may be given.

    Raises:
        InputError: it is none of these.

    Example:
        >>> one_of("--input", "grey", ["color", "grey"])
        'grey'
    """
    if text not in known:
        raise InputError(f"{option} {text}: expected one of {', '.join(known)}")
    return text


def settings_of(pairs: Sequence[str] | None) -> dict[str, str]:
    """``NAME=VALUE`` texts as a mapping; the last of a name wins.

    Raises:
        RecipeError: no equals sign.

    Example:
        >>> settings_of(["plate=clip.mp4", "radius=12px"])
        {'plate': 'clip.mp4', 'radius': '12px'}
    """
    settings = {}
    for pair in pairs or ():
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise RecipeError(f"--set {pair}: expected NAME=VALUE", hint="such as --set plate=clip.mp4")
        settings[name.strip()] = value
    return settings


def recipe_file(path: Path) -> Path:
    """The file that a recipe argument means: a path, or the name of a template.

    Example:
        >>> recipe_file(Path("blur_background")).name
        'blur_background.yaml'
    """
    if path.exists() or path.suffix or len(path.parts) > 1:
        return path
    from composer.recipe.templates import list_templates

    return next((each.path for each in list_templates() if each.name == str(path)), path)
