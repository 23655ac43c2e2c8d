"""`virtualptz plugins show`: one plug-in, and every option of it."""

import json
from collections.abc import Iterator
from textwrap import fill
from typing import TYPE_CHECKING, Any

from .app import AsJson, no_log, read_settings
from .plugins import plugins_app

if TYPE_CHECKING:
    from ..wire.plugins import PluginDetail, PluginOption

WIDTH = 100


@plugins_app.command
def show(name: str, *, as_json: AsJson = False) -> int:
    """Show one plug-in: its state and origin, and of each option what it is, what is in force, what sets it.

    Parameters
    ----------
    name
        As `virtualptz plugins` lists it; or of something that a plug-in offers.
    as_json
        Print JSON.
    """
    from ..plugin_shown import shown_plugin
    from ..plugins import PluginHost, Switches

    no_log()
    settings = read_settings()
    off = Switches(settings.state_dir).read()
    host = PluginHost.load(settings.plugins_disabled, settings.plugin, switched_off=off)
    detail = shown_plugin(host, settings, name)
    if as_json:
        print(json.dumps(detail.model_dump(mode="json"), indent=2))
    else:
        print("\n".join(_lines(detail)))
    return 0


def _lines(detail: "PluginDetail") -> Iterator[str]:
    yield f"{detail.name}: {detail.state}{f' ({detail.reason})' if detail.reason else ''}"
    if detail.remedy:
        yield f"      -> {detail.remedy}"
    yield f"from     {detail.distribution} {detail.version}"
    yield f"licence  {detail.license or 'it says none'}"
    for kind, names in detail.offers.items():
        if names:
            yield f"offers   {', '.join(names)} ({kind.replace('_', ' ')})"
    if detail.hooks:
        yield f"hooks    {', '.join(detail.hooks)}"
    for name, lack in detail.missing.items():
        yield f"{name} cannot work here: {lack}"
    for problem in detail.wrong:
        yield f"wrong    {problem}"
    for option in detail.options:
        yield from ("", *_option_lines(option))


def _option_lines(option: "PluginOption") -> Iterator[str]:
    unit = f" {option.unit}" if option.unit else ""
    yield f"{option.extension}.{option.name} = {_text(option.value)}{unit} ({option.origin})"
    if option.description:
        yield fill(option.description, WIDTH, initial_indent="    ", subsequent_indent="    ")
    default = "none: it has to be set" if option.required else _text(option.default)
    yield f"    {option.allowed or 'a type of its own'}; default {default}"
    yield f"    {option.variable}, or in the file {option.key}"


def _text(value: Any) -> str:
    return value if isinstance(value, str) and value else json.dumps(value)
