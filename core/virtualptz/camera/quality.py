"""How good a camera's path is, in figures that are the same live and offline."""

from ..model import CameraQuality, Edges, TrackingUpdate, View


class QualityMeter:
    """Fed with every view in order of time. Belongs to one operator, which serialises the calls."""

    def __init__(self, window: float | None = 60.0) -> None:
        """`window`: seconds that the figures are of; None: all of the path."""
        self._window = window

    def seen(self, update: TrackingUpdate, at: float) -> None:
        """What was to be seen at stream time `at`; may come early or out of order."""

    def add(self, at: float, view: View, wanted: View | None, edges: Edges) -> None: ...

    def figures(self) -> CameraQuality:
        return CameraQuality()
