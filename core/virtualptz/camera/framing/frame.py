"""Where the camera may look, and how a crop is laid around what it must show."""

from ...model import Edges, FramingOptions, View
from .box import Box

MOST_MARGIN = 0.45
"""Of the crop: something must be left to show."""


class Frame:
    """The edges as they are now, within the zooms of the options."""

    def __init__(self, options: FramingOptions, edges: Edges) -> None:
        self._edges = edges
        self._side, self._head = options.margin, options.headroom
        self.least = min(max(options.min_zoom, edges.min_zoom), edges.max_zoom)
        self.most = max(min(options.max_zoom, edges.max_zoom), self.least)
        self.clamp = edges.clamp
        wide = edges.wide
        self.wide = edges.clamp(View(wide.center_x, wide.center_y, self.least))
        """The view that shows most."""

    def width(self, zoom: float) -> float:
        """Of the crop, sources."""
        return self._edges.shape.width / zoom

    def limited(self, zoom: float) -> float:
        return min(max(zoom, self.least), self.most)

    def zoom(self, box: Box, room: float) -> float:
        """The closest zoom that shows the box with `room` times the margins; within no limits."""
        shape = self._edges.shape
        side, head = min(self._side * room, MOST_MARGIN), min(self._head * room, MOST_MARGIN)
        across = shape.width * (1 - 2 * side) / max(box.right - box.left, 1e-3)
        down = shape.height * (1 - side - head) / max(box.bottom - box.top, 1e-3)
        return min(across, down)

    def center(
        self, ideal: tuple[float, float], box: Box, ball: tuple[float, float] | None, zoom: float
    ) -> tuple[float, float]:
        """The ideal centre, moved as little as it takes to show the box; the ball, where that is too large.

        Where the zoom is fixed only the ball is asked for: else the crop would swing between the players at
        the ends of a box that it can never hold.
        """
        width, height = self._edges.shape.width / zoom, self._edges.shape.height / zoom
        side, head = self._side, self._head
        x, y = ideal
        free = self.most > self.least
        if free:
            x = _seeing(x, box.left, box.right, width, side, side)
            y = _seeing(y, box.top, box.bottom, height, head, side)
        if ball is not None and not (free and box.right - box.left <= width):
            x = _seeing(x, ball[0], ball[0], width, side, side)
        if ball is not None and not (free and box.bottom - box.top <= height):
            y = _seeing(y, ball[1], ball[1], height, side, side)
        return x, y


def _seeing(center: float, low: float, high: float, size: float, before: float, after: float) -> float:
    """The centre nearest to `center` whose crop of `size` holds low..high with shares of it to spare.

    Where they take more than there is, what is to spare goes first; where even that is not enough, any
    centre will do that fills the crop with them.
    """
    spare, asked = max(size - (high - low), 0.0), (before + after) * size
    if spare < asked:
        before, after = before * spare / asked, after * spare / asked
    first = high + after * size - size / 2
    last = low - before * size + size / 2
    if first > last:
        first, last = last, first
    return min(max(center, first), last)
