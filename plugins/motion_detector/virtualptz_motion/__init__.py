"""People found by their movement before a fixed camera: no model, no torch."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from virtualptz import hookimpl

if TYPE_CHECKING:
    from virtualptz.model import Extension
    from virtualptz.protocols import TrackingSource

    from .options import MotionOptions

PREFERENCE = 10
"""It runs anywhere, so whatever else works on a machine goes first."""


@hookimpl
def vptz_tracking_sources() -> "Iterable[Extension[TrackingSource, Any]]":
    from virtualptz.model import Extension

    from .options import MotionOptions

    return (Extension("motion", MotionOptions, _create, preference=PREFERENCE),)


def _create(options: "MotionOptions") -> "TrackingSource":
    # Imported where a source is made: the agent, which only lists it, stays free of OpenCV.
    from .detector import source

    return source(options)
