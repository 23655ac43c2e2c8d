"""From a tracking update to the view that it asks for."""

from statistics import median

from ...model import TrackingUpdate, View

SPREAD_SHARE = 0.8
"""How much of the picture the targets may fill before the shot widens."""
CLOSEST_ZOOM = 2.0
"""Without a wish of the detector, no closer than half the frame."""


def wanted_view(update: TrackingUpdate, current: View) -> View | None:
    """Where the detector wants the camera, else the middle of what it sees; None where it says neither.

    A detector that has lost the play steers nothing: what it reports then is a guess.
    """
    if update.tracking_state == "lost":
        return None
    if update.target_x is not None or update.target_y is not None or update.target_zoom is not None:
        return View(
            current.center_x if update.target_x is None else update.target_x,
            current.center_y if update.target_y is None else update.target_y,
            current.zoom if update.target_zoom is None else update.target_zoom,
        )
    if not update.targets:
        return None
    across = [target.x for target in update.targets]
    down = [target.y for target in update.targets]
    spread = max(max(across) - min(across), max(down) - min(down))
    zoom = min(CLOSEST_ZOOM, SPREAD_SHARE / max(spread, SPREAD_SHARE / CLOSEST_ZOOM))
    return View(median(across), median(down), max(zoom, 1.0))
