"""The arithmetic of the soak: a wrong slope would be found by no run of it."""

import random
from collections.abc import Callable
from typing import cast

import pytest

from ..e2e.agent import Agent
from .rows import BY_NUMBER
from .soak.__main__ import ROW, with_result
from .soak.census import Census, Growth, Held
from .soak.outcome import AFTER_SECONDS, Happened, Outcome, steady
from .soak.plan import KINDS, QUIET_END, plan
from .soak.slope import Slope, rise, slope


def growing(per_hour: float, begin: float, noise: float = 0.0, count: int = 200) -> list[tuple[float, float]]:
    draw = random.Random(3)
    return [(5.0 * n, begin + per_hour * 5 * n / 3600 + draw.gauss(0, noise)) for n in range(count)]


def test_one_slope_for_several_stretches() -> None:
    found = slope([growing(7.0, 100.0), growing(7.0, 20.0)])
    assert found.per_hour == pytest.approx(7.0)
    assert found.error == pytest.approx(0.0, abs=1e-6)


def test_the_standard_error_tells_noise_from_growth() -> None:
    level, grown = slope([growing(0.0, 100.0, noise=1.0)]), slope([growing(30.0, 100.0, noise=1.0)])
    assert abs(level.per_hour) < 3 * level.error
    assert level.surely == pytest.approx(0.0, abs=0.5)
    assert grown.surely > 20


def test_values_that_hang_together_say_less() -> None:
    alone = growing(0.0, 0.0, noise=1.0)
    held = [(5.0 * n, alone[n // 10][1]) for n in range(200)]
    assert slope([held]).error > 2 * slope([alone]).error


def test_what_is_too_short_says_nothing() -> None:
    assert slope([growing(5.0, 0.0, count=3)]).surely == 0
    assert str(slope([])) == "too short to say"


def held(seconds: float, memory: Callable[[float], float]) -> list[Held]:
    return [Held(5.0 * n, memory(5.0 * n), 10, 5) for n in range(int(seconds / 5) + 1)]


def test_what_is_taken_once_at_the_beginning_is_no_slope() -> None:
    """13 MiB when the first overlay is drawn, seven minutes after the begin of an hour."""
    census = Census(cast("Agent", None), {})
    census.lives["job", 1] = held(3600, lambda at: 120.0 + 13 * (at > 420) + 2 * at / 3600)
    [lives] = census.settled(60.0).values()
    assert (lives[0][0].at, lives[0][-1].at) == (600, 3600)
    assert Growth.of("job", lives).slope.per_hour == pytest.approx(2.0)


def test_short_lives_tell_how_a_process_begins_and_no_slope() -> None:
    census = Census(cast("Agent", None), {})
    census.lives["agent", 1] = held(240, lambda at: 80.0 + at / 60)
    [lives] = census.settled(60.0).values()
    assert lives[0][0].at == 60
    grown = Growth.of("agent", lives, telling=1200.0)
    assert str(grown.slope) == "too short to say"
    assert grown.rise == pytest.approx(2.25, abs=0.2)
    long = Growth("job", 1, 140.0, Slope(3.0, 2.0), 1.5, 0.0, 0.0)
    assert outcome(growths=[grown, long]).steepest is long


def test_a_single_step_at_the_end_is_no_rise() -> None:
    level = growing(0.0, 50.0)
    assert rise([*level, (1e4, 500.0)]) == 0
    assert rise([*level, *((1e4 + n, 60.0) for n in range(200))]) == 10


def test_a_seed_is_a_plan_and_each_fault_comes_before_any_comes_again() -> None:
    planned = list(plan(3600, 5, (15.0, 45.0)))
    assert planned == list(plan(3600, 5, (15.0, 45.0)))
    assert planned != list(plan(3600, 6, (15.0, 45.0)))
    for first in range(0, len(planned) - len(KINDS), len(KINDS)):
        assert {each.kind for each in planned[first : first + len(KINDS)]} == set(KINDS)
    assert planned[-1].at < 3600 - QUIET_END


def outcome(**more: object) -> Outcome:
    usual = {
        "seconds": 600.0,
        "seed": 1,
        "happened": [Happened("camera cut", 100.0, 105.0), Happened("agent killed", 200.0, 203.0)],
        "growths": [],
        "clock": Slope(0.0, 0.001),
        "offsets": [0.01],
        "gaps": [],
        "pictures": 1,
        "restarts": {},
        "unplanned": 0,
        "done": {},
        "problems": [],
    }
    return Outcome(**{**usual, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("gap", "unexplained"),
    [((101.0, 108.0), 0.0), ((98.0, 104.0), 2.0), ((101.0, 118.0), 5.0), ((200.0, 204.0), 4.0)],
)
def test_a_fault_explains_a_picture_that_stands_for_so_long(
    gap: tuple[float, float], unexplained: float
) -> None:
    """The death of the agent explains none."""
    assert outcome(gaps=[gap]).unexplained == pytest.approx(unexplained)


def test_what_a_fault_delays_is_no_drift() -> None:
    """One that leaves the picture alone parts nothing."""
    happened = [Happened("server killed", 100.0, 104.0), Happened("agent killed", 30.0, 31.0)]
    whole = [(float(at), 0.0) for at in range(200)]
    before, after = steady([whole], happened)
    assert (before[0][0], before[-1][0]) == (0, 99)
    assert (after[0][0], after[-1][0]) == (104 + AFTER_SECONDS, 199)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"clock": Slope(0.2, 0.01)}, "drifts"),
        ({"clock": Slope(0.2, 20.0)}, "the drift cannot be told"),
        ({"clock": Slope()}, "the drift cannot be told"),
        ({"offsets": [0.2, 0.2]}, "the sound is 200 ms off"),
        ({"unplanned": 1}, "1 restarts that no fault explains"),
        ({"gaps": [(300.0, 304.0)]}, "4.0 s without a fresh picture"),
        ({"problems": ["after 10 s: no agent"]}, "after 10 s: no agent"),
    ],
)
def test_a_bound_that_is_not_kept_is_said(more: dict[str, object], says: str) -> None:
    assert list(outcome().broken()) == []
    assert any(says in line for line in outcome(**more).broken())


def test_its_figures_are_those_of_its_row_of_the_table() -> None:
    grown = Growth("job", 1, 140.0, Slope(3.0, 2.0), 1.5, 0.0, 0.0)
    figures = outcome(growths=[grown]).figures()
    assert list(figures) == [figure.name for figure in BY_NUMBER[ROW].figures]
    assert (figures["memory slope after warm-up"], figures["memory's rise"]) == (3.0, 1.5)
    assert "drift" not in outcome(growths=[grown], clock=Slope()).figures()
    young = Growth("agent", 1, 90.0, Slope(), 1.0, 0.0, 0.0)
    assert "memory slope after warm-up" not in outcome(growths=[young]).figures()


def test_the_result_goes_into_its_place() -> None:
    page = "a\n<!-- soak: begin -->\nold\n<!-- soak: end -->\nb"
    assert with_result(page, "new") == page.replace("old", "new")
    with pytest.raises(ValueError, match="no <!-- soak"):
        with_result("nothing", "new")
