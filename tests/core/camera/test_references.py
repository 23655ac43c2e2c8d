from collections.abc import Callable

import numpy as np
import pytest

from virtualptz.camera.policies.references import References
from virtualptz.camera.policies.trend import settled, trend, without_outliers
from virtualptz.model import Edges, Sample, View

FRAME = Edges()


def seen(x: Callable[[float], float], seconds: float = 3.0, hertz: float = 10.0) -> list[Sample]:
    times = [number / hertz for number in range(round(seconds * hertz) + 1)]
    return [Sample(at, View(x(at), 0.5, 2.0)) for at in times]


def taken(samples: list[Sample], known_until: float | None = None, edges: Edges = FRAME) -> References:
    references = References(median_seconds=0.5, fade=1.0)
    references.take(samples, edges, samples[-1].at if known_until is None else known_until)
    return references


def x_at(references: References, *times: float) -> list[float]:
    return [float(value) for value in references.at(np.array(times))[:, 0]]


def test_between_two_samples_it_is_on_the_way() -> None:
    assert x_at(taken([Sample(0, View(0.4)), Sample(1, View(0.6))]), 0.5) == pytest.approx([0.5])


def test_after_a_long_silence_it_changes_when_it_was_told() -> None:
    references = taken([Sample(0, View(0.4, 0.5, 2)), Sample(5, View(0.6, 0.5, 2))])
    assert x_at(references, 2.5, 4.89, 4.95, 5.0) == pytest.approx([0.4, 0.4, 0.5, 0.6])


def test_a_movement_goes_on_and_fades() -> None:
    references = taken(seen(lambda at: 0.3 + 0.1 * at))
    soon, later, late = x_at(references, 3.2, 4.0, 30.0)
    assert soon == pytest.approx(0.62, abs=0.003)
    assert soon < later < late < 0.71


def test_it_goes_on_no_further_than_the_edge() -> None:
    assert x_at(taken(seen(lambda at: 0.42 + 0.1 * at)), 30.0) == pytest.approx([0.75])


def test_a_jump_is_no_movement() -> None:
    assert x_at(taken(seen(lambda at: 0.4 if at < 2.45 else 0.6), 3.1), 30.0) == pytest.approx(
        [0.6], abs=0.01
    )


def test_the_newest_is_doubted_until_nothing_contradicts_it() -> None:
    samples = seen(lambda at: 0.5 if at < 3.0 else 0.7)
    references = References(0.5, 1.0)
    assert references.take(samples, FRAME, 3.0)
    assert x_at(references, 3.0) == pytest.approx([0.5], abs=1e-6)
    assert not references.take(samples, FRAME, 3.1)
    assert references.take(samples, FRAME, 3.5)
    assert x_at(references, 3.0) == pytest.approx([0.7])
    assert references.settled[0]


def test_samples_that_are_equal_are_nothing_new() -> None:
    references = taken(seen(lambda at: 0.5 + at / 50))
    assert not references.take(seen(lambda at: 0.5 + at / 50), FRAME, 3.0)
    assert references.take(seen(lambda at: 0.5 + at / 40), FRAME, 3.0)


@pytest.mark.parametrize("hertz", [5.0, 10.0, 30.0])
def test_an_outlier_gives_way_to_the_line_between_its_neighbours(hertz: float) -> None:
    times = np.arange(0, 3, 1 / hertz)
    values = np.stack([0.3 + 0.1 * times, np.full_like(times, 0.5), np.ones_like(times)])
    spoilt = values.copy()
    spoilt[0, len(times) // 2] += 0.08
    assert without_outliers(times, spoilt, 0.25) == pytest.approx(values)


def test_the_trend_is_the_line_through_the_end() -> None:
    times = np.arange(0, 2, 0.1)
    place, speed = trend(times, np.stack([0.2 * times, -0.1 * times, 1 + 0 * times]))
    assert place == pytest.approx([0.38, -0.19, 1.0], abs=1e-3)
    assert speed == pytest.approx([0.2, -0.1, 0.0], rel=0.02)


def test_what_is_settled() -> None:
    times = np.arange(30) / 10
    noise = np.random.default_rng(5).normal(0, 0.006, 30)
    rows = np.stack([np.where(times < 1, 0.4, 0.6), 0.1 * times, 0.5 + noise])
    speed, still = np.array([0.0, 0.1, 0.0]), np.zeros(3)
    assert settled(rows, speed, certain=False).tolist() == [True, False, False]
    rows[0, -1] = 0.5
    assert settled(rows, speed, certain=False).tolist() == [False, False, False]
    assert settled(rows, speed, certain=True).tolist() == [True, False, False]
    assert settled(np.array([[0.5], [0.5], [1.0]]), still, certain=False).all()
