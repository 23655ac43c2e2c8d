"""A detector that goes wrong in each way that a detector can, in mid-game."""

import os
import signal
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import httpx2
import pytest

from ..e2e.agent import Agent
from ..e2e.conftest import AgentFactory
from ..e2e.detectors import Record
from ..e2e.processes import Peer, wait_for
from ..e2e.servers import Nginx, camera, rtmp_camera
from ..media.watch import Recording, Viewer
from .figures import Figures
from .program import lost, now
from .wild import HANG_SECONDS, MEMORY_MB, Wild, losses, wait_tracked, workers

BRIDGED = {"hold", "wide", "reacquire"}
FOLLOWS = {"target", "return"}
PROBE_SECONDS = 0.02
LOG_LIMIT = 64 << 20
"""What a log may come to in half a second, and much more."""
PRESSED = 0.05
"""Of the pictures: what a machine that others use too may lose."""


@dataclass
class Answers:
    """How long the agent takes to answer, asked all the time in a thread of its own."""

    base_url: str
    seconds: list[float] = field(default_factory=list)
    _leave: threading.Event = field(default_factory=threading.Event)

    def ask(self) -> None:
        with httpx2.Client(base_url=self.base_url, timeout=30) as client:
            while not self._leave.wait(PROBE_SECONDS):
                began = time.perf_counter()
                client.get("/healthz")
                self.seconds.append(time.perf_counter() - began)

    @contextmanager
    def going_on(self) -> Iterator[None]:
        thread = threading.Thread(target=self.ask, name="answers", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._leave.set()
            thread.join(40)

    @property
    def slowest(self) -> float:
        """Of the quickest 99 %, milliseconds."""
        return 1000 * statistics.quantiles(self.seconds, n=100)[98]


@dataclass
class Game:
    """Two jobs of the wild detector, of which the first is watched, and one of the calm one."""

    agent: Agent
    wild: Wild
    tracked: tuple[str, str]
    other: str
    viewer: Viewer
    source: str

    def wait_tracked(self) -> None:
        for job_id in self.tracked:
            wait_tracked(self.agent, job_id)

    def wait_lost(self, reason: str) -> None:
        wait_for(f"the loss of its worker: {reason}", lambda: losses(self.agent).get(reason), 90)

    def record(self) -> Record:
        """The decisions of the job that had longest nothing to go by: where a detector hangs in one job, the
        other one is without it only while another worker begins."""
        return max((self.record_of(job_id) for job_id in self.tracked), key=silence)

    def record_of(self, job_id: str) -> Record:
        """At least up to its newest update: a log is written some time later."""
        told = self.agent.post("/runner/tracking/status", {"job_id": job_id})["frame_pts"]

        def written() -> Record | None:
            record = Record.of(self.agent, job_id)
            return record if any(update["frame_pts"] == told for update in record.updates) else None

        return wait_for(f"the update of {told} s in the log", written)


@pytest.fixture
def game(nginx: Nginx, loop_mp4: Path, tmp_path: Path, start_agent: AgentFactory) -> Iterator[Game]:
    wild = Wild(tmp_path)
    word = f"wild-{time.monotonic_ns()}"
    agent = start_agent(wild.settings, output=nginx.url(f"{word}-{{session_id}}"))
    with rtmp_camera(nginx, loop_mp4, word, tmp_path / "camera.log") as source:
        jobs = [start_ingest(agent, source, *job) for job in (("a", "wild"), ("b", "wild"), ("c", "calm"))]
        nginx.wait_published(f"{word}-a")
        for job_id in jobs[:2]:
            wait_tracked(agent, job_id)
        wait_tracked(agent, jobs[2], "calm")
        viewer = Viewer(nginx.url(f"{word}-a"))
        viewer.wait_frames(25)
        yield Game(agent, wild, (jobs[0], jobs[1]), jobs[2], viewer, source)
        viewer.close()


def start_ingest(agent: Agent, source: str, session_id: str, detector: str) -> str:
    body = {"session_id": session_id, "source_uri_ref": source, "profile": "fluid", "detector": detector}
    return str(agent.post("/runner/ingest/start", body)["job_id"])


@dataclass(frozen=True)
class Fault:
    order: str
    loss: str = ""
    """Why its worker is replaced; empty: it is not."""
    problem: str = ""
    silent: bool = True
    """Whether the camera has nothing to go by meanwhile."""
    seconds: float = 0.0
    """How long it lasts where nothing ends it."""


FAULTS = (
    pytest.param(Fault("hang", "hung", f"wild gave nothing for {HANG_SECONDS} s"), id="one-job-hangs"),
    pytest.param(Fault("eat", "memory", f"of {MEMORY_MB} MB"), id="eats-memory", marks=pytest.mark.long),
    pytest.param(Fault("stop", "hung", "told nothing for"), id="hangs", marks=pytest.mark.long),
    pytest.param(
        Fault("raise", "hung", "RuntimeError: the device has gone"), id="raises", marks=pytest.mark.long
    ),
    pytest.param(
        Fault("nonsense", "hung", "updates that cannot be"), id="tells-nonsense", marks=pytest.mark.long
    ),
    pytest.param(Fault("past", seconds=5.0), id="tells-of-the-past", marks=pytest.mark.long),
    pytest.param(
        Fault("thousands", silent=False, seconds=6.0), id="tells-thousands-a-second", marks=pytest.mark.long
    ),
    pytest.param(Fault("talk", silent=False, seconds=8.0), id="floods-its-log", marks=pytest.mark.long),
)


@pytest.mark.fault(17)
@pytest.mark.parametrize("fault", FAULTS)
def test_in_mid_game(game: Game, fault: Fault, figures: Figures) -> None:
    agent, answers = game.agent, Answers(game.agent.base_url)
    began = len(game.viewer.recording.frames)
    with answers.going_on():
        game.wild.order(fault.order)
        if fault.loss:
            game.wait_lost(fault.loss)
            problem = agent.status(game.tracked[0])["detector_problem"]
            assert problem is None or fault.problem in problem, "it is told until the next one has spoken"
        else:
            time.sleep(fault.seconds)  # the fault itself: this is how long it lasts
            assert log_size(agent) < LOG_LIMIT
        game.wild.order("")
        game.wait_tracked()
        game.viewer.wait_frames(50)
    seen, record = watched(game, began), game.record()
    if fault.silent:
        figures.add("camera holds", holds_after(record))
    figures.add("pictures lost", lost(seen))
    figures.add("slowest 1 % of /healthz", answers.slowest)
    assert fault.problem in log_of(agent)
    assert_on_air(game, seen)
    assert losses(agent) == ({fault.loss: 1} if fault.loss else {})
    assert busiest(record) <= 105, "more updates a second than any camera has pictures"
    assert_untouched(game)


def watched(game: Game, began: int) -> Recording:
    """What the viewer has seen since picture `began`."""
    return Recording(frames=game.viewer.recording.frames[began:], errors=list(game.viewer.recording.errors))


def assert_on_air(game: Game, seen: Recording) -> None:
    assert seen.errors == []
    assert lost(seen) <= PRESSED * len(seen.frames)
    for job_id in (*game.tracked, game.other):
        status = game.agent.status(job_id)
        assert (status["state"], status["restart_count"], status["publish"]["reconnects"]) == (
            "running",
            0,
            0,
        )


def assert_untouched(game: Game) -> None:
    """The other detector and its job have noticed nothing."""
    assert losses(game.agent, "calm") == {}
    told = [update["frame_pts"] for update in Record.of(game.agent, game.other).updates]
    assert max(later - earlier for earlier, later in pairwise(told)) < HANG_SECONDS


def holds_after(record: Record) -> float:
    """By the decision log, in stream time: from the last picture that the detector told of, before the camera
    had longest nothing to go by, to the first picture that leaves without it."""
    silent = silence(record)
    assert silent.seconds > 1, "it was never without an update"
    later = (view for view in record.views if view["pts"] > silent.after and view["reason"] in BRIDGED)
    return float(next(later)["pts"]) - silent.after


class Silence(NamedTuple):
    seconds: float
    after: float
    """The picture that was told of last before it."""


def silence(record: Record) -> Silence:
    """The longest one of the detector, in stream time."""
    told = sorted(float(update["frame_pts"]) for update in record.updates if update["frame_pts"] > 0)
    return max(Silence(later - earlier, earlier) for earlier, later in pairwise(told))


def busiest(record: Record) -> int:
    """The most updates that came in one second."""
    came = sorted(float(update["arrived"]) for update in record.updates)
    return max(sum(at <= other < at + 1 for other in came) for at in came[:: max(1, len(came) // 200)])


def log_path(agent: Agent) -> Path:
    return agent.state_dir / "detectors" / "wild.log"


def log_of(agent: Agent) -> str:
    return agent.log.read_text(errors="replace") + log_path(agent).read_text(errors="replace")


def log_size(agent: Agent) -> int:
    return log_path(agent).stat().st_size


@pytest.mark.fault(17)
@pytest.mark.long
def test_dies_at_each_start(game: Game, figures: Figures) -> None:
    began, answers = len(game.viewer.recording.frames), Answers(game.agent.base_url)
    with answers.going_on():
        killed = now()
        before = die_until_paused(game)
        status = game.agent.status(game.tracked[0])
        assert status["detector_problem"].startswith("paused, since it was lost too often")
        assert 30 < status["detector_next_attempt_in"] <= 60
        time.sleep(max(0.0, killed + 60 - now()))  # the minute that its starts are counted in
        figures.add("starts in a minute", len(game.wild.starts) - before)
        started_again = game.wild.starts[before:]
        job_id = start_ingest(game.agent, game.source, "d", "wild")
        wait_for("a try for the new job", lambda: game.wild.starts[before:] != started_again)
        wait_for("its loss", lambda: losses(game.agent)["died"] > len(started_again) + 1)
        assert game.agent.status(job_id)["detector_state"] == "failed", "it is paused again at once"
        game.agent.stop_ingest(job_id)
    game.wild.order("")
    game.agent.post("/runner/tracking/start", {"job_id": game.tracked[0], "detector": "wild"})
    game.wait_tracked()
    seen = watched(game, began)
    figures.add("camera holds", holds_after(game.record()))
    figures.add("pictures lost", lost(seen))
    figures.add("slowest 1 % of /healthz", answers.slowest)
    assert_on_air(game, seen)
    assert_untouched(game)


def die_until_paused(game: Game) -> int:
    """How often it had been started before."""
    before = len(game.wild.starts)
    game.wild.order("die")
    for worker in workers(game.agent):
        os.kill(worker.pid, signal.SIGKILL)
    game.agent.wait_status(
        game.tracked[0], "the pause", lambda status: status["detector_state"] == "failed", 60
    )
    return before


@pytest.mark.fault(17)
@pytest.mark.long
def test_one_of_two_sources_goes_away(
    nginx: Nginx, loop_mp4: Path, tmp_path: Path, start_agent: AgentFactory
) -> None:
    """Nobody is blamed for it, and the detector goes on in the other job."""
    wild = Wild(tmp_path)
    agent = start_agent(wild.settings)
    here, there = (f"{place}-{time.monotonic_ns()}" for place in ("here", "there"))
    with rtmp_camera(nginx, loop_mp4, here, tmp_path / "here.log") as source, ExitStack() as stack:
        stays = start_ingest(agent, source, "a", "wild")
        camera_there = stack.enter_context(on_air(nginx, loop_mp4, there, tmp_path))
        goes = start_ingest(agent, nginx.url(there), "b", "wild")
        for job_id in (stays, goes):
            wait_tracked(agent, job_id)
        camera_there.kill()
        agent.wait_status(goes, "its source is away", lambda status: status["phase"] == "reconnecting")
        time.sleep(3 * HANG_SECONDS)  # the fault itself: this is how long it lasts
        wait_tracked(agent, stays)
        stack.enter_context(on_air(nginx, loop_mp4, there, tmp_path))
        for job_id in (stays, goes):
            wait_tracked(agent, job_id)
    assert losses(agent) == {}
    assert len(wild.starts) == 1
    told = [update["frame_pts"] for update in Record.of(agent, stays).updates]
    assert max(later - earlier for earlier, later in pairwise(told)) < HANG_SECONDS


@contextmanager
def on_air(nginx: Nginx, clip: Path, name: str, folder: Path) -> Iterator[Peer]:
    with camera(clip, nginx.url(name), "flv", folder / f"{name}.log") as pusher:
        nginx.wait_published(name)
        yield pusher
