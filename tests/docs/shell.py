"""The shell blocks of the pages: what they say, and a shell that does it."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType

from ..architecture import ROOT
from ..e2e.processes import Peer, ffmpeg, program, wait_for

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").glob("*.md")])
_BLOCK = re.compile(r"(?:<!-- test: (?P<how>[^>]*?) -->\n)?```sh\n(?P<text>.*?)```", re.DOTALL)
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_END = "--end-of-block--"
_OPERATORS = {"|", "||", "&", "&&", ";", "(", ")", "|&"}


@dataclass(frozen=True, slots=True)
class Block:
    text: str
    how: str
    """What the page says of it for the tests: `goes on` (until it is stopped), `not run` and why."""


def blocks(page: Path) -> list[Block]:
    return [Block(found["text"], found["how"] or "") for found in _BLOCK.finditer(page.read_text())]


def commands(text: str) -> Iterator[list[str]]:
    """Each program that a block calls, with its arguments; no assignments, no redirections."""
    words: list[str] = []
    for line in _whole_lines(text):
        lexer = shlex.shlex(line, posix=True, punctuation_chars="();|&")
        lexer.whitespace_split = True
        for word in [*lexer, ";"]:
            if word not in _OPERATORS and set(word) - set("();|&"):
                words.append(word)
            elif words:
                yield from _program(words)
                words = []


def _whole_lines(text: str) -> Iterator[str]:
    """Lines, with those that go on in the next one: behind a backslash, or within quotes."""
    held = ""
    for line in text.splitlines():
        held += line.removesuffix("\\") + (" " if line.endswith("\\") else "\n")
        try:
            shlex.split(held, comments=True)
        except ValueError:
            continue
        if not line.endswith("\\"):
            yield held
            held = ""
    assert not held.strip(), f"a quote is never closed: {held}"


def _program(words: list[str]) -> Iterator[list[str]]:
    while words and _ASSIGNMENT.match(words[0]):
        inner = words[0].partition("=")[2]
        if inner.startswith("$"):  # $(program ...), whose bracket has ended the word
            words = words[1:]
            break
        words = words[1:]
    kept: list[str] = []
    for word in words:
        if re.match(r"\d?[<>]", word):
            break
        kept.append(word)
    if kept and kept[0] not in ("{", "}"):
        yield kept


until = partial(wait_for, every=0.25)
"""What is asked are other programs: not too often."""


class Shell:
    """Does what a page says, a block at a time, in a folder and with addresses of its own."""

    def __init__(self, folder: Path, changes: Mapping[str, str], settings: Mapping[str, str]) -> None:
        for each in ("curl", "jq"):
            program(each)
        self.folder = folder
        self.environ = _environ(folder) | dict(settings)
        self._changes = changes
        self._peers: list[Peer] = []
        self._bash = subprocess.Popen(
            [shutil.which("bash") or "bash"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=folder,
            env=self.environ,
        )

    def __enter__(self) -> "Shell":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bash.communicate()
        for peer in reversed(self._peers):
            peer.stop(20)

    def changed(self, text: str) -> str:
        for old, new in self._changes.items():
            text = text.replace(old, new)
        return text

    def go_on(self, text: str) -> Peer:
        """A block that runs until it is stopped, in a terminal of its own. Signals go to its last program."""
        *lines, last = self.changed(text).rstrip().splitlines()
        script = "\n".join([f"cd {shlex.quote(str(self.folder))}", *lines, f"exec {last}"])
        log = self.folder / f"terminal{len(self._peers)}.log"
        self._peers.append(Peer(["bash", "-euc", script], log, env=self.environ))
        return self._peers[-1]

    def run(self, text: str, *, code: int = 0) -> str:
        """What a block prints. What the blocks before it have set and defined is still there."""
        assert self._bash.stdin is not None
        assert self._bash.stdout is not None
        script = self.folder / "block.sh"
        script.write_text(self.changed(text))
        self._bash.stdin.write(f". {shlex.quote(str(script))} </dev/null; printf '\n%s %s\n' {_END} $?\n")
        self._bash.stdin.flush()
        printed = ""
        for line in self._bash.stdout:
            if line.startswith(_END):
                assert line.split()[1] == str(code), f"{text}: {printed}"
                return printed.removesuffix("\n")
            printed += line
        raise AssertionError(f"the shell has ended: {printed}")


def _environ(folder: Path) -> dict[str, str]:
    """A home of its own, our programs on the PATH, small pictures."""
    tools = folder / "tools"
    tools.mkdir()
    (tools / "ffmpeg").symlink_to(ffmpeg())
    path = [str(tools), str(Path(sys.executable).parent), os.environ.get("PATH", ""), "/usr/sbin"]
    ours = ("RUNNER_", "PREVIEW_", "XDG_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)} | {
        "PATH": os.pathsep.join(path),
        "HOME": str(folder),
        "RUNNER_VIDEO_ENCODER": "libx264",
        "RUNNER_OUTPUT_WIDTH": "320",
        "RUNNER_OUTPUT_HEIGHT": "180",
        "PYTHONUNBUFFERED": "1",
    }
