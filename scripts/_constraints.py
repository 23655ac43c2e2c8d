"""Which version of each package the checks have passed with: python -m scripts._constraints writes the file.

For servers and images, which are to get what was tried, not what came out this morning.
"""

from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

FILE = Path(__file__).parents[1] / "deploy" / "constraints.txt"
PROJECT = "virtualptz-runner-agent"
EXTRAS = ("ffmpeg", "yolo")
"""That servers have."""
HEAD = """\
# The versions that the checks have passed with: pip install --constraint deploy/constraints.txt '.[ffmpeg]'
# Made by scripts/constraints out of the environment of the tests; deploy/upgrade and the Dockerfile go by it.
"""


def pins() -> dict[str, str]:
    """Public versions by normalised name, of all that the project asks for, and of what that asks for."""
    found: dict[str, str] = {}
    seen: set[str] = set()
    left = [Requirement(f"{PROJECT}[{','.join(EXTRAS)}]")]
    while left:
        wanted = left.pop()
        if str(wanted) in seen:
            continue
        seen.add(str(wanted))
        there = _installed(wanted.name)
        if there is None:
            continue
        found[canonicalize_name(wanted.name)] = Version(there.version).public
        left += _asked(there, wanted.extras)
    del found[PROJECT]
    return dict(sorted(found.items()))


def _installed(name: str) -> Distribution | None:
    """None: what only another machine needs, such as CUDA's libraries."""
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def _asked(by: Distribution, extras: set[str]) -> Iterator[Requirement]:
    for text in by.requires or []:
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield requirement


def main() -> None:
    lines = "".join(f"{name}=={version}\n" for name, version in pins().items())
    FILE.write_text(HEAD + lines)


if __name__ == "__main__":
    main()
