"""What the commands share."""

import logging
import os
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter
from cyclopts.validators import Number

from .. import __version__
from ..errors import ConfigError

if TYPE_CHECKING:
    from ..camera.replay.spec import BuildPolicy
    from ..settings import Settings

app = App(
    name="virtualptz",
    help="Cuts a moving broadcast window out of a fixed wide camera, and publishes it.",
    version=__version__,
    help_format="plaintext",
    result_action="return_value",
)

AsJson = Annotated[bool, Parameter(name="--json", negative="")]
Pairs = Annotated[tuple[str, ...], Parameter(negative="", show_default=False)]
Text = Annotated[str, Parameter(show_default=False)]
"""Empty where it is not given."""
Port = Annotated[int, Parameter(validator=Number(gte=1, lte=65535))]


def read_settings() -> "Settings":
    """Of file and environment."""
    from ..settings import load_settings

    return in_environ(load_settings())


def in_environ(settings: "Settings") -> "Settings":
    """That a backend in this process finds what it is told by the environment."""
    from ..settings import for_backends

    os.environ.update(for_backends(settings))
    return settings


def no_log() -> None:
    """For commands that print themselves what would also be logged."""
    logging.getLogger("virtualptz").addHandler(logging.NullHandler())


def parsed_rate(text: str) -> Fraction:
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise ConfigError(f"--fps: {text!r} is not like 30 or 30000/1001") from None


def parsed_pairs(option: str, texts: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not (name and equals):
            raise ConfigError(f"{option}: {text!r} is not like name=value")
        pairs[name] = value
    return pairs


def policy_builder(settings: "Settings") -> "BuildPolicy":
    """Policies as they are installed; of their options only those that are asked for."""
    from ..camera.operator import NamedPolicy
    from ..plugins import PluginHost

    host = PluginHost.load(settings.plugins_disabled)

    def build(name: str, lookahead: float, options: Mapping[str, Any]) -> NamedPolicy:
        if "lookahead" in options:
            raise ConfigError("--lookahead sets the look-ahead, for the policy and for the job alike")
        return NamedPolicy(name, host.smoothing_policy(name, lookahead=lookahead, **options))

    return build


def table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
