"""Why a wanted view is what it is: the words that status, decision log and path files show."""

from typing import Literal

Mode = Literal["follow_play", "follow_ball", "half_court_lock", "fast_break"]
"""The values of `tracking_mode_hint` that have a shot of their own."""
Reason = Literal[
    "follow_play",
    "follow_ball",
    "half_court_lock",
    "fast_break",
    "reacquire",
    "target",
    "predict",
    "hold",
    "wide",
    "return",
]
"""What was decided at one moment.

- `follow_play`, `follow_ball`, `half_court_lock`, `fast_break`: the shot of this mode
- `target`: the detector's own `target_x`, `target_y`, `target_zoom`
- `predict`: nothing new for a moment; goes on as it moved
- `hold`: nothing new for `stale_seconds`; stands still
- `wide`: nothing new for `hold_seconds`; eases to the wide view
- `reacquire`: the detector searches; eases to the wide view sooner
- `return`: the play is back; eases in on it
"""

DEFAULT_MODE: Mode = "follow_play"
