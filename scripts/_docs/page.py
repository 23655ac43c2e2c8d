"""Markdown, in the little that the reference needs."""

import inspect
import re
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

ROOT = Path(__file__).parents[2]
WRITTEN = "<!-- Written by `scripts/docs write` from the code: change it there. -->"

_TAG = re.compile(r"<(?!/?code>)")


def page(title: str, *parts: str) -> str:
    """A whole page, with a line on top that says who wrote it."""
    return "\n\n".join([WRITTEN, f"# {title}", *(part.strip("\n") for part in parts if part)]) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose cells may hold anything that one line can."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(text: str) -> str:
    """On one line; `<` outside of code is no tag."""
    parts = " ".join(text.split()).replace("|", "\\|").split("`")
    parts[::2] = [_TAG.sub("&lt;", part) for part in parts[::2]]
    return "`".join(parts)


def code(text: object) -> str:
    """As code; a bar would end a table's cell, on one site or the other, however it is escaped."""
    if "|" in str(text):
        return f"<code>{escape(str(text)).replace('|', '&#124;')}</code>"
    return f"`{text}`"


def prose(docstring: str | None) -> str:
    """A docstring as it reads: its indents taken away."""
    return inspect.cleandoc(docstring or "")
