"""Writes the reference, its JSON Schema and the gallery from models and templates: part of ``make docs``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from gallery import PAGE as GALLERY
from gallery import gallery, link, picture_of
from pydantic import BaseModel

from composer.effects import EFFECTS
from composer.effects.base import Effect
from composer.mask.sources import MATTE_KINDS, MatteSpec
from composer.media.encode import CODECS
from composer.recipe.describe import Key, keys_of, prose, summary
from composer.recipe.framing import Framing
from composer.recipe.model import Output, Require, Source, VideoOptions
from composer.recipe.params import Param
from composer.recipe.region import RegionSpec
from composer.recipe.schema import recipe_schema
from composer.recipe.sound import AudioOptions, DuckOptions, SoundOptions
from composer.recipe.templates import list_templates
from composer.recipe.timeline import TRANSITIONS, ClipEntry, RecipeEntry, TitleEntry

PAGE = Path(__file__).parent / "reference" / "recipe.md"
SCHEMA = PAGE.with_suffix(".schema.json")

INTRO = """# Recipe reference

Made by `make docs` from the models that read recipes; do not edit it by hand.
Editors check recipes against [recipe.schema.json](recipe.schema.json), which `composer schema` prints too; put this
at the top of a recipe that lies beside it:

    # yaml-language-server: $schema=recipe.schema.json

A recipe is one YAML 1.2 document with these sections; only `composer` and footage are needed.

| section | what it holds |
|---|---|
| `composer` | the format's version: `1` |
| [`params`](#params) | what `--set name=value` and templates fill in, used as `${name}` |
| [`sources`](#sources) | files by name; the footage is called `plate` |
| [`mattes`](#mattes) | what is cut out, by name |
| [`regions`](#regions) | places in the picture, by name |
| [`edits`](#edits) | what is done, in order, bottom to top |
| [`require`](#require) | what the mattes must reach for a render to be made at all |
| [`output`](#output) | what is written |

## Values

| word | how it is written |
|---|---|
| time | `2s`, `2.5s`, `00:00:02.500`, `48f` (frames), or a number of seconds |
| length | a fraction of the picture up to 1, or pixels of the full-size picture: `12px`, or a number above 1 |
| color | `"#00b140"`, `"#f80"`, `"#00000080"` (half transparent), or a CSS name such as `orange` |
| box | `[left, top, right, bottom]`, four lengths |
| corners | `[[x, y], [x, y], [x, y], [x, y]]`: top-left, top-right, bottom-right, bottom-left |
| keyframes | a table from times to values: `{0s: 0, 1s: 1, ease: in_out}`; ease is linear, hold, in, out or in_out |
| file | relative to the recipe; given by `--set`, relative to the working folder |

`${name}` stands for a parameter anywhere in a recipe. Alone it keeps the parameter's type, inside text it is
spelled out, and inside `{}` and `[]` it needs quotes: `"${name}"`. Write `$${name}` for the plain text `${name}`.
"""

REGIONS_EXAMPLE = """
    regions:
      wall: {corners: [[0.1, 0.2], [0.4, 0.2], [0.4, 0.6], [0.1, 0.6]]}
      corner: {box: [0.8, 0.05, 0.95, 0.15]}
      poster: {corners: [[0.5, 0.2], [0.7, 0.2], [0.7, 0.6], [0.5, 0.6]], at: 2s, track: planar, without: [walker]}
      badge: {follow: walker, anchor: top, size: [0.1, 0.1], offset: [0, -0.06]}
"""

SOURCES_EXAMPLE = """
    sources:
      plate: street.mp4                              # short for {file: street.mp4}
      promo: {file: promo.mp4, loop: true, start: 2s, speed: 0.5}
      frames: {file: render/%05d.png, rate: 24}
"""

TIMELINE_EXAMPLE = """
    sources:
      plate:
        timeline:
          - {clip: a.mp4, start: 1s, stop: 4s}
          - {transition: dissolve, for: 0.5s}
          - {clip: b.mp4, speed: 0.5, between: blend}
          - {clip: card.png, for: 3s}
        size: [1280, 720]
"""

PARAMS_EXAMPLE = """
    params:
      plate: {type: file, help: your footage}
      radius: {type: length, default: 12px, help: how soft}
    sources: {plate: "${plate}"}
"""

REQUIRE_EXAMPLE = """
    require: {confidence: 0.6, seen: 0.9, mattes: [walker]}
"""

OUTPUT_EXAMPLE = """
    output:
      file: out.mp4
      video: {codec: h264, quality: 18, preset: medium}
      audio: {keep: plate}                           # or: audio: none
"""

MATTES_EXAMPLE = """
    mattes:
      walker: {moving: {}, feather: 2px}
      still:  {static: {}}
      screen: {key: {color: "#00b140"}}
      actor:  {invert: screen}
      both:   {union: [walker, actor]}
"""


def reference() -> str:
    """The whole page."""
    return "\n".join([*_sections(), ""]).replace("``", "`")


def _sections() -> Iterator[str]:
    yield INTRO
    yield from _section("params", Param, PARAMS_EXAMPLE)
    yield from _section("sources", Source, SOURCES_EXAMPLE)
    yield from _timeline()
    yield from _mattes()
    yield from _section("regions", RegionSpec, REGIONS_EXAMPLE)
    yield from _edits()
    yield from _section("require", Require, REQUIRE_EXAMPLE)
    yield from _output()
    yield from _templates()


def _section(name: str, model: type[BaseModel], example: str) -> Iterator[str]:
    yield f"## {name}\n\n{prose(model)}\n{example}"
    yield table(keys_of(model))


def _timeline() -> Iterator[str]:
    yield f"### timeline\n\nA list of clips, with transitions between them ([timelines](../timeline.md)).\n{TIMELINE_EXAMPLE}"
    for model in (ClipEntry, TitleEntry, RecipeEntry):
        yield f"{prose(model)}\n"
        yield table(sorted(keys_of(model), key=lambda key: not key.is_required))
    yield "Transitions, each `{transition: KIND, for: TIME}` with what it takes beside:\n"
    yield "| transition | what it does | takes |\n|---|---|---|"
    for kind, model in TRANSITIONS.items():
        keys = [key for key in keys_of(model) if key.name not in {"transition", "for"}]
        takes = "; ".join(_spelled_key(key) for key in keys)
        yield f"| `{kind}` | {prose(model)} | {takes} |".replace("|  |", "| |")
    yield ""


def _spelled_key(key: Key) -> str:
    default = f", {key.default} by default" if key.default else ""
    return f"`{key.name}`: {key.takes}, {key.help}{default}"


def _mattes() -> Iterator[str]:
    yield f"## mattes\n\nEach matte has exactly one kind, and finishing beside it.\n{MATTES_EXAMPLE}"
    keys = list(keys_of(MatteSpec))
    yield table(key for key in keys if key.name in MATTE_KINDS)
    yield "Finishing, for every kind:\n"
    yield table(key for key in keys if key.name not in MATTE_KINDS)
    for kind, model in MATTE_KINDS.items():
        if model is not None:
            yield f"### {kind}\n\n{prose(model)}\n"
            yield table(keys_of(model))
            for name, inner in _inside(model):
                yield f"`{name}`: {prose(inner)}\n"
                yield table(keys_of(inner))


def _inside(model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    """Keys of a model that hold a mapping of their own, or a list of such, with its model."""
    for name, field in model.model_fields.items():
        waiting = [field.annotation]
        while waiting:
            part = waiting.pop()
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield name, part
            waiting += get_args(part)


def _edits() -> Iterator[str]:
    yield "## edits\n\nA list; each entry is one effect. Every effect also takes these:\n"
    yield table(keys_of(Effect))
    shared = {key.name for key in keys_of(Effect)}
    yield "| effect | what it does |\n|---|---|"
    yield "\n".join(f"| [`{kind}`](#{kind}) | {summary(effect)} |" for kind, effect in EFFECTS.items()) + "\n"
    for kind, effect in EFFECTS.items():
        example = "\n".join(f"      {line}" for line in effect.example.strip().splitlines())
        yield f"### {kind}\n\n{prose(effect)}\n\n    edits:\n    - {example.strip()}\n"
        if (picture := picture_of(kind)) is not None:
            yield f"![{kind}]({link(picture, PAGE)})\n"
        yield table(key for key in keys_of(effect) if key.name not in shared)


def _output() -> Iterator[str]:
    yield from _section("output", Output, OUTPUT_EXAMPLE)
    yield f"### video\n\n{prose(VideoOptions)}\n"
    yield table(keys_of(VideoOptions))
    yield "| codec | files | bits | alpha | default quality |\n|---|---|---|---|---|"
    for codec in CODECS.values():
        depths = ", ".join(str(depth) for depth in codec.depths)
        quality = "lossless" if codec.default_quality is None else f"{codec.default_quality:g}"
        files = ", ".join(codec.containers)
        yield f"| {codec.name} | {files} | {depths} | {'yes' if codec.has_alpha else 'no'} | {quality} |"
    yield f"\n### frame\n\n{prose(Framing)}\n\n    output: {{frame: {{aspect: '9:16'}}}}\n"
    yield table(keys_of(Framing))
    yield f"\n### audio\n\n{prose(AudioOptions)}\n"
    yield table(keys_of(AudioOptions))
    for name, inner in (("mix", SoundOptions), ("duck", DuckOptions)):
        yield f"`{name}`: {prose(inner)}\n"
        yield table(keys_of(inner))


def _templates() -> Iterator[str]:
    yield "## Templates\n\n`composer render NAME --set plate=clip.mp4 -o out.mp4`, or `composer new NAME` for a copy.\n"
    yield "Each is pictured in the [gallery](../gallery.md).\n"
    yield "| template | what it does |\n|---|---|"
    yield "\n".join(
        f"| [`{each.name}`](../../templates/{each.path.name}) | {each.about} |" for each in list_templates()
    )


def table(keys: Iterator[Key]) -> str:
    """Keys as a Markdown table."""
    rows = ["| key | takes | default | what for |", "|---|---|---|---|"]
    for key in keys:
        default = "**required**" if key.is_required else f"`{key.default}`" if key.default else ""
        rows.append(f"| `{key.name}` | {key.takes} | {default} | {key.help} |".replace("|  |", "| |"))
    return "\n".join([*rows, ""])


def schema_text() -> str:
    """The JSON Schema of recipes, as it lies in the repository."""
    return json.dumps(recipe_schema(), indent=1) + "\n"


def pages() -> dict[Path, str]:
    """Every generated file and its content."""
    return {PAGE: reference(), SCHEMA: schema_text(), GALLERY: gallery()}


def write_reference() -> None:
    """Write the generated files."""
    PAGE.parent.mkdir(exist_ok=True)
    for path, content in pages().items():
        path.write_text(content, encoding="utf-8")


if __name__ == "__main__":
    write_reference()
