"""What comes between possessions: rebounds, baskets, throw-ins, free throws, and the long whistle."""

from .floor import BALL_RADIUS, MIDDLE_Y, WIDTH, Point, distance
from .offence import Ending, possession, shoot
from .spots import BEHIND_THE_ARC, FREE_THROW_SPOT, LANE_DEFENCE, LANE_OFFENCE, Formation
from .stage import Script, Stage, carry, gather, give, wait

FIELD_GOALS = 0.45
FREE_THROWS = 0.74
WALK = 2.0


def game(stage: Stage) -> Script[None]:
    """From a throw-in on, one possession after the other, without end."""
    yield from wait(1.2)
    yield from _in_play(stage)
    while True:
        ending = yield from possession(stage)
        yield from _after(stage, ending)


def _after(stage: Stage, ending: Ending) -> Script[None]:
    """To where somebody has the ball and the next possession can begin."""
    if ending == "shot":
        yield from _after_shot(stage, FIELD_GOALS)
    elif ending == "stolen":
        stage.turn_over()
        stage.fast_break = stage.rng.random() < 0.6
    elif ending == "foul":
        yield from _free_throws(stage)
    else:
        yield from _out_of_bounds(stage)


def _after_shot(stage: Stage, chance: float) -> Script[None]:
    """The shot is in the air."""
    made = stage.rng.random() < chance
    _crash(stage)
    yield from _land(stage)
    stage.fast_break = False
    if made:
        yield from _made(stage)
    else:
        yield from _rebound(stage)


def _land(stage: Stage) -> Script[None]:
    yield from wait(stage.legs[-1].end - stage.now)  # type: ignore[union-attr]


def _crash(stage: Stage) -> None:
    """The two nearest attackers and the three nearest defenders go for position under the basket."""
    hoop = stage.end.hoop
    for players, count, depth in ((stage.offence, 2, 3.4), (stage.defence, 3, 2.4)):
        nearest = sorted(players, key=lambda player: stage.apart(player, hoop))[:count]
        for player in nearest:
            y = MIDDLE_Y + max(-2.4, min(2.4, stage.bodies[player].y - MIDDLE_Y))
            stage.send(player, stage.end.at(depth, y if not stage.end.right else WIDTH - y), 3.4)


def _rebound(stage: Stage) -> Script[None]:
    stage.phase = "rebound"
    depth, aside = stage.rng.uniform(1.8, 5.2), stage.rng.uniform(-2.8, 2.8)
    landing = stage.end.at(depth, MIDDLE_Y + aside)
    bias = dict.fromkeys(stage.defence, -0.9)
    everybody = range(len(stage.bodies))
    taker = min(everybody, key=lambda player: stage.apart(player, landing) + bias.get(player, 0.0))
    stage.send(taker, landing, 4.6)
    stage.throw(min(max(0.9, 0.5 + stage.apart(taker, landing) / 4), 1.3), 2.3, player=taker)
    yield from _land(stage)
    stage.hold(taker)
    stage.directed.clear()
    yield from wait(stage.rng.uniform(0.3, 0.7))
    if taker in stage.defence:
        stage.turn_over()
        stage.fast_break = stage.rng.random() < 0.22
    else:
        yield from _second_chance(stage, taker)


def _second_chance(stage: Stage, taker: int) -> Script[None]:
    stage.phase = "set_offense"
    if stage.depth(taker) < 3.2 and stage.rng.random() < 0.5:
        yield from shoot(stage, 0.3)
        yield from _after_shot(stage, FIELD_GOALS)
        return
    goal = stage.end.at(7.0, MIDDLE_Y + stage.rng.choice((-4.0, 4.0)))
    yield from carry(stage, goal, 3.6, 2.0)


def _made(stage: Stage) -> Script[None]:
    """Through the net; the other team brings it in from behind the baseline."""
    hoop = stage.end.hoop
    stage.throw(0.55, BALL_RADIUS, place=(hoop[0], hoop[1] + 0.05))
    yield from _land(stage)
    beaten = stage.end
    stage.turn_over()
    stage.phase, stage.pace = "transition", 3.2
    thrower = min(stage.offence[2:], key=lambda player: stage.apart(player, hoop))
    yield from gather(stage, thrower)
    yield from _throw_in(stage, thrower, beaten.at(-0.5, MIDDLE_Y + stage.rng.choice((-2.2, 2.2))), 3.4)


def _throw_in(stage: Stage, thrower: int, spot: Point, pace: float) -> Script[None]:
    """The thrower walks out with the ball and puts it into play."""
    stage.hold(thrower)
    stage.send(thrower, spot, pace)
    _offer(stage, thrower, spot)
    until = stage.now + 6.0
    while stage.now < until and stage.apart(thrower, spot) > 0.3:
        yield
    yield from wait(stage.rng.uniform(0.3, 0.8))
    yield from _in_play(stage)


def _offer(stage: Stage, thrower: int, spot: Point) -> None:
    """A guard comes to where he can be given the ball."""
    guard = next(player for player in stage.offence[:2] if player != thrower)
    inward = 1.0 if spot[1] < MIDDLE_Y else -1.0
    x = min(max(spot[0], 2.6), 25.4)
    y = spot[1] if spot[0] < 0 or spot[0] > 28 else spot[1] + 3.0 * inward
    stage.send(guard, (x, y + 1.2 * inward), 4.0)


def _in_play(stage: Stage) -> Script[None]:
    thrower = stage.holder
    x, y, _ = stage.ball
    others = [player for player in stage.offence if player != thrower]
    receiver = min(
        others, key=lambda player: (stage.apart(player, (x, y)) < 2.0, stage.apart(player, (x, y)))
    )
    yield from give(stage, receiver)
    stage.directed.clear()
    if stage.phase == "deadball":
        stage.phase = "set_offense" if stage.depth(receiver) < 13 else "transition"


def _out_of_bounds(stage: Stage) -> Script[None]:
    stage.whistle()
    x, y, _ = stage.ball
    stage.turn_over()
    stage.pace = WALK
    thrower = stage.nearest(stage.offence[1:], (x, y))
    yield from gather(stage, thrower)
    yield from wait(stage.rng.uniform(1.0, 2.5))
    yield from _throw_in(stage, thrower, (x, -0.5 if y < MIDDLE_Y else WIDTH + 0.5), 2.2)


def _free_throws(stage: Stage) -> Script[None]:
    stage.whistle()
    shooter = stage.holder
    if shooter is None:
        raise RuntimeError("a foul on nobody")
    yield from wait(0.6)
    stage.hold(shooter)
    _line_up(stage, shooter)
    until = stage.now + 9.0
    while stage.now < until and any(stage.apart(p, stage.bodies[p].goal) > 0.5 for p in stage.directed):
        yield
    stage.phase = "free_throw"
    yield from _routine(stage)
    made = stage.rng.random() < FREE_THROWS
    yield from _land(stage)
    yield from _ball_back(stage, shooter, made=made)
    yield from _routine(stage)
    yield from _after_shot(stage, FREE_THROWS)


def _line_up(stage: Stage, shooter: int) -> None:
    hoop = stage.end.hoop
    defence = sorted(stage.defence, key=lambda player: stage.apart(player, hoop))
    offence = sorted(set(stage.offence) - {shooter}, key=lambda player: stage.apart(player, hoop))
    places = [*zip(defence, LANE_DEFENCE, strict=False), *zip(offence, LANE_OFFENCE, strict=False)]
    places += zip([*defence[3:], *offence[2:]], BEHIND_THE_ARC, strict=True)
    for player, (depth, y) in places:
        stage.send(player, stage.end.at(depth, y), WALK)
    stage.send(shooter, stage.end.at(*FREE_THROW_SPOT), WALK)


def _routine(stage: Stage) -> Script[None]:
    """A few dribbles, then the shot."""
    shooter = stage.holder
    if shooter is None:
        raise RuntimeError("nobody has the ball on the line")
    stage.hold(shooter, dribbled=True)
    yield from wait(stage.rng.choice((1.2, 1.8)) + 0.35)
    stage.hold(shooter)
    yield from wait(stage.rng.uniform(0.5, 1.0))
    lined_up = set(stage.directed)
    yield from shoot(stage, 0.5)
    stage.directed |= lined_up


def _ball_back(stage: Stage, shooter: int, *, made: bool) -> Script[None]:
    """Whoever stands nearest picks the first free throw up and passes it back."""
    hoop = stage.end.hoop
    others = [player for player in range(len(stage.bodies)) if player != shooter]
    helper = min(others, key=lambda player: stage.apart(player, hoop))
    home = stage.bodies[helper].goal
    if made:
        stage.throw(0.55, BALL_RADIUS, place=hoop)
    else:
        stage.throw(0.7, BALL_RADIUS, place=stage.end.at(3.0, MIDDLE_Y + stage.rng.choice((-1.2, 1.2))))
    yield from _land(stage)
    yield from gather(stage, helper)
    stage.send(helper, home, WALK)
    yield from give(stage, shooter, 6.0)
    yield from wait(1.0)


def break_for(stage: Stage, formation: Formation, until: float) -> Script[None]:
    """The long whistle: everybody walks to where the next passage begins, the ball with them."""
    stage.whistle()
    holder = stage.holder
    if holder is None:
        raise RuntimeError("the whistle waits for a ball in hand")
    yield from wait(0.5)
    stage.hold(holder)
    remaining = until - stage.now - 4.0
    for player, place in enumerate(formation.places):
        far = distance(stage.bodies[player].at, place)
        stage.send(player, place, max(1.3, min(far / remaining * 1.3, 4.5)))
    thrower = formation.thrower
    while stage.now < until - 4.0 and stage.apart(thrower, formation.places[thrower]) > 1.0:
        yield
    if holder != thrower:
        yield from give(stage, thrower, 8.0)
    while True:
        yield
