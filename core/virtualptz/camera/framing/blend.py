"""From one view to another."""

from ...model import View


def between(start: View, end: View, share: float, zoom_share: float) -> View:
    """`share` of the way for the centre and `zoom_share` of it, in octaves, for the zoom; 0..1."""
    return View(
        start.center_x + share * (end.center_x - start.center_x),
        start.center_y + share * (end.center_y - start.center_y),
        start.zoom * (end.zoom / start.zoom) ** zoom_share,
    )


def eased(share: float) -> float:
    """0..1, slow at both ends; what is outside counts as the nearer end."""
    share = min(max(share, 0.0), 1.0)
    return share * share * (3 - 2 * share)
