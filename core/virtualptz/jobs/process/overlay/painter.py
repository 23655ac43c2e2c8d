"""From a picture to the same picture with the overlay on it."""

from ....model import WHOLE_FRAME, View
from ....protocols import MediaBackend, Picture
from .notes import SceneNotes


class OverlayPainter:
    """Called by the thread of the taps, for each picture that somebody watches."""

    def __init__(self, backend: MediaBackend, notes: SceneNotes) -> None:
        self._backend = backend
        self._notes = notes

    def paint(self, picture: Picture, at: float, size: tuple[int, int]) -> Picture:
        """The picture of stream time `at`, scaled to width x height and drawn on."""
        # A job starts fast, and few are watched: what draws is imported when the first one is.
        from .drawing import draw

        small = picture.render(View(), WHOLE_FRAME, *size)
        return self._backend.picture(draw(small.to_array(*size), self._notes.scene(at)), picture.pts)
