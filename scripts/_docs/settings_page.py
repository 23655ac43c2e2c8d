"""The reference of the settings, from the model that reads them."""

import re
from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AliasChoices, SecretStr
from pydantic.fields import FieldInfo

from virtualptz.model import FramingOptions
from virtualptz.settings import NEED_RESTART, Settings

from .page import code, page, table

TABLES = {"framing": "RUNNER_FRAMING_<OPTION>", "plugin": "RUNNER_PLUGIN_<NAME>_<OPTION>"}
"""Settings that are tables of options, and how one of these is called in the environment."""
_BOUNDS = (("ge", "≥"), ("gt", ">"), ("le", "≤"), ("lt", "<"), ("multiple_of", "a multiple of"))
_WORDS = {"str": "text", "int": "whole number", "float": "number", "bool": "true or false", "Path": "path"}
_INTRO = """
Every setting with its type, its limits and its default, as the agent checks them. Each is a variable of the
environment, and stands in the TOML file in lower case, without `RUNNER_`; what is no secret
is a flag of `virtualptz serve` too, as in `--max-jobs 3`. What they mean at length, and what can be changed
while the agent runs, is in [settings.md](../settings.md).
"""


def settings_page() -> str:
    framing = ((code(n), kind(i), default(n, i), i.description or "") for n, i in framing_fields())
    return page(
        "Settings",
        _INTRO,
        table(["variable", "value", "default", "meaning"], _rows()),
        "\\* is read once, when the agent starts.",
        "## Framing",
        "`RUNNER_FRAMING_<OPTION>`, in the file `[framing]`: how tracks become a view.",
        table(["option", "value", "default", "meaning"], framing),
        "What plug-ins can be told is under [options of plug-ins](options.md).",
    )


def framing_fields() -> Iterator[tuple[str, FieldInfo]]:
    yield from FramingOptions.model_fields.items()


def _rows() -> Iterator[tuple[str, ...]]:
    for name, info in Settings.model_fields.items():
        variable = code(variable_of(name, info)) + (" \\*" if name in NEED_RESTART else "")
        if name in TABLES:
            yield variable, f"in the file a table {code(f'[{name}]')}", "", info.description or ""
        else:
            yield variable, kind(info), default(name, info), info.description or ""


def variable_of(name: str, info: FieldInfo) -> str:
    return TABLES.get(name) or alias(info) or f"RUNNER_{name.upper()}"


def alias(info: FieldInfo) -> str:
    """The setting's own name in the environment, where it is not made of its field's."""
    found = info.validation_alias
    if isinstance(found, AliasChoices):
        found = found.choices[0]
    return found if isinstance(found, str) else ""


def kind(info: FieldInfo) -> str:
    limits = [limit for each in info.metadata for limit in _limits(each)]
    if choices := [choice for each in info.metadata for choice in _choices(each)]:
        return " or ".join(map(code, choices))
    return ", ".join([_type(info.annotation), *limits])


def _choices(metadata: Any) -> list[str]:
    found = re.fullmatch(r"\^\(([\w|]+)\)\$", getattr(metadata, "pattern", None) or "")
    return found[1].split("|") if found else []


def _type(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(arguments[0])
    if origin is Literal:
        return ", ".join(map(code, arguments))
    if origin in (Union, UnionType):
        return " or ".join(_type(each) for each in arguments if each is not NoneType)
    if origin is tuple:
        return "list, with commas"
    if annotation is SecretStr:
        return "text, secret"
    name = getattr(annotation, "__name__", str(annotation))
    return _WORDS.get(name, name)


def _limits(metadata: Any) -> Iterator[str]:
    for name, sign in _BOUNDS:
        bound = getattr(metadata, name, None)
        if bound is not None:
            yield f"{sign} {bound}"
    pattern = getattr(metadata, "pattern", None)
    if pattern is not None:
        yield code(pattern)


def default(name: str, info: FieldInfo) -> str:
    if name == "state_dir":
        return code("$XDG_STATE_HOME/virtualptz")
    value = info.get_default(call_default_factory=True, validated_data={})
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, bool):
        return code(str(value).lower())
    return "" if value in ("", (), None) else code(value)
