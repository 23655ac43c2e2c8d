"""Finds plug-ins by their entry points, and imports one at a time."""

import importlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, distribution, distributions
from typing import Any

from stevedore import NamedExtensionManager

from ..errors import PluginError
from ..hookspecs import ENTRY_POINT_GROUP

OWN_DISTRIBUTION = "virtualptz-runner-agent"


class MissingExtraError(PluginError):
    """A plug-in whose entry point names an extra, and that does not find what the extra would bring."""


@dataclass(frozen=True, slots=True)
class Found:
    """An entry point of our group, not imported yet, and whose it is."""

    name: str
    entry_point: EntryPoint
    distribution: str
    version: str
    license: str


def find_plugins() -> list[Found]:
    """Every plug-in that is installed: this distribution's own first, the others by name.

    Reads what is on disk now, so that a plug-in installed a moment ago is found. One distribution with an
    unreadable entry_points.txt costs only itself.
    """
    importlib.invalidate_caches()
    names = {_canonical(found.name) for found in distributions() if _has_plugins(found)}
    plugins = [plugin for name in names for plugin in _of_distribution(distribution(name))]
    return sorted(plugins, key=lambda one: (one.distribution != OWN_DISTRIBUTION, one.name, one.distribution))


def installed() -> list[str]:
    """The names of all plug-ins."""
    return sorted({found.name for found in find_plugins()})


def load_plugin(found: Found) -> Any:
    """Import the plug-in; raises PluginError with the reason, whatever it threw (bar KeyboardInterrupt).

    MissingExtraError where it is only that an extra was not installed.
    """
    failures: list[BaseException] = []
    try:
        manager = _OneEntryPoint(found.entry_point, failures)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - stevedore lets AssertionError and SystemExit out
        failures.append(error)
    if failures:
        lacks_extra = isinstance(failures[0], ImportError) and bool(install_hint(found))
        kind = MissingExtraError if lacks_extra else PluginError
        raise kind(_why(failures[0], found)) from failures[0]
    return manager.extensions[0].plugin


def forget(found: Found) -> None:
    """Let its next import read what is on disk now. What of it is in use stays as it is."""
    package = found.entry_point.value.partition(":")[0].partition(".")[0].strip()
    if found.distribution == OWN_DISTRIBUTION or package == __package__.partition(".")[0]:
        return
    for name in [each for each in sys.modules if each.partition(".")[0] == package]:
        del sys.modules[name]


def describe(error: BaseException) -> str:
    """`ValueError: what it said`, on one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def install_hint(found: Found) -> str:
    """How to get what an import did not find; empty where the entry point names no extra."""
    extras = ",".join(found.entry_point.extras)
    return f" (try: pip install '{found.distribution}[{extras}]')" if extras else ""


class _OneEntryPoint(NamedExtensionManager[Any]):
    """stevedore's manager for one entry point that is already known.

    Its own list comes from a cache on disk, which misses a plug-in reinstalled within the last minutes.
    """

    def __init__(self, entry_point: EntryPoint, failures: list[BaseException]) -> None:
        self._entry_point = entry_point
        super().__init__(
            ENTRY_POINT_GROUP,
            names=[entry_point.name],
            on_load_failure_callback=lambda _manager, _entry_point, error: failures.append(error),
            on_missing_entrypoints_callback=None,
        )

    def list_entry_points(self) -> list[EntryPoint]:
        return [self._entry_point]


def _entry_text(found: Distribution) -> str:
    try:
        return found.read_text("entry_points.txt") or ""
    except UnicodeDecodeError:  # not ours, then: our group's name is ASCII, and so are modules in practice
        return ""


def _has_plugins(found: Distribution) -> bool:
    """Also that it has a METADATA file: the rests of a broken uninstall have none, and no name."""
    return ENTRY_POINT_GROUP in _entry_text(found) and found.read_text("METADATA") is not None


def _of_distribution(found: Distribution) -> Iterator[Found]:
    licence = _licence(found)
    for name, value in _our_entries(_entry_text(found)):
        entry_point = EntryPoint(name, value, ENTRY_POINT_GROUP)
        yield Found(name, entry_point, found.name, found.version, licence)


def _our_entries(text: str) -> Iterator[tuple[str, str]]:
    """The group's `name = value` lines. One without a value is kept: its import says what is wrong."""
    section = ""
    for line in (raw.strip() for raw in text.splitlines()):
        if line.startswith("[") and line.endswith("]"):
            section = line[1:-1].strip()
        elif section == ENTRY_POINT_GROUP and line and line[0] not in "#;":
            name, _, value = line.partition("=")
            yield name.strip(), value.strip()


def _licence(found: Distribution) -> str:
    meta = found.metadata
    expression = meta["License-Expression"] or ""
    if expression:
        return expression
    classifiers = meta.get_all("Classifier") or []
    named = [one.rpartition(" :: ")[2] for one in classifiers if one.startswith("License :: ")]
    return named[0] if named else (meta["License"] or "").partition("\n")[0]


def _canonical(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def _why(error: BaseException, found: Found) -> str:
    value = found.entry_point.value
    if EntryPoint.pattern.match(value) is None:
        return f"its entry point is {value!r}, which is no 'module' or 'module:object'"
    return describe(error) + (install_hint(found) if isinstance(error, ImportError) else "")
