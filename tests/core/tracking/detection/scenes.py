"""Small scenes by hand: a court of 28 m fills a picture of 1120 x 630, people are 1.85 m and 74 pixels."""

from collections.abc import Callable, Iterable, Sequence

from virtualptz.model import TrackingUpdate
from virtualptz.tracking.bytetrack import Track
from virtualptz.tracking.detection import Ball, PlayReader, Scene

WIDTH, HEIGHT = 1120, 630
METRE = 40.0
STEP = 0.1

Place = tuple[float, float]


def person(number: int, x: float, y: float = 7.5, age: float = 5.0, unseen: float = 0.0) -> Track:
    """Feet at metres from the court's far left corner; a metre down the picture is half a metre of depth."""
    across, down = x * METRE, 200 + y * METRE / 2
    box = (across - 12, down - 74, across + 12, down)
    return Track(number, box, 0.8, "player", age, unseen, (0.0, 0.0))


def ball(x: float, up: float, y: float = 7.5, vx: float = 0.0, vy: float = 0.0, unseen: float = 0.0) -> Ball:
    """`up`: metres over the floor; speeds in metres a second, `vy` upwards."""
    across, down = x * METRE, 200 + y * METRE / 2 - up * METRE
    box = (across - 5, down - 5, across + 5, down + 5)
    return Ball(box, 0.5, (vx * METRE, -vy * METRE), unseen)


def scene(at: float, places: Sequence[Place], its_ball: Ball | None = None, **more: object) -> Scene:
    people = tuple(person(number + 1, x, y) for number, (x, y) in enumerate(places))
    return Scene(at, WIDTH, HEIGHT, people, ball=its_ball, **more)  # type: ignore[arg-type]


def play(
    reader: PlayReader, seconds: float, places: Callable[[float], Iterable[Place]], start: float = 0.0
) -> list[TrackingUpdate]:
    """The reader's updates of people who are where `places` says, at each time since `start`."""
    times = [number * STEP for number in range(round(seconds / STEP))]
    return [reader.read(scene(start + at, list(places(at)))) for at in times]


HALF_COURT: list[Place] = [
    (17.2, 7.5), (19.4, 1.8), (19.4, 13.2), (26.3, 1.1), (25.0, 10.6),
    (19.5, 7.4), (21.0, 3.2), (21.0, 11.5), (26.0, 4.0), (25.4, 8.6),
]  # fmt: skip
LANE: list[Place] = [
    (26.0, 5.3), (26.0, 9.7), (25.0, 5.3), (25.0, 9.7), (24.0, 5.3),
    (22.05, 7.5), (18.4, 6.0), (18.4, 9.0), (17.0, 6.2), (17.0, 8.8),
]  # fmt: skip


def moving(places: Sequence[Place], at: float, speed: float) -> list[Place]:
    """All of them this many metres a second to the right."""
    return [(x + speed * at, y) for x, y in places]


def shuffling(places: Sequence[Place], at: float, metres: float = 1.2) -> list[Place]:
    """Each for himself to and fro, as in a set play: half of them run while the others stop."""
    phase = (at * 1.5) % 2
    to = metres * (phase if phase < 1 else 2 - phase)
    return [(x + (to if number % 2 else -to), y + to / 2) for number, (x, y) in enumerate(places)]
