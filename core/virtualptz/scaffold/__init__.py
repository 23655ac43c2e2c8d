"""A plug-in to begin with: a distribution of its own that installs, is typed, and passes its contract."""

import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Literal

from ..errors import ConfigError

Kind = Literal["policy", "tracking", "media"]

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class _About:
    description: str
    use: str
    """The command that shows it at work."""


_KINDS: dict[Kind, _About] = {
    "policy": _About("A smoothing policy", "RUNNER_SMOOTHING_POLICY=${name} virtualptz serve"),
    "tracking": _About("A detector", "RUNNER_DETECTOR=${name} virtualptz serve"),
    "media": _About("A media backend", "RUNNER_MEDIA_BACKEND=${name} virtualptz serve"),
}


def write_plugin(name: str, kind: Kind, into: Path) -> Path:
    """The new folder `vptz-NAME` in `into`. ConfigError for a name that will not do or is taken there."""
    if not NAME.fullmatch(name) or len(name) > 40:
        raise ConfigError(
            f"{name!r} is no name for a plug-in: small letters, digits and single hyphens, a letter first"
        )
    folder = into / f"vptz-{name}"
    module = f"vptz_{name.replace('-', '_')}"
    title = "".join(part.capitalize() for part in name.split("-"))
    about = _KINDS[kind]
    words = {"name": name, "module": module, "title": title, "description": about.description}
    words["use"] = Template(about.use).substitute(words)
    contents = {
        "pyproject.toml": "pyproject",
        f"{module}.py": kind,
        f"test_{module}.py": f"{kind}_test",
        "README.md": "readme",
    }
    try:
        folder.mkdir(parents=True)
        for file, template in contents.items():
            text = (files(__name__) / "templates" / f"{template}.txt").read_text()
            (folder / file).write_text(Template(text).substitute(words))
    except FileExistsError:
        raise ConfigError(
            f"{folder} is there already: choose another name, or --into another folder"
        ) from None
    except OSError as error:
        raise ConfigError(f"{folder} cannot be written: {error.strerror}") from error
    return folder
