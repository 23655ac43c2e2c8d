"""A possession: bring the ball up, play in the half court, finish."""

from typing import Literal

from .floor import MIDDLE_Y, Point, between, distance, toward
from .spots import TEAM
from .stage import Script, Stage, carry, give, wait

Ending = Literal["shot", "foul", "stolen", "out"]

LONGEST_SHOT = 8.2
"""Metres; from farther out they drive."""
LANE_CLEARANCE = 0.75
"""Metres between a pass and the nearest defender that a passer wants to see."""


def possession(stage: Stage) -> Script[Ending]:
    """From wherever the holder is to a shot in the air, a foul, a steal, or a ball out of bounds."""
    if stage.holder is not None and stage.depth(stage.holder) > 13:
        yield from _bring_up(stage)
    if stage.fast_break:
        ending = yield from _finish_break(stage)
        if ending is not None:
            return ending
    return (yield from _half_court(stage))


def _bring_up(stage: Stage) -> Script[None]:
    stage.phase = "transition"
    stage.pace = 6.6 if stage.fast_break else stage.rng.uniform(3.6, 4.8)
    if not stage.fast_break and stage.holder not in (stage.offence[0], stage.offence[1]):
        yield from _outlet(stage)
    if stage.fast_break:
        yield from carry(stage, stage.end.at(4.5, MIDDLE_Y + stage.rng.uniform(-2, 2)), 6.6, 5.5)
    else:
        goal = stage.end.at(stage.rng.uniform(8.5, 9.8), MIDDLE_Y + stage.rng.uniform(-2.5, 2.5))
        yield from carry(stage, goal, stage.rng.uniform(3.2, 4.4), 9.0)


def _outlet(stage: Stage) -> Script[None]:
    """A big man looks for a guard."""
    yield from wait(stage.rng.uniform(0.4, 1.0))
    guards = [player for player in stage.offence[:2] if _open(stage, player, 2.0, 14.0)]
    if guards:
        yield from give(stage, guards[0], 10.5)
        yield from wait(0.3)


def _finish_break(stage: Stage) -> Script[Ending | None]:
    """To the hoop while it is open; None where the defence is back."""
    holder = _holder(stage)
    back = sum(1 for player in stage.defence if stage.depth(player) < stage.depth(holder) - 0.5)
    stage.fast_break = back <= 1
    if back > 1:
        yield from carry(stage, stage.spots[stage.offence[0]], 3.6, 3.0)
        return None
    ending = yield from _drive(stage)
    stage.fast_break = False
    return ending


def _half_court(stage: Stage) -> Script[Ending]:
    stage.phase, stage.fast_break, stage.pace = "set_offense", False, 4.2
    deadline = stage.now + stage.rng.uniform(0.5, 7.0)
    while stage.now < deadline:
        yield from wait(stage.rng.uniform(0.25, 0.8))
        _interchange(stage)
        ending = yield from _action(stage)
        if ending is not None:
            return ending
    if stage.rng.random() < 0.55 or stage.apart(_holder(stage), stage.end.hoop) > LONGEST_SHOT:
        return (yield from _drive(stage))
    yield from shoot(stage, stage.rng.uniform(0.35, 0.5))
    return "shot"


def _interchange(stage: Stage) -> None:
    """Away from the ball two players change places, so that their markers have to move too."""
    one, other = stage.rng.sample([player for player in stage.offence if player != stage.holder], 2)
    if stage.rng.random() < 0.6:
        stage.spots[one], stage.spots[other] = stage.spots[other], stage.spots[one]


def _action(stage: Stage) -> Script[Ending | None]:
    draw = stage.rng.random()
    if draw < 0.55:
        return (yield from _pass(stage, cut=False))
    if draw < 0.75:
        return (yield from _pass(stage, cut=True))
    if draw < 0.90:
        yield from _screen(stage)
    else:
        yield from _cut_off_ball(stage)
    return None


def _pass(stage: Stage, *, cut: bool) -> Script[Ending | None]:
    passer = _holder(stage)
    receivers = [player for player in stage.offence if _open(stage, player, 2.5, 10.0)]
    if not receivers:
        yield from _relocate(stage)
        return None
    receiver = stage.rng.choice(receivers)
    draw = stage.rng.random()
    if draw < 0.035:
        return (yield from _stolen(stage, receiver))
    if draw < 0.055:
        return (yield from _thrown_away(stage, receiver))
    if cut:
        stage.send(passer, stage.end.at(1.6, MIDDLE_Y + stage.rng.uniform(-1.5, 1.5)), 5.4)
    yield from give(stage, receiver)
    if cut:
        yield from _come_back(stage, passer)
    return None


def _come_back(stage: Stage, cutter: int) -> Script[None]:
    """He who cut through goes out to the corner, on the side that is less crowded."""
    yield from wait(stage.rng.uniform(0.8, 1.4))
    corners = [
        stage.end.at(1.8, 1.4),
        stage.end.at(1.8, 13.6),
        stage.end.at(8.8, 4.5),
        stage.end.at(8.8, 10.5),
    ]
    others = [stage.spots[player] for player in stage.offence if player != cutter]
    stage.spots[cutter] = max(corners, key=lambda corner: min(distance(corner, spot) for spot in others))
    stage.release(cutter)


def _screen(stage: Stage) -> Script[None]:
    """The centre stands in the way of the ball handler's marker; the handler goes by, the centre rolls."""
    holder = _holder(stage)
    centre = stage.offence[TEAM - 1]
    if holder == centre:
        yield from _relocate(stage)
        return
    side = 1.0 if stage.bodies[holder].y < MIDDLE_Y else -1.0
    marker = stage.bodies[stage.marks[holder]]
    stage.send(centre, (marker.x, marker.y + 0.9 * side), 4.6)
    until = stage.now + 1.8
    while stage.now < until and stage.apart(centre, stage.bodies[centre].goal) > 0.5:
        yield
    x, y = stage.bodies[holder].at
    depth = max(5.5, stage.end.depth(x) - 1.6)
    yield from carry(stage, (stage.end.at(depth, 0)[0], y + 3.6 * side), 4.4, 1.7)
    stage.send(centre, toward(stage.end.hoop, stage.bodies[centre].at, 2.0), 4.8)
    yield from wait(1.0)
    stage.release(centre)


def _cut_off_ball(stage: Stage) -> Script[None]:
    holder = _holder(stage)
    cutter = stage.rng.choice([player for player in stage.offence if player != holder])
    stage.send(cutter, stage.end.at(2.4, MIDDLE_Y + stage.rng.uniform(-1.8, 1.8)), 5.2)
    yield from _come_back(stage, cutter)


def _relocate(stage: Stage) -> Script[None]:
    """A few dribbles to where there is more room."""
    x, y = stage.bodies[_holder(stage)].at
    depth = min(max(stage.end.depth(x) + stage.rng.uniform(-1.5, 2.5), 5.0), 10.0)
    y = min(max(y + stage.rng.choice((-1, 1)) * stage.rng.uniform(1.5, 3.2), 1.2), 13.8)
    yield from carry(stage, (stage.end.at(depth, 0)[0], y), 3.4, 1.6)


def _stolen(stage: Stage, receiver: int) -> Script[Ending]:
    lane = between(stage.ball[:2], stage.bodies[receiver].at, 0.7)
    thief = stage.nearest(stage.defence, lane)
    stage.send(thief, lane, 5.5)
    stage.throw(max(0.4, stage.apart(thief, stage.ball[:2]) / 8), 1.1, player=thief)
    yield from wait(stage.legs[-1].end - stage.now)  # type: ignore[union-attr]
    stage.hold(thief)
    stage.release(thief)
    return "stolen"


def _thrown_away(stage: Stage, receiver: int) -> Script[Ending]:
    """Over his head and out."""
    x, y = stage.bodies[receiver].at
    out: Point = (min(max(x, 1.0), 27.0), -1.3 if y < MIDDLE_Y else 16.3)
    seconds = max(0.5, distance(stage.ball[:2], out) / 10)
    stage.throw(seconds, 0.12, place=out)
    stage.loose = True
    yield from wait(seconds)
    return "out"


def _drive(stage: Stage) -> Script[Ending]:
    """At the hoop: a lay-up, a foul, or out to a shooter."""
    holder = _holder(stage)
    goal = toward(stage.end.hoop, stage.bodies[holder].at, 1.1)
    yield from carry(stage, goal, 6.2 if stage.fast_break else 5.4, 2.2)
    draw = stage.rng.random()
    if draw < 0.11:
        return "foul"
    shooters = [player for player in stage.offence if _open(stage, player, 4.0, 9.0)]
    if draw < 0.40 and shooters and not stage.fast_break:
        yield from give(stage, stage.rng.choice(shooters))
        yield from wait(0.3)
    yield from shoot(stage, stage.rng.uniform(0.3, 0.45))
    return "shot"


def shoot(stage: Stage, lift: float) -> Script[None]:
    """The ball goes up over the holder's head and leaves it; it is in the air at the end of this."""
    shooter = _holder(stage)
    x, y = stage.bodies[shooter].at
    stage.send(shooter, toward((x, y), stage.end.hoop, 0.3), 1.5)
    stage.bodies[shooter].look = stage.end.hoop
    stage.hold(shooter, height=2.3)
    yield from wait(lift)
    far = distance(stage.ball[:2], stage.end.hoop)
    rim = stage.end.hoop
    stage.throw(0.5 + 0.075 * far, 3.05, place=(rim[0], rim[1] + stage.rng.uniform(-0.04, 0.04)))
    stage.loose = True
    stage.release(shooter)


def _holder(stage: Stage) -> int:
    if stage.holder is None:
        raise RuntimeError("this part of the game begins with the ball in hand")
    return stage.holder


def _open(stage: Stage, player: int, nearest: float, farthest: float) -> bool:
    """Whether the holder would pass to him: in range, nobody in the lane."""
    if player == stage.holder:
        return False
    x, y, _ = stage.ball
    there = stage.bodies[player].at
    if not nearest <= distance((x, y), there) <= farthest:
        return False
    return all(_from_lane(stage.bodies[other].at, (x, y), there) > LANE_CLEARANCE for other in stage.defence)


def _from_lane(point: Point, a: Point, b: Point) -> float:
    """Metres from `point` to the middle stretch of the line from `a` to `b`."""
    abx, aby = b[0] - a[0], b[1] - a[1]
    share = ((point[0] - a[0]) * abx + (point[1] - a[1]) * aby) / (abx * abx + aby * aby or 1.0)
    return distance(point, between(a, b, min(max(share, 0.1), 0.9)))
