"""The reference of what plug-ins can be told, from their options."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

import virtualptz_ffmpeg
import virtualptz_motion
from virtualptz.camera import policies
from virtualptz.model import Extension
from virtualptz.plugins import option_fields
from virtualptz.tracking import sources
from virtualptz_yolo.options import YoloOptions

from .page import code, page, table

_INTRO = """
What can be set of the media backend, the policies and the detectors that come with the agent:
`RUNNER_PLUGIN_<NAME>_<OPTION>` in the environment, or the option's name in the TOML file's `[plugin.<name>]`.
`virtualptz plugins show NAME` shows the same of any plug-in that is installed, with what is in force.
"""


def options_page() -> str:
    parts = [part for name, options in models() for part in (f"## {code(name)}", _options(options))]
    return page("Options of plug-ins", _INTRO, *parts)


def models() -> Iterator[tuple[str, type[BaseModel]]]:
    """What each extension of ours can be told. YOLO's also where what it needs is not installed."""
    offers: tuple[Extension[Any, Any], ...] = (
        *virtualptz_ffmpeg.vptz_media_backends(),
        *policies.vptz_smoothing_policies(),
        *sources.vptz_tracking_sources(),
        *virtualptz_motion.vptz_tracking_sources(),
    )
    yield from ((offer.name, offer.options) for offer in offers)
    yield "yolo", YoloOptions


def _options(options: type[BaseModel]) -> str:
    rows = [
        (
            code(field.name),
            field.allowed or field.type,
            "required" if field.required else _default(field.default),
            field.unit or "",
            field.description,
        )
        for field in option_fields(options)
    ]
    return table(["option", "value", "default", "unit", "meaning"], rows) if rows else "It has no options."


def _default(value: object) -> str:
    if isinstance(value, bool):
        return code(str(value).lower())
    if isinstance(value, list | tuple):
        return code(",".join(map(str, value))) if value else ""
    return "" if value in ("", None) else code(value)
