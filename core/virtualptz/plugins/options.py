"""Options of what plug-ins offer: what there is to set, and values checked against it.

A model within the options is set by its fields' names behind its own: `track_high_thresh`.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.errors import PydanticInvalidForJsonSchema
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from ..errors import ConfigError
from ..model import NO_UNIT, Extension

_BOUNDS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "pattern": "matching {}",
}


@dataclass(frozen=True, slots=True)
class OptionField:
    """One option, as its model declares it."""

    name: str
    path: tuple[str, ...]
    """The attributes that lead to it."""
    type: str
    """JSON Schema's; empty for a type of the plug-in's own."""
    allowed: str
    """In words: type and bounds, or the values there are."""
    default: Any
    """As JSON has it."""
    required: bool
    unit: str | None
    """None: it has none."""
    description: str
    secret: bool = False
    """Its type says so."""


def option_fields(model: type[BaseModel]) -> tuple[OptionField, ...]:
    return tuple(_fields(model, (), ""))


def parse_options(kind: str, extension: Extension[Any, Any], values: Mapping[str, object]) -> Any:
    """The extension's options from raw values; ConfigError names each bad one and what it may be."""
    options, problems = _parsed(extension.options, values)
    if problems:
        raise ConfigError(f"{kind} {extension.name!r}: {'; '.join(text for _, text in problems)}")
    return options


def check_options(kind: str, extension: Extension[Any, Any], values: Mapping[str, object]) -> None:
    """As `parse_options`, but one that has to be set may be missing: it may come with the call."""
    _, problems = _parsed(extension.options, values)
    texts = [text for type_, text in problems if type_ != "missing"]
    if texts:
        raise ConfigError(f"{kind} {extension.name!r}: {'; '.join(texts)}")


def value_of(options: BaseModel, field: OptionField) -> Any:
    """As JSON has it."""
    value: Any = options
    for name in field.path:
        value = getattr(value, name)
    return to_jsonable_python(value, fallback=str)


def has_option(model: type[BaseModel], name: str) -> bool:
    return model.model_config.get("extra") == "allow" or name in _known(model)


def _fields(model: type[BaseModel], path: tuple[str, ...], prefix: str) -> Iterator[OptionField]:
    schemas = _schemas(model)
    for name, info in model.model_fields.items():
        key = _key(name, info)
        nested = _nested(info)
        if nested is not None:
            yield from _fields(nested, (*path, name), f"{prefix}{key}_")
            continue
        schema = schemas.get(key, {})
        default = (
            None if info.is_required() else info.get_default(call_default_factory=True, validated_data={})
        )
        unit = schema.get("unit", NO_UNIT)
        yield OptionField(
            name=f"{prefix}{key}",
            path=(*path, name),
            type=_type(schema),
            allowed=_allowed(schema),
            default=to_jsonable_python(default, fallback=str),
            required=info.is_required(),
            unit=None if unit == NO_UNIT else unit,
            description=info.description or "",
            secret=schema.get("writeOnly", False),
        )


def _parsed(model: type[BaseModel], values: Mapping[str, object]) -> tuple[Any, list[tuple[str, str]]]:
    """The options, and what is wrong: pydantic's name of the error, and a sentence."""
    problems = [("extra_forbidden", text) for text in _unknown(model, values)]
    options = None
    try:
        options = model.model_validate(_unfolded(model, values))
    except ValidationError as error:
        allowed = {field.name: field.allowed for field in option_fields(model)}
        problems += [
            (item["type"], _problem(allowed, item["loc"], item["msg"]))
            for item in error.errors()
            if item["type"] != "extra_forbidden"  # said by _unknown, with the names that there are
        ]
    return options, problems


def _unfolded(model: type[BaseModel], values: Mapping[str, object]) -> dict[str, Any]:
    """Options of a model within the model, put where it has them."""
    inner = {
        _key(name, info): nested for name, info in model.model_fields.items() if (nested := _nested(info))
    }
    found: dict[str, Any] = {}
    for name, value in values.items():
        owner = next((key for key in inner if name.startswith(f"{key}_") and name not in _keys(model)), None)
        if owner is None:
            found[name] = value
        else:
            found.setdefault(owner, {})[name.removeprefix(f"{owner}_")] = value
    return {
        key: _unfolded(inner[key], each) if key in inner and isinstance(each, dict) else each
        for key, each in found.items()
    }


def _unknown(model: type[BaseModel], values: Mapping[str, object]) -> list[str]:
    """Options that the model would refuse or, worse, ignore."""
    if model.model_config.get("extra") == "allow":
        return []
    known = _known(model)
    there = ", ".join(sorted(known)) or "none"
    whole = _keys(model)
    return [
        f"unknown option {name!r}; there are: {there}"
        for name in values
        if name not in known and name not in whole
    ]


def _known(model: type[BaseModel]) -> frozenset[str]:
    """The options' names, those of models within it too."""
    names: set[str] = set()
    for name, info in model.model_fields.items():
        key, nested = _key(name, info), _nested(info)
        names |= {f"{key}_{each}" for each in _known(nested)} if nested else {key}
    return frozenset(names)


def _keys(model: type[BaseModel]) -> frozenset[str]:
    return frozenset(_key(name, info) for name, info in model.model_fields.items())


def _key(name: str, info: FieldInfo) -> str:
    alias = info.validation_alias or info.alias
    return alias if isinstance(alias, str) else name


def _nested(info: FieldInfo) -> type[BaseModel] | None:
    kind = info.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _problem(allowed: Mapping[str, str], loc: tuple[int | str, ...], message: str) -> str:
    names = [str(part) for part in loc]
    name = next((made for end in range(len(names), 0, -1) if (made := "_".join(names[:end])) in allowed), "")
    where = f"option {name or '.'.join(names)!r}: " if names else ""
    words = allowed.get(name)
    return f"{where}{message}" + (f" (allowed: {words})" if words else "")


def _schemas(model: type[BaseModel]) -> dict[str, dict[str, Any]]:
    try:
        whole = model.model_json_schema()
    except PydanticInvalidForJsonSchema:  # a type of the plug-in's own
        return {}
    definitions = whole.get("$defs", {})

    def resolved(schema: dict[str, Any]) -> dict[str, Any]:
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        return {**definitions.get(name, {}), **schema}

    return {name: resolved(schema) for name, schema in whole.get("properties", {}).items()}


def _type(schema: Mapping[str, Any]) -> str:
    kinds = [each.get("type", "") for each in schema.get("anyOf", [])]
    return " or ".join(kind for kind in (*kinds, schema.get("type", "")) if kind and kind != "null")


def _allowed(schema: Mapping[str, Any]) -> str:
    """What an option may be, in words."""
    if "enum" in schema:
        return ", ".join(json.dumps(value) for value in schema["enum"])
    bounds = [words.format(schema[key]) for key, words in _BOUNDS.items() if key in schema]
    return ", ".join([*([kind] if (kind := _in_words(schema)) else []), *bounds])


def _in_words(schema: Mapping[str, Any]) -> str:
    if schema.get("type") == "array" and schema.get("items", {}).get("type") == "string":
        return "list, commas between"
    return _type(schema).replace("array", "list")
