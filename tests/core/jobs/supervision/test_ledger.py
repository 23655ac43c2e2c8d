"""What is counted of a job, over all the processes that do its work."""

import math
from typing import Any

import pytest

from virtualptz.jobs.messages import Heartbeat
from virtualptz.jobs.supervision.ledger import Ledger
from virtualptz.model import CameraReport, PublishReport, TrackingUpdate, View
from virtualptz.model.histogram import STAGE_BOUNDS, Histogram, Stopwatch


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(clock: Clock) -> Ledger:
    return Ledger(clock)


def beat(pid: int = 1, publish: str = "publishing", **more: Any) -> Heartbeat:
    fields: dict[str, Any] = {"phase": "streaming", **more}
    report = PublishReport.model_validate({"state": publish, "reconnects": more.get("reconnects", 0)})
    fields.pop("reconnects", None)
    return Heartbeat(job_id="j", pid=pid, publish=report, **fields)


def test_counts_go_on_where_another_process_takes_over(ledger: Ledger) -> None:
    once = Histogram(bounds=(1.0,), counts=(2, 1), total=3.0)
    seen = []
    for each in (
        beat(1, frames_in=100, frames_coded=90, reconnects=2, timings={"encode": once}),
        beat(1, frames_in=130, frames_coded=120, reconnects=2, timings={"encode": once}),
        beat(2, frames_in=5, frames_coded=1, timings={"encode": once}),
        beat(3, frames_in=0, frames_coded=0),
    ):
        ledger.hear(each)
        seen.append(ledger.figures(0))
    assert [each.counts["frames_in"] for each in seen] == [100, 130, 135, 135]
    assert [each.counts["frames_coded"] for each in seen] == [90, 120, 121, 121]
    assert [each.counts["publish_reconnects"] for each in seen] == [2, 2, 2, 2]
    assert [each.timings["encode"].counts for each in seen] == [(2, 1), (2, 1), (4, 2), (4, 2)]


def test_what_an_older_process_does_not_tell_is_not_made_up(ledger: Ledger) -> None:
    assert ledger.figures(0).counts == {}
    ledger.hear(Heartbeat.model_validate_json('{"job_id": "j", "pid": 1, "phase": "streaming"}'))
    found = ledger.figures(0)
    assert found.counts["frames_in"] == 0
    assert not {"frames_coded", "bytes_written", "bytes_acknowledged"} & found.counts.keys()
    assert (found.source_age, found.timings, found.camera_speed) == (None, {}, None)


def test_losses_under_earlier_agents_have_no_known_reason(ledger: Ledger) -> None:
    assert ledger.figures(3).losses == {"unknown": 3}
    ledger.lose("hung")
    assert ledger.figures(4).losses == {"hung": 1, "unknown": 3}


@pytest.mark.parametrize("away", [{"phase": "reconnecting"}, {"publish": "retrying"}, None])
def test_an_outage_lasts_from_the_loss_to_the_next_moment_on_air(
    ledger: Ledger, clock: Clock, away: dict[str, Any] | None
) -> None:
    ledger.hear(beat(phase="connecting"))
    ledger.hear(beat())
    for moment in (101.0, 103.0):
        clock.now = moment
        if away is not None:
            ledger.hear(beat(**away))
        elif moment == 103.0:
            ledger.lose("died")
    clock.now = 104.0
    ledger.hear(beat(pid=2))
    clock.now = 110.0
    ledger.hear(beat(pid=2))
    outages = ledger.figures(0).outages
    assert (sum(outages.counts), outages.total) == (1, 4.0 if away is None else 3.0)


def test_a_start_and_a_stop_are_no_outages(ledger: Ledger, clock: Clock) -> None:
    ledger.hear(beat(phase="connecting"))
    ledger.hear(beat(publish="connecting"))
    clock.now += 5
    ledger.hear(beat())
    clock.now += 5
    ledger.hear(beat(publish="retrying"))
    ledger.hear(beat(phase="draining"))
    clock.now += 5
    ledger.hear(beat())
    assert sum(ledger.figures(0).outages.counts) == 0


def test_the_tracking_is_lost_once_however_often_it_says_so(ledger: Ledger) -> None:
    for state in ("stable", "lost", "lost", "warning", "lost"):
        ledger.track(TrackingUpdate(tracking_confidence=0.5, tracking_state=state), 0.12)
    ledger.track(TrackingUpdate(tracking_confidence=0.5), None)
    found = ledger.figures(0)
    assert (found.tracker_updates, found.tracker_lost) == (6, 2)
    assert sum(found.detect.counts) == 5


def test_the_cameras_speed_is_of_its_way_in_source_widths(ledger: Ledger) -> None:
    media = {"codec": "h264", "width": 200, "height": 100, "frame_rate": "25/1"}
    for at, x, y in ((10.0, 0.5, 0.5), (10.5, 0.53, 0.58), (10.6, 0.9, 0.9)):
        ledger.hear(beat(media=media, pts_out=at, camera=CameraReport(view=View(x, y, 2.0))))
    speed = ledger.figures(0).camera_speed
    assert speed == pytest.approx(math.hypot(0.03, 0.04) / 0.5)


def test_the_age_of_the_source_grows_between_heartbeats(ledger: Ledger, clock: Clock) -> None:
    ledger.hear(beat(picture_age=0.5))
    clock.now += 2
    assert ledger.figures(0).source_age == pytest.approx(2.5)


def test_a_stopwatch_counts_by_bounds() -> None:
    watch = Stopwatch(STAGE_BOUNDS)
    for seconds in (0.001, 0.0011, 5.0):
        watch.took(seconds)
    found = watch.histogram
    assert (found.counts[0], found.counts[1], found.counts[-1]) == (1, 1, 1)
    assert found.total == pytest.approx(5.0021)
    assert Histogram.model_validate_json(found.model_dump_json()) == found
    assert len(found.model_dump_json()) < 200


def test_histograms_of_other_bounds_are_not_mixed() -> None:
    old = Histogram(bounds=(1.0,), counts=(1, 1), total=2.0)
    new = Histogram(bounds=(2.0,), counts=(4, 0), total=1.0)
    assert old + new == new
    assert (old + old).counts == (2, 2)
