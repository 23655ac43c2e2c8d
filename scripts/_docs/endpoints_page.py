"""The reference of the calls, from the OpenAPI document that the application gives."""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from virtualptz.api.app import create_app

from .page import code, page, table

Json = Mapping[str, Any]
_INTRO = """
Every call with what it takes and what it answers, made of the application's OpenAPI document, which an agent
that runs gives at `/openapi.json`. What the calls are for, with examples, is in [api.md](../api.md).
"""
_LIMITS = {
    "minimum": "≥ {}",
    "exclusiveMinimum": "> {}",
    "maximum": "≤ {}",
    "exclusiveMaximum": "< {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {}",
    "maxItems": "at most {}",
    "pattern": "`{}`",
}


def endpoints_page() -> str:
    document = create_app().openapi()
    parts = []
    _resolve(document)
    for tag, group in groupby(_calls(document), key=lambda call: call[0]):
        parts += [f"## Calls: {tag}", *(_call(*call) for _, call in group)]
    schemas: Json = document.get("components", {}).get("schemas", {})
    bodies = [_body(name, schema) for name, schema in sorted(schemas.items())]
    return page("Calls", _INTRO, *parts, "## Bodies", *bodies)


def _resolve(document: dict[str, Any]) -> None:
    """Answers that many calls share stand in one place in the document, and with each call here."""
    shared = document["components"]["responses"]
    for methods in document["paths"].values():
        for operation in methods.values():
            answers = operation["responses"]
            for status, answer in answers.items():
                if "$ref" in answer:
                    answers[status] = shared[answer["$ref"].rpartition("/")[2]]


def _calls(document: Json) -> Iterator[tuple[str, tuple[str, str, Json]]]:
    """The tag; method, path and operation. Calls with the same tag one after the other."""
    found = [
        (operation.get("tags", ["other"])[0], (method.upper(), path, operation))
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    order = list(dict.fromkeys(tag for tag, _ in found))
    yield from sorted(found, key=lambda call: order.index(call[0]))


def _call(method: str, path: str, operation: Json) -> str:
    parts = [f"### `{method} {path}`", f"{operation.get('summary', '')}.", operation.get("description", "")]
    if parameters := operation.get("parameters"):
        taken = [
            (code(each["name"]), each["in"], _limited(each["schema"]), _about(each)) for each in parameters
        ]
        parts.append(table(["parameter", "in", "value", "meaning"], taken))
    if body := operation.get("requestBody"):
        parts.append(f"Body: {_contents(body)}.")
        parts += _examples(body)
    rows = [
        (status, _kinds_linked(answer.get("description", "")), _contents(answer))
        for status, answer in sorted(operation["responses"].items())
    ]
    parts.append(table(["status", "when", "body"], rows))
    parts += _examples(operation["responses"].get("200", {}))
    return "\n\n".join(part for part in parts if part)


def _kinds_linked(description: str) -> str:
    """Kinds of errors lead to where they are explained."""
    return re.sub(r"`([a-z]+(?:-[a-z]+)*)`(?=: )", r"[`\1`](../errors.md#\1)", description)


def _about(parameter: Json) -> str:
    text: str = parameter.get("description") or parameter["schema"].get("description", "")
    default = parameter["schema"].get("default")
    shown = f"default {code(json.dumps(default))}" if default is not None else ""
    return "; ".join(filter(None, [text, shown, "required" if parameter.get("required") else ""]))


def _contents(body: Json) -> str:
    found = (
        _type(content["schema"]) if kind.endswith("json") and content.get("schema") else code(kind)
        for kind, content in body.get("content", {}).items()
    )
    return " or ".join(dict.fromkeys(found))


def _examples(body: Json) -> Iterator[str]:
    for content in body.get("content", {}).values():
        if "example" in content:
            yield _json(content["example"])
        for example in content.get("examples", {}).values():
            yield "\n\n".join(filter(None, [example.get("summary", ""), _json(example.get("value"))]))


def _json(value: object) -> str:
    if isinstance(value, str):
        return f"```text\n{value.strip()}\n```"
    return f"```json\n{json.dumps(value, indent=2, ensure_ascii=False)}\n```"


def _body(name: str, schema: Json) -> str:
    required = schema.get("required", ())
    rows = [
        (code(field), _limited(each), _default(each, needed=field in required), each.get("description", ""))
        for field, each in schema.get("properties", {}).items()
    ]
    fields = table(["field", "value", "default", "meaning"], rows) if rows else _limited(schema)
    examples = [_json(each) for each in schema.get("examples", ())]
    if "example" in schema:
        examples.append(_json(schema["example"]))
    return "\n\n".join(filter(None, [f"### {name}", schema.get("description", ""), fields, *examples]))


def _default(schema: Json, *, needed: bool) -> str:
    if needed:
        return "required"
    return code(json.dumps(schema["default"])) if "default" in schema else ""


def _limited(schema: Json) -> str:
    choices = schema.get("anyOf", [schema])
    limits = [
        text.format(each[name])
        for each in choices
        for name, text in _LIMITS.items()
        if each.get(name) is not None
    ]
    return ", ".join([_type(schema), *limits])


def _type(schema: Json) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return " or ".join(dict.fromkeys(_type(each) for each in schema[key]))
    if "enum" in schema:
        return ", ".join(code(each) for each in schema["enum"])
    if "const" in schema:
        return code(json.dumps(schema["const"]))
    return _container(schema)


def _container(schema: Json) -> str:
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    more = schema.get("additionalProperties")
    if isinstance(more, Mapping) and more:
        return f"object of {_type(more)}"
    kind = schema.get("type", "anything")
    return " or ".join(kind) if isinstance(kind, list) else str(kind)
