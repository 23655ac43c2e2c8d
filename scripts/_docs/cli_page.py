"""The reference of the command, as Cyclopts writes it."""

import re
from collections.abc import Iterator

from cyclopts import App

from virtualptz import cli

from .page import page

_SETTINGS = "**Settings**:"
_INTRO = """
Every command of `virtualptz` with its arguments. Settings, which most of them read too, are in
[settings.md](../settings.md). All end with 0 where they did what was asked, and with 2 where arguments or
settings cannot work.
"""


def cli_page() -> str:
    text = cli.app.generate_docs(output_format="markdown")
    text = re.sub(r"^(virtualptz\b.*?) -[mc]\b(?: [\w.]+)?", r"\1", text, flags=re.MULTILINE)  # who writes it
    body = text.partition("\n## virtualptz")[2]
    body = re.sub(r"[ \t]+$", "", f"## virtualptz{body}", flags=re.MULTILINE)
    return page("Commands", _INTRO, _settings_once(body))


def _settings_once(body: str) -> str:
    """The flags of the settings, which several commands take, where they come first."""
    first = body.find(f"{_SETTINGS}\n\n*")
    if first < 0:
        return body
    end = body.index("\n\n## ", first)
    again = re.compile(rf"{re.escape(_SETTINGS)}\n\n(?:\* .*\n?)+")
    return body[:end] + again.sub(f"{_SETTINGS} as [`serve`](#virtualptz-serve) takes them.\n", body[end:])


def commands(app: App | None = None, path: tuple[str, ...] = ()) -> Iterator[tuple[str, App]]:
    """Every command by its words, such as `plugins enable`."""
    for name in app if app is not None else cli.app:
        if not name.startswith("-"):
            command = (app or cli.app)[name]
            if command.show:
                yield " ".join([*path, name]), command
                yield from commands(command, (*path, name))


def options(command: App) -> set[str]:
    """The long names of a command's own parameters."""
    if command.default_command is None:
        return set()
    arguments = command.assemble_argument_collection()
    return {
        name
        for argument in arguments
        if argument.show and argument.parameter.parse is not False
        for name in argument.names
        if name.startswith("--")
    }
