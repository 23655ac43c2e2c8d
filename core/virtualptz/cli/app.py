"""What the commands share."""

import logging
import os
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter
from cyclopts.validators import Number

from .. import __version__
from ..errors import ConfigError

if TYPE_CHECKING:
    from ..settings import Settings

app = App(
    name="virtualptz",
    help="Cuts a moving broadcast window out of a fixed wide camera, and publishes it.",
    version=__version__,
    help_format="plaintext",
    result_action="return_value",
)

AsJson = Annotated[bool, Parameter(name="--json", negative="")]
Port = Annotated[int, Parameter(validator=Number(gte=1, lte=65535))]


def read_settings() -> "Settings":
    """The settings; the one about FFmpeg also where a backend in this process looks for it."""
    from ..settings import load_settings

    settings = load_settings()
    if settings.ffmpeg:
        os.environ["RUNNER_FFMPEG"] = settings.ffmpeg
    return settings


def no_log() -> None:
    """For commands that print themselves what would also be logged."""
    logging.getLogger("virtualptz").addHandler(logging.NullHandler())


def parsed_rate(text: str) -> Fraction:
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise ConfigError(f"--fps: {text!r} is not like 30 or 30000/1001") from None


def table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
