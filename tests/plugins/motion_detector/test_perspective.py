"""How tall people are by where they stand."""

import numpy as np
import pytest

from virtualptz_motion.perspective import Perspective


def tall(foot: float) -> float:
    return 0.03 + 0.2 * (foot - 0.15)


def learnt(prior: float = 0.0, wrong: float = 0.0) -> Perspective:
    """From people all over a floor; the share `wrong` of them is two in one."""
    perspective = Perspective(prior)
    random = np.random.default_rng(1)
    for _ in range(600):
        x, foot = random.uniform(0.1, 0.9), random.uniform(0.2, 0.5)
        height = tall(foot) * random.normal(1, 0.05) * (1.8 if random.random() < wrong else 1)
        if perspective.plausible(foot, height):
            perspective.add(x, foot, height)
    perspective.fit()
    return perspective


@pytest.mark.parametrize("wrong", [0.0, 0.2])
def test_it_is_learnt_although_some_are_two_in_one(wrong: float) -> None:
    perspective = learnt(wrong=wrong)
    assert perspective.known
    for foot in (0.22, 0.35, 0.48):
        assert perspective.height(0.5, foot) == pytest.approx(tall(foot), rel=0.12)


def test_from_one_place_nothing_is_known() -> None:
    perspective = Perspective()
    for _ in range(100):
        perspective.add(0.5, 0.3, 0.06)
    perspective.fit()
    assert not perspective.known
    assert perspective.height(0.5, 0.3) == 0


def test_it_is_sure_only_where_people_were() -> None:
    perspective = Perspective()
    for step in range(60):
        perspective.add(0.1 + step / 200, 0.3, 0.06)
    perspective.fit()
    assert perspective.known
    assert perspective.sure(0.2, 0.3)
    assert not perspective.sure(0.9, 0.5)


def test_what_was_said_counts_until_more_is_learnt() -> None:
    perspective = Perspective(0.08)
    assert perspective.known
    assert perspective.height(0.5, 0.34) == pytest.approx(0.08)
    assert perspective.height(0.5, 0.5) > perspective.height(0.5, 0.2)
    assert not perspective.plausible(0.34, 0.16)
