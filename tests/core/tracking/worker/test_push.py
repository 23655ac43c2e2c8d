import pytest

from virtualptz.client import RunnerClient
from virtualptz.model import TrackingUpdate
from virtualptz.tracking.sim import simulated_update
from virtualptz.tracking.worker.push import Pusher, described

from .agent import AS_EVER, Agent


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Run:
    """A pusher whose time moves on by `apart` with every update."""

    def __init__(self, client: RunnerClient, interval: float) -> None:
        self.time = Time()
        self.lines: list[str] = []
        self.pusher = Pusher(client, "job-1", interval, self.lines.append, now=self.time)

    def go(self, count: int, apart: float) -> None:
        for number in range(count):
            self.pusher.run([TrackingUpdate(tracking_confidence=0.5, frame_pts=number * apart)])
            self.time.now += apart


def test_every_push_is_a_line(agent: Agent) -> None:
    with RunnerClient(agent.url) as client:
        run = Run(client, 1.0)
        run.go(3, 1.0)
    assert [line.split(":")[0] for line in run.lines] == ["push 1", "push 2", "push 3"]
    assert len(agent.pushes) == 3


def test_a_quiet_one_says_what_went_wrong_and_that_it_is_well_again(agent: Agent) -> None:
    agent.answers["/runner/tracking/update"] = [AS_EVER, (503, {"detail": "no"}), AS_EVER]
    with RunnerClient(agent.url) as client:
        run = Run(client, 1.0)
        run.pusher.quiet = True
        run.go(5, 5.0)
    assert [line.split(":")[0] for line in run.lines] == ["push failed", "push 2"]
    assert len(agent.pushes) == 5


def test_a_source_that_is_faster_than_the_interval_is_thinned_out(agent: Agent) -> None:
    with RunnerClient(agent.url) as client:
        Run(client, 1.0).go(100, 0.05)
    assert 5 <= len(agent.pushes) <= 11


@pytest.mark.parametrize("status", [401, 403, 404, 409, 422, 500, 503])
def test_a_refused_push_is_said_and_tried_again_ever_less_often(agent: Agent, status: int) -> None:
    agent.answers["/runner/tracking/update"] = [(status, {"detail": "no"})]
    with RunnerClient(agent.url) as client:
        run = Run(client, 1.0)
        run.go(60, 1.0)
    assert all(line.startswith(f"push failed: {status} no; next try in") for line in run.lines)
    waits = [float(line.split()[-2]) for line in run.lines]
    assert 1 <= min(waits) <= max(waits) <= 10
    assert 6 <= len(agent.pushes) < 60


def test_after_a_failure_one_success_brings_back_the_old_pace(agent: Agent) -> None:
    agent.answers["/runner/tracking/update"] = [(503, "busy")] * 3 + [AS_EVER]
    with RunnerClient(agent.url) as client:
        run = Run(client, 1.0)
        run.go(17, 1.0)
    assert [line.split(":")[0] for line in run.lines[:4]] == ["push failed"] * 3 + ["push 1"]
    assert 10 <= run.pusher.pushed <= 14


def test_a_long_interval_is_never_shortened_by_a_failure(agent: Agent) -> None:
    agent.answers["/runner/tracking/update"] = [(404, "gone")]
    with RunnerClient(agent.url) as client:
        run = Run(client, 30.0)
        run.go(5, 30.0)
    assert len(agent.pushes) == 5
    assert run.lines[-1].endswith("next try in 30.0 s")


def test_a_line_says_what_was_pushed() -> None:
    line = described(simulated_update(20.0))
    assert "\n" not in line
    for part in (
        "state=",
        "confidence=0.",
        "phase=",
        "mode=",
        "pts=20.00",
        "target=(0.",
        "source=runner-sim",
    ):
        assert part in line
    assert described(TrackingUpdate(tracking_confidence=1)) == (
        "state=warning confidence=1.00 phase=- mode=- source=external"
    )


def test_a_source_that_gives_thousands_a_second_is_thinned_out(agent: Agent) -> None:
    with RunnerClient(agent.url) as client:
        Run(client, 0.0).go(2000, 0.001)
    assert 150 <= len(agent.pushes) <= 201


def test_updates_that_cannot_be_are_said_seldom_and_harm_no_other(agent: Agent) -> None:
    bad = TrackingUpdate.model_construct(tracking_confidence=7.0)
    with RunnerClient(agent.url) as client:
        run = Run(client, 0.0)
        run.pusher.run([bad] * 1000)
        run.go(1, 0.0)
    assert [line.split(":")[0] for line in run.lines[:2]] == [
        "1 updates that cannot be so far",
        "2 updates that cannot be so far",
    ]
    assert len(run.lines) == 10 + 1
    assert len(agent.pushes) == 1
