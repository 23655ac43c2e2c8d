"""What plug-ins offer, by name, and how an offer is built from its options."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from ..errors import PluginError, VirtualPtzError
from ..model import Extension
from .discovery import Found, describe, install_hint
from .options import parse_options

T = TypeVar("T")

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Offer(Generic[T]):
    plugin: Found
    extension: Extension[T, Any]

    def kind(self, kind: str) -> str:
        """With the plug-in, for messages about its options."""
        return f"plug-in {self.plugin.name!r}: {kind}"

    def options(self, values: Mapping[str, object]) -> Any:
        """The extension's, of raw values; raises ConfigError."""
        return parse_options(f"plug-in {self.plugin.name!r}", self.extension, values)


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
        options = parse_options(offer.kind(self.kind), offer.extension, values)
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
            options = parse_options(offer.kind(self.kind), offer.extension, values)
            missing = None if offer.extension.missing is None else offer.extension.missing(options)
        except VirtualPtzError as error:
            return str(error).removeprefix(f"{offer.kind(self.kind)} {name!r}: ")
        except Exception as error:  # noqa: BLE001 - the plug-in boundary
            return describe(error)
        return None if missing is None else " ".join(str(missing).split())


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
