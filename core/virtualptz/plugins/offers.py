"""What plug-ins offer, by name, and how an offer is built from its options."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.errors import PydanticInvalidForJsonSchema
from pydantic.fields import FieldInfo

from ..errors import ConfigError, PluginError, VirtualPtzError
from ..model import Extension
from .discovery import Found, describe, install_hint

T = TypeVar("T")

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_BOUNDS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
    "pattern": "matching {}",
}


@dataclass(frozen=True, slots=True)
class Offer(Generic[T]):
    plugin: Found
    extension: Extension[T, Any]


@dataclass(slots=True)
class Offers(Generic[T]):
    """All extensions of one kind."""

    kind: str
    """In words, for messages: "media backend"."""
    by_name: dict[str, Offer[T]] = field(default_factory=dict)
    hint: str = ""
    """Said after the names that there are."""

    def add(self, plugin: Found, extension: object) -> str:
        """Take one offer and return its name; raises PluginError where it cannot be taken."""
        checked: Extension[T, Any] = _checked(extension)
        taken = self.by_name.get(checked.name)
        if taken is not None:
            raise PluginError(f"the {self.kind} {checked.name!r} is already offered by {taken.plugin.name!r}")
        self.by_name[checked.name] = Offer(plugin, checked)
        return checked.name

    def find(self, name: str) -> Offer[T]:
        """The offer of this name; raises PluginError, which names those that there are."""
        try:
            return self.by_name[name]
        except KeyError:
            there = ", ".join(sorted(self.by_name)) or "none"
            raise PluginError(f"there is no {self.kind} {name!r}; there are: {there}{self.hint}") from None

    def build(self, name: str, values: Mapping[str, object]) -> T:
        """Create it. ConfigError: an option does not fit; PluginError: unknown, or it cannot be created."""
        offer = self.find(name)
        options = parse_options(self.kind, offer.extension, values)
        try:
            return offer.extension.create(options)
        except VirtualPtzError:
            raise
        except Exception as error:  # the plug-in boundary
            hint = install_hint(offer.plugin) if isinstance(error, ImportError) else ""
            message = f"{self.kind} {name!r} of plug-in {offer.plugin.name!r}: {describe(error)}{hint}"
            raise PluginError(message) from error

    def lacks(self, name: str, values: Mapping[str, object]) -> str | None:
        """What it says it lacks to work with these options, or which of them is wrong; None: nothing.

        Raises PluginError where there is none of this name.
        """
        offer = self.find(name)
        try:
            options = parse_options(self.kind, offer.extension, values)
            missing = None if offer.extension.missing is None else offer.extension.missing(options)
        except VirtualPtzError as error:
            return str(error).removeprefix(f"{self.kind} {name!r}: ")
        except Exception as error:  # noqa: BLE001 - the plug-in boundary
            return describe(error)
        return None if missing is None else " ".join(str(missing).split())


def parse_options(kind: str, extension: Extension[T, Any], values: Mapping[str, object]) -> Any:
    """The extension's options from raw values; ConfigError names each bad one and what it may be."""
    model: type[BaseModel] = extension.options
    problems = _unknown(model, values)
    try:
        options = model.model_validate(dict(values))
    except ValidationError as error:
        problems += [
            _problem(model, item["loc"], item["msg"]) for item in error.errors() if _told(item["type"])
        ]
    if problems:
        raise ConfigError(f"{kind} {extension.name!r}: {'; '.join(problems)}")
    return options


def _checked(extension: object) -> Extension[Any, Any]:
    if not isinstance(extension, Extension):
        raise PluginError(f"offers {_short(extension)}, which is no virtualptz.model.Extension")
    if not (isinstance(extension.name, str) and _NAME.fullmatch(extension.name)):
        raise PluginError(f"offers the name {extension.name!r}; names are like 'my-policy2': {_NAME.pattern}")
    if not (isinstance(extension.options, type) and issubclass(extension.options, BaseModel)):
        raise PluginError(f"the options of {extension.name!r} are no class of pydantic.BaseModel")
    if not callable(extension.create):
        raise PluginError(f"create of {extension.name!r} cannot be called")
    return extension


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _told(kind: str) -> bool:
    return kind != "extra_forbidden"  # said by _unknown, with the names that there are


def _unknown(model: type[BaseModel], values: Mapping[str, object]) -> list[str]:
    """Options that the model would refuse or, worse, ignore."""
    if model.model_config.get("extra") == "allow":
        return []
    known = sorted(_key(name, info) for name, info in model.model_fields.items())
    there = ", ".join(known) or "none"
    return [f"unknown option {name!r}; there are: {there}" for name in values if name not in known]


def _key(name: str, info: FieldInfo) -> str:
    alias = info.validation_alias or info.alias
    return alias if isinstance(alias, str) else name


def _problem(model: type[BaseModel], loc: tuple[int | str, ...], message: str) -> str:
    name = str(loc[0]) if loc else ""
    allowed = _allowed(model, name)
    where = f"option {'.'.join(map(str, loc))!r}: " if loc else ""
    return f"{where}{message}" + (f" (allowed: {allowed})" if allowed else "")


def _allowed(model: type[BaseModel], name: str) -> str:
    """What an option may be, in words, from the model's own schema."""
    try:
        schema = model.model_json_schema().get("properties", {}).get(name, {})
    except PydanticInvalidForJsonSchema:  # a type of the plug-in's own
        return ""
    if "enum" in schema:
        return ", ".join(json.dumps(value) for value in schema["enum"])
    bounds = [words.format(schema[key]) for key, words in _BOUNDS.items() if key in schema]
    return ", ".join([*([schema["type"]] if "type" in schema else []), *bounds])
