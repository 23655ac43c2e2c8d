"""People found by their movement before a fixed camera: no model, no torch."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from virtualptz import hookimpl

if TYPE_CHECKING:
    from virtualptz.model import Extension
    from virtualptz.protocols import TrackingSource


@hookimpl
def vptz_tracking_sources() -> "Iterable[Extension[TrackingSource, Any]]":
    return ()
