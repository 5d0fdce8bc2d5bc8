"""JSON Schema of a recipe, for editors; made from the same models that read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from composer.effects import EFFECTS
from composer.mask.sources import BARE_KINDS
from composer.recipe.model import Recipe

_USE = {"type": "string", "pattern": r"\$\{[^}]+\}", "description": "a parameter: ${name}"}
_SHORT_SOURCE = {"type": "string", "minLength": 1, "description": "short for {file: ...}"}
_SHORT_CLIP = {"type": "string", "minLength": 1, "description": "short for {clip: ...}"}
_SHORT_MATTE = {"enum": list(BARE_KINDS), "description": "short for {moving: {}} and the like"}
_SHORT_FILE = {"type": "string", "description": "short for {source: ...}"}
_SHORT_TEXT = {"type": "string", "minLength": 1, "description": "short for {words: ...}"}
_SHORT_SOUND = {"type": "string", "description": "short for {source: ...}"}
_SHORT_AUDIO = {"type": "string", "description": "none, or the name of a source"}


def recipe_schema() -> dict[str, Any]:
    """The schema of a whole recipe, draft 2020-12, every effect and matte kind in it.

    Point an editor at it with ``# yaml-language-server: $schema=recipe.schema.json``.

    Example:
        >>> recipe_schema()["title"]
        'Composer recipe'
    """
    schema = Recipe.model_json_schema(by_alias=True)
    definitions = schema["$defs"]
    definitions.pop("Effect", None)
    edits = {"anyOf": [_edit(kind, definitions) for kind in EFFECTS]}
    with_uses = _parameterised(schema)
    edits_key = {"type": "array", "items": edits, "description": "in order, bottom to top"}
    with_uses["properties"]["edits"] = edits_key
    _shorten(with_uses)
    with_uses["$defs"]["Use"] = _USE
    top = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Composer recipe"}
    return top | {key: value for key, value in with_uses.items() if key != "title"}


def _edit(kind: str, definitions: dict[str, Any]) -> dict[str, Any]:
    """The schema of one edit; its model goes among the definitions."""
    body = EFFECTS[kind].model_json_schema(by_alias=True)
    definitions.update(body.pop("$defs", {}))
    name = f"effect_{kind}"
    definitions[name] = body
    return {
        "type": "object",
        "properties": {kind: {"$ref": f"#/$defs/{name}"}},
        "required": [kind],
        "additionalProperties": False,
    }


def _parameterised(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The same schema where every value may also be a ``${parameter}``; parameters themselves may not."""
    result: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "$defs":
            result[key] = {name: body if name == "Param" else _parameterised(body) for name, body in value.items()}
        elif key == "properties":
            result[key] = {name: _or_use(body, name) for name, body in value.items()}
        elif key == "items":
            result[key] = _or_use(value, "")
        else:
            result[key] = value
    return result


def _or_use(schema: Mapping[str, Any], name: str) -> dict[str, Any]:
    inner = _parameterised(schema)
    sections = ("composer", "params", "sources", "mattes", "regions", "edits", "require", "output", "video")
    takes_text = schema.get("type") == "string" and "enum" not in schema
    if name in sections or takes_text or "$ref" in schema or "items" in schema or schema.get("type") == "object":
        return inner
    shared: dict[str, Any] = {key: inner.pop(key) for key in ("default", "description", "title") if key in inner}
    options = inner["anyOf"] if set(inner) == {"anyOf"} else [inner]
    return {"anyOf": [*options, {"$ref": "#/$defs/Use"}], **shared}


def _shorten(schema: dict[str, Any]) -> None:
    """Adds the short forms that the models' before-validators take."""
    properties = schema["properties"]
    for section, short in (("sources", _SHORT_SOURCE), ("mattes", _SHORT_MATTE)):
        properties[section]["additionalProperties"] = {"anyOf": [properties[section]["additionalProperties"], short]}
    entries = schema["$defs"]["Source"]["properties"]["timeline"]["anyOf"][0]["items"]
    known = [each for each in entries["oneOf"] if not each["$ref"].endswith("/AnyTransition")]
    entries["oneOf"] = [*known, _SHORT_CLIP]
    schema["$defs"].pop("AnyTransition")
    audio = schema["$defs"]["Output"]["properties"]["audio"]
    audio["anyOf"] = [*audio["anyOf"], _SHORT_AUDIO]
    mix = schema["$defs"]["AudioOptions"]["properties"]["mix"]
    mix["items"] = {"anyOf": [mix["items"], _SHORT_SOUND]}
    kinds = schema["$defs"]["MatteSpec"]["properties"]
    kinds["file"]["anyOf"] = [*kinds["file"]["anyOf"], _SHORT_FILE]
    kinds["text"]["anyOf"] = [*kinds["text"]["anyOf"], _SHORT_TEXT]
