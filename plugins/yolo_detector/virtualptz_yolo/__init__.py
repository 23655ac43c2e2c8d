"""People and ball found by Ultralytics YOLO (the extra `[yolo]`, under the AGPL-3.0)."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from virtualptz import hookimpl

if TYPE_CHECKING:
    from virtualptz.model import Extension
    from virtualptz.protocols import TrackingSource


@hookimpl
def vptz_tracking_sources() -> "Iterable[Extension[TrackingSource, Any]]":
    return ()
