import pytest

from virtualptz.jobs.supervision.tracking_pace import WINDOW_SECONDS, PaceMeter

from ..conftest import Agents
from ..harness import ingest, until_live
from ..stand_in import BEAT
from ..workers import SEEN


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_pace_of_the_last_seconds() -> None:
    clock = Clock()
    meter = PaceMeter(clock)
    meter.hear(10.0)
    for latency in [0.125] * 30 + [3.0] + [0.25] * 19:
        clock.now += 0.1
        meter.count(clock.now - 90.0 - latency)
    pace = meter.pace
    assert pace is not None
    assert pace.rate_hertz == pytest.approx(10.0, rel=0.03)
    assert pace.latency_seconds == pytest.approx(0.125)
    clock.now += WINDOW_SECONDS - 1.0
    pace = meter.pace
    assert pace is not None
    assert pace.rate_hertz == pytest.approx(2.0, abs=0.3)
    assert pace.latency_seconds == pytest.approx(0.25)


def test_the_first_updates_have_their_whole_rate() -> None:
    clock = Clock()
    meter = PaceMeter(clock)
    rates = []
    for _ in range(80):
        meter.count(None)
        clock.now += 0.1
        pace = meter.pace
        assert pace is not None
        rates.append(pace.rate_hertz)
    assert rates[0] == 1.0, "one update is no rate of ten a second yet"
    assert rates[9:] == pytest.approx([10.0] * 71, abs=0.21)


@pytest.mark.parametrize("late", [[0.04, 0.0, 0.03, 0.01], [0.0, 0.04], [-5.0, 0.02, 0.0], [5.0, 0.0, 0.04]])
def test_of_the_heartbeats_the_least_late_is_believed_and_a_jump_at_once(late: list[float]) -> None:
    clock = Clock()
    meter = PaceMeter(clock)
    for seconds in late:
        clock.now += 0.5
        meter.hear(clock.now - 90.0 - seconds)
    meter.count(clock.now - 90.0 - 0.2)
    pace = meter.pace
    assert pace is not None
    assert pace.latency_seconds == pytest.approx(0.2)


def test_a_detector_that_went_silent_has_the_rate_nought() -> None:
    clock = Clock()
    meter = PaceMeter(clock)
    meter.hear(0.1)
    meter.count(0.1)
    clock.now += WINDOW_SECONDS + 1.0
    pace = meter.pace
    assert pace is not None
    assert (pace.rate_hertz, pace.latency_seconds) == (0.0, None)


def test_before_the_first_update_there_is_no_pace() -> None:
    assert PaceMeter(Clock()).pace is None


def test_updates_without_a_frame_count_but_have_no_latency() -> None:
    meter = PaceMeter(Clock())
    meter.count(None)
    pace = meter.pace
    assert pace is not None
    assert pace.rate_hertz > 0
    assert pace.latency_seconds is None


async def test_latency_is_measured_against_the_streams_own_time(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine)
    assert (await until_live(engine, job_id)).pace is None
    heartbeat = engine.status(job_id).heartbeat
    assert heartbeat is not None
    assert heartbeat.pts_in is not None
    late = SEEN.model_copy(update={"frame_pts": heartbeat.pts_in - 2.0})
    await engine.update_tracking(job_id, late)
    pace = engine.status(job_id).pace
    assert pace is not None
    assert pace.latency_seconds is not None
    assert 2.0 <= pace.latency_seconds <= 2.5 + BEAT
    early = SEEN.model_copy(update={"frame_pts": heartbeat.pts_in + 1000.0})
    for _ in range(3):
        await engine.update_tracking(job_id, early)
    pace = engine.status(job_id).pace
    assert pace is not None
    assert pace.latency_seconds == 0.0, "a frame of the future is no older than now"
