"""`--lookahead whole`: more of the future than it uses would change nothing, and it costs nothing."""

import dataclasses
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest

from benchmarks.camera_drive import drive
from benchmarks.camera_pan import operate
from benchmarks.camera_play import NBA, Detector, Scene
from virtualptz.camera.policies import horizon
from virtualptz.camera.policies.lookahead import Lookahead, LookaheadOptions
from virtualptz.camera.quality import QualityMeter
from virtualptz.model import CameraQuality, Edges, View
from virtualptz.render.spec import WHOLE_SECONDS
from virtualptz.testing.traces import NOISE_HOUR, TRACES, GoldenTrace

MINUTES = dataclasses.replace(NOISE_HOUR, seconds=180.0)
ALL = [each for each in TRACES if each is not NOISE_HOUR] + [MINUTES]
SETTLES_SECONDS = 1.0
"""From the start, which no trace has chosen well."""


@pytest.fixture
def further() -> Iterator[None]:
    """Plans over 16 s instead of 4."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(horizon, "SPAN", 4 * horizon.SPAN)
        horizon.horizon.cache_clear()
        yield
    horizon.horizon.cache_clear()


def path(trace: GoldenTrace, seconds: float) -> npt.NDArray[np.float64]:
    options = LookaheadOptions().model_dump() | {"lookahead": seconds}
    views = trace.path(Lookahead(LookaheadOptions.model_construct(**options)))
    return np.array([(view.center_x, view.center_y, np.log2(view.zoom)) for view in views])


@pytest.mark.parametrize("trace", ALL, ids=lambda trace: trace.name)
def test_knowing_and_planning_further_ahead_moves_no_picture(
    trace: GoldenTrace, request: pytest.FixtureRequest
) -> None:
    ours = path(trace, WHOLE_SECONDS)
    request.getfixturevalue("further")
    limit = path(trace, 30.0)
    assert np.abs(ours - limit).max() < 1e-3


def quality(trace: GoldenTrace, seconds: float) -> CameraQuality:
    """The distance is from what was wanted, without its noise or not."""
    meter = QualityMeter(window=None)
    shown = trace.path(Lookahead(LookaheadOptions(lookahead=seconds)))
    for number, (view, wanted) in enumerate(zip(shown, trace.raw(), strict=True)):
        meter.add(number / 30, view, wanted, Edges())
    return meter.figures()


@pytest.mark.parametrize("trace", ALL, ids=lambda trace: trace.name)
def test_it_is_no_worse_than_two_seconds(trace: GoldenTrace) -> None:
    whole, two = quality(trace, WHOLE_SECONDS), quality(trace, 2.0)
    assert whole.rms_jerk <= 1.01 * two.rms_jerk + 1e-6
    assert whole.wanted_distance is not None
    assert two.wanted_distance is not None
    assert whole.wanted_distance <= 1.02 * two.wanted_distance + 1e-4


def test_it_is_no_worse_than_two_seconds_on_real_play() -> None:
    if not NBA.exists():
        pytest.skip(f"no {NBA.name} beside the project")
    play = Scene(real=True, seconds=120.0)
    whole, two = (operate(play, Detector(), "lookahead", seconds) for seconds in (WHOLE_SECONDS, 2.0))
    assert whole.wanted_distance is not None
    assert two.wanted_distance is not None
    assert whole.wanted_distance <= 1.01 * two.wanted_distance
    assert whole.rms_jerk <= 1.01 * two.rms_jerk


def test_its_cost_grows_with_the_length_and_no_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted, not timed: how many samples all steps together were handed."""
    handed: list[int] = []
    step = Lookahead.step

    def counted(self: Lookahead, at: float, wanted, edges) -> View:  # type: ignore[no-untyped-def]
        handed.append(len(wanted))
        return step(self, at, wanted, edges)

    monkeypatch.setattr(Lookahead, "step", counted)
    costs = []
    for seconds in (30.0, 60.0):
        handed.clear()
        times = [number / 30 for number in range(round(seconds * 30))]
        updates = (
            each.model_copy(update={"frame_pts": number / 10})
            for number, each in enumerate(_play(round(seconds * 10)))
        )
        list(drive("lookahead", WHOLE_SECONDS, View(), times, updates, Detector()))
        costs.append(sum(handed))
    assert costs[1] < 2.2 * costs[0]


def _play(count: int):  # type: ignore[no-untyped-def]
    from .films import seen_at

    return [seen_at(number / 10) for number in range(count)]
