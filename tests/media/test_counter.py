import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from . import counter


def planes(u: int, v: int, noise: float = 0.0) -> tuple[counter.Plane, counter.Plane]:
    random = np.random.default_rng(0)
    made = [np.clip(level + noise * random.standard_normal((20, 30)), 0, 255) for level in (u, v)]
    return made[0].astype(np.uint8), made[1].astype(np.uint8)


@given(st.integers(0, 10_000))
def test_reads_what_it_wrote(count: int) -> None:
    assert counter.read(*planes(*counter.chroma(count))) == count % counter.MODULUS


@pytest.mark.parametrize("count", range(0, 256, 7))
def test_survives_noise_and_a_patch(count: int) -> None:
    u, v = planes(*counter.chroma(count), noise=4.0)
    u[:3], v[:3] = 54, 34
    assert counter.read(u, v) == count


def test_grey_is_no_count() -> None:
    assert counter.read(*planes(128, 128)) is None


@given(st.lists(st.integers(-100, 100), max_size=50))
def test_unwrap_follows_steps_both_ways(steps: list[int]) -> None:
    running = [1000]
    for step in steps:
        running.append(running[-1] + step)
    unwrapped = counter.unwrap([count % counter.MODULUS for count in running])
    assert [count - unwrapped[0] for count in unwrapped] == [count - 1000 for count in running]
