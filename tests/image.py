"""The Dockerfile, read as a builder reads it."""

import json
import re
import shlex
from dataclasses import dataclass

from .architecture import ROOT

DOCKERFILE = ROOT / "Dockerfile"
INSTRUCTION = re.compile(r"(?P<name>[A-Z]+)\s+(?P<rest>.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Instruction:
    name: str
    rest: str
    """Without continued lines."""

    @property
    def words(self) -> list[str]:
        """Of an exec form, or of plain words."""
        return list(json.loads(self.rest)) if self.rest.startswith("[") else shlex.split(self.rest)


def instructions(stage: int | None = None) -> list[Instruction]:
    """All of them, or those of the n-th stage: 0 is what comes before the first FROM."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    found, at = [], 0
    for line in filter(None, map(str.strip, text.splitlines())):
        match = INSTRUCTION.fullmatch(line)
        assert match, line
        at += match["name"] == "FROM"
        if stage is None or stage == at:
            found.append(Instruction(match["name"], match["rest"].strip()))
    return found


def last(name: str) -> Instruction:
    """The one in force in the image."""
    return [each for each in instructions(2) if each.name == name][-1]


def environment() -> dict[str, str]:
    """What the image sets."""
    pairs = [word for each in instructions(2) if each.name == "ENV" for word in each.words]
    return dict(pair.split("=", 1) for pair in pairs)
