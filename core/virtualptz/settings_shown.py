"""The settings as they are in force, and where each comes from."""

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from .flags import SECRET_WORDS
from .redact import mask, redact_uri, register_secret
from .settings import FRAMING_PREFIX, PLUGIN_OPTION_PREFIX, Settings, config_file
from .wire.plugins import Origin

HIDDEN = "********"


@dataclass(frozen=True, slots=True)
class Shown:
    name: str
    """As it is called in the environment."""
    value: str
    origin: Origin


def shown(settings: Settings, *, redact: bool = True) -> list[Shown]:
    """Every setting, and the options of framing and plug-ins that are set. `redact` hides what is secret."""
    in_file = _file_keys()
    found = [
        *_plain(settings, in_file, redact=redact),
        *_framing(settings),
        *_plugins(settings, redact=redact),
    ]
    return sorted(found, key=lambda each: each.name)


def misspelt(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Variables that nearly are settings, and those. Others may well be meant for other programs."""
    known = [_variable(name) for name in Settings.model_fields]
    for name in environ:
        free = (PLUGIN_OPTION_PREFIX, FRAMING_PREFIX)
        if name.startswith(("RUNNER_", "PREVIEW_")) and not name.startswith(free):
            near = get_close_matches(name, [*known, "RUNNER_CONFIG"], n=1, cutoff=0.8)
            if near and near[0] != name:
                yield name, near[0]


def _variable(name: str) -> str:
    return str(Settings.model_fields[name].validation_alias or f"RUNNER_{name.upper()}")


def _plain(settings: Settings, in_file: frozenset[str], *, redact: bool) -> Iterator[Shown]:
    for name in Settings.model_fields:
        if name in ("framing", "plugin"):
            continue
        variable = _variable(name)
        origin: Origin = "default"
        if settings.flags.has(variable):
            origin = "flag"
        elif variable in os.environ:
            origin = "environment"
        elif name in in_file or variable.lower() in in_file:
            origin = "file"
        yield Shown(variable, _text(getattr(settings, name), redact=redact), origin)


def _framing(settings: Settings) -> Iterator[Shown]:
    for option, value in settings.framing.items():
        variable = f"{FRAMING_PREFIX}{option.upper()}"
        yield Shown(variable, str(value), _origin_of(settings, variable))


def _plugins(settings: Settings, *, redact: bool) -> Iterator[Shown]:
    for name, options in settings.plugin.items():
        for option, value in options.items():
            variable = f"{PLUGIN_OPTION_PREFIX}{name.replace('-', '_')}_{option}".upper()
            secret = redact and option.lower().endswith(SECRET_WORDS)
            text = HIDDEN if secret else _text(value, redact=redact)
            yield Shown(variable, text, _origin_of(settings, variable))


def hidden_where_secret(name: str, value: Any) -> Any:
    """An option's value as JSON has it, as anybody may see it."""
    if value and name.lower().endswith(SECRET_WORDS):
        return HIDDEN
    return _text(value, redact=True) if isinstance(value, str) else value


def _origin_of(settings: Settings, variable: str) -> Origin:
    if settings.flags.has(variable):
        return "flag"
    return "environment" if variable in os.environ else "file"


def _file_keys() -> frozenset[str]:
    """What the file sets, in the names of its top level."""
    path: Path = config_file()
    if not path.exists():
        return frozenset()
    content: Mapping[str, Any] = tomllib.loads(path.read_text())
    return frozenset(content)


def _text(value: object, *, redact: bool) -> str:
    if isinstance(value, SecretStr):
        secret = value.get_secret_value()
        return HIDDEN if secret and redact else secret
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(str(part) for part in value)
    text = str(value)
    if redact and "://" in text:
        register_secret(text)
        return mask(redact_uri(text))
    return text
