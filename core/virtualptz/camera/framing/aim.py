"""From what each moment needs to one steady wanted view a moment.

Zooming out takes one reason, zooming in takes all: that is Frigate's rule for its moving cameras.
"""

import math
from dataclasses import dataclass

from ...model import FramingOptions, View
from .blend import between, eased
from .frame import Frame
from .need import Need
from .observation import Wish
from .reasons import Reason
from .shot import Shot

TOO_CLOSE = 1.12
"""Times closer than the margins allow: up to this a shot stays, at their expense. A zoom that never rests is
what viewers complain of, so it changes seldom, and then by something."""
CLOSER = 1.08
"""A shot that could be closer by less than this stays."""
CLOSING_OCTAVES = 0.5
"""A second: how fast it closes in."""
SURE_ENOUGH = 0.35
"""The most doubt with which it closes in."""
OFF_CENTRE = 0.2
"""Of the crop's width: while the camera has further to go than this it does not close in."""
FOLLOWS_SECONDS = 0.6
"""The time constant of a camera that follows; how far it has to go is told by it."""
VELOCITY_SECONDS = 0.3
"""Time constant of the low pass on the wanted view's velocity."""


@dataclass(frozen=True, slots=True)
class Back:
    """The play is back after a silence."""

    view: View
    """Where the silence had led."""
    at: float


@dataclass(frozen=True, slots=True)
class Aim:
    """What is wanted at one moment, and what the next one takes from it."""

    at: float
    view: View
    reason: Reason
    camera_x: float
    """Where a camera that follows would be."""
    vx: float = 0.0
    vy: float = 0.0
    """Of the wanted centre, sources a second."""
    closing: bool = False
    back: Back | None = None
    """While it returns."""


@dataclass(frozen=True, slots=True)
class Moment:
    at: float
    shot: Shot
    need: Need
    steady_zoom: float
    """The closest that will do for the moments around as well."""


def first_aim(moment: Moment, view: View, frame: Frame) -> Aim:
    """Of the first moment that anything was seen; `view`: where the camera looked until then."""
    shot = moment.shot
    if shot.wish is not None:
        wanted = frame.clamp(_wished(shot.wish, view))
    else:
        zoom = moment.steady_zoom
        center = frame.center((moment.need.x, moment.need.y), moment.need.box, shot.ball, zoom)
        wanted = frame.clamp(View(*center, zoom))
    return Aim(moment.at, wanted, shot.reason, wanted.center_x)


def next_aim(last: Aim, moment: Moment, back: Back | None, frame: Frame, options: FramingOptions) -> Aim:
    """`back`: the play has just come back, or has a moment ago."""
    arrived = 1.0 if back is None else eased((moment.at - back.at) / max(options.return_seconds, 1e-9))
    if back is not None and arrived >= 1:
        back = None
    before = last.view if back is None or back.at < moment.at else back.view
    passed = moment.at - last.at
    if moment.shot.wish is not None:
        wanted, closing = _wished(moment.shot.wish, before), False
    else:
        zoom, closing = _zoom(last, before.zoom, moment, back, frame)
        wanted = View(*_center(before, moment, zoom, frame), zoom)
    if back is not None:
        late = arrived * arrived if moment.shot.wish is not None else 1.0
        wanted = between(back.view, wanted, arrived, late)
    wanted = frame.clamp(wanted)
    follows = 1 - math.exp(-passed / FOLLOWS_SECONDS)
    steered = back is not None or moment.shot.wish is not None
    vx, vy = (0.0, 0.0) if steered else _velocity(last, wanted, passed)
    return Aim(
        moment.at,
        wanted,
        "return" if back is not None else moment.shot.reason,
        last.camera_x + follows * (wanted.center_x - last.camera_x),
        vx,
        vy,
        closing,
        back,
    )


def _wished(wish: Wish, before: View) -> View:
    return View(
        before.center_x if wish.x is None else wish.x,
        before.center_y if wish.y is None else wish.y,
        before.zoom if wish.zoom is None else wish.zoom,
    )


def _zoom(last: Aim, before: float, moment: Moment, back: Back | None, frame: Frame) -> tuple[float, bool]:
    """The zoom, and whether it is closing in."""
    zoom, steady = frame.limited(before), moment.steady_zoom
    if zoom > steady * TOO_CLOSE:
        return steady, False
    worth_it = steady > zoom * (1.0 if last.closing else CLOSER)
    if not (worth_it and back is None and _may_close_in(last, moment, zoom, frame)):
        return zoom, False
    closer = zoom * 2 ** (CLOSING_OCTAVES * min(moment.at - last.at, 1.0))
    return min(closer, steady), closer < steady


def _may_close_in(last: Aim, moment: Moment, zoom: float, frame: Frame) -> bool:
    shot = moment.shot
    return (
        shot.manner.may_close_in
        and shot.ball_in_sight
        and shot.doubt <= SURE_ENOUGH
        and abs(moment.need.x - last.camera_x) <= OFF_CENTRE * frame.width(zoom)
    )


def _center(before: View, moment: Moment, zoom: float, frame: Frame) -> tuple[float, float]:
    need, calm = moment.need, moment.shot.manner.calm
    ideal = _calmed(need.x, before.center_x, calm), _calmed(need.y, before.center_y, calm)
    return frame.center(ideal, need.box, moment.shot.ball, zoom)


def _calmed(ideal: float, before: float, calm: float) -> float:
    """The place nearest to `before` that is within `calm` of the ideal one."""
    return min(max(before, ideal - calm), ideal + calm)


def _velocity(last: Aim, wanted: View, passed: float) -> tuple[float, float]:
    if passed <= 0:
        return last.vx, last.vy
    share = 1 - math.exp(-passed / VELOCITY_SECONDS)
    vx = (wanted.center_x - last.view.center_x) / passed
    vy = (wanted.center_y - last.view.center_y) / passed
    return last.vx + share * (vx - last.vx), last.vy + share * (vy - last.vy)
