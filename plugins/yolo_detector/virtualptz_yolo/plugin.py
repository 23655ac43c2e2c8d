"""The plug-in. Importing it fails where Ultralytics is not installed; the package itself does not need it."""

from collections.abc import Iterable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from virtualptz import hookimpl

if TYPE_CHECKING:
    from virtualptz.model import Extension, Finding
    from virtualptz.protocols import TrackingSource

    from .options import YoloOptions

if find_spec("ultralytics") is None:
    # Looked for, not imported: with torch, it takes seconds.
    raise ModuleNotFoundError("Ultralytics is not installed", name="ultralytics")

PREFERENCE = 20


@hookimpl
def vptz_tracking_sources() -> "Iterable[Extension[TrackingSource, Any]]":
    from virtualptz.model import Extension

    from .checks import missing
    from .options import YoloOptions

    return (Extension("yolo", YoloOptions, _create, missing=missing, preference=PREFERENCE),)


@hookimpl
def vptz_doctor() -> "Iterable[Finding]":
    from .checks import findings

    return findings()


def _create(options: "YoloOptions") -> "TrackingSource":
    # Imported where a source is made: the agent, which only lists it, stays free of torch.
    from .detector import source

    return source(options)
