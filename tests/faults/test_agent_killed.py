"""The agent is killed, again and again, in the middle of everything; what it left on air stays there."""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import psutil
import pytest

from ..e2e.agent import Agent
from ..e2e.conftest import AgentFactory
from ..e2e.previews import PreviewViewer
from ..e2e.processes import command_lines, wait_for
from ..e2e.servers import Nginx, rtmp_camera
from ..media.watch import Viewer
from .figures import Figures
from .program import backward, lost, now

PROGRAMS = ("one", "two")
QUICK_KILLS, KILLS = 3, 50
ROUND_BEFORE_LEVEL = 5
"""By then everything has been used once, and memory and descriptors should be level."""
GROWTH_MIB = 16.0


@dataclass
class OnAir:
    """Two programs and a preview of a camera of its own, which stay on air for the whole test."""

    agent: Agent
    nginx: Nginx
    source: str
    jobs: dict[str, str]
    """By program."""
    preview: str
    preview_url: str
    publishers: dict[str, int]
    names: str

    def stream(self, program: str) -> str:
        return f"{self.names}-{program}"

    @property
    def lasting(self) -> list[str]:
        return [*self.jobs.values(), self.preview]

    def processes(self) -> list[psutil.Process]:
        """Of the jobs that last."""
        pids = [
            int((self.agent.state_dir / "jobs" / job_id / "pid").read_text().split()[0])
            for job_id in self.lasting
        ]
        return [psutil.Process(pid) for pid in pids]

    def wait_back(self) -> None:
        """Until all run as before, by the same processes, and the preview can be watched by its old URL."""
        for job_id in self.lasting:
            status = self.agent.wait_streaming(job_id)
            assert (status["state"], status["restart_count"]) == ("running", 0), status
        viewer = PreviewViewer(self.preview_url)
        viewer.wait_parts(1, first=True)
        viewer.close()

    def second_publishers(self) -> int:
        """How many of the programs are not published by the very connection that they began with."""
        now = {program: self.nginx.clients(self.stream(program)).publishers for program in PROGRAMS}
        return sum(now[program] != (self.publishers[program],) for program in PROGRAMS)

    def stop_others(self) -> None:
        """Whatever the fault began or left half done; its jobs must be known, and must stop when told to."""
        for job in self.agent.client.get("/runner/jobs").json()["jobs"]:
            if job["job_id"] not in self.lasting and job["state"] == "running":
                kind = "preview" if job["kind"] == "preview" else "ingest"
                self.agent.post(f"/runner/{kind}/stop", {"job_id": job["job_id"]})
        wait_for("no process but those of the jobs", lambda: len(self.agent.job_processes()) == 3)


@pytest.fixture
def on_air(nginx: Nginx, loop_mp4: Path, tmp_path: Path, start_agent: AgentFactory) -> Iterator[OnAir]:
    names = tmp_path.name
    settings = {"RUNNER_DETECTOR": "motion", "RUNNER_PREVIEW_TOKEN_SECONDS": "3600"}
    agent = start_agent(settings, output=nginx.url(f"{names}-{{session_id}}"))
    with (
        rtmp_camera(nginx, loop_mp4, f"{names}-camera", tmp_path / "camera.log") as source,
        rtmp_camera(nginx, loop_mp4, f"{names}-other", tmp_path / "other.log") as other,
    ):
        jobs = {program: agent.start_ingest(source, program) for program in PROGRAMS}
        preview, url = agent.start_preview(other, fps=10, scale="160:-1")
        publishers = {program: nginx.wait_published(f"{names}-{program}") for program in PROGRAMS}
        scene = OnAir(agent, nginx, source, jobs, preview, url, publishers, names)
        scene.wait_back()
        for job_id in jobs.values():
            agent.wait_status(job_id, "a detector", lambda now: now["detector_state"] == "running", 60)
        yield scene


Prepared = Callable[[], object]
"""What is under way when the agent is killed; called just before that, it must return at once."""


def at_rest(_: OnAir) -> Iterator[Prepared]:
    yield lambda: None


def while_it_starts(scene: OnAir) -> Iterator[Prepared]:
    def begin() -> None:
        scene.agent.kill()
        scene.agent.spawn()

    yield begin


def while_a_job_starts(scene: OnAir) -> Iterator[Prepared]:
    body = {"session_id": "new", "source_uri_ref": scene.source, "profile": "fluid"}
    yield from _asked(scene, "/runner/ingest/start", body)


def while_a_preview_starts(scene: OnAir) -> Iterator[Prepared]:
    yield from _asked(scene, "/runner/preview/start", {"source_uri_ref": scene.source, "profile": {}})


def while_a_job_stops(scene: OnAir) -> Iterator[Prepared]:
    job_id = scene.agent.start_ingest(scene.source, "stopped")
    scene.agent.wait_streaming(job_id)
    yield from _asked(scene, "/runner/ingest/stop", {"job_id": job_id})


def while_watched(scene: OnAir) -> Iterator[Prepared]:
    viewers = [PreviewViewer(scene.preview_url) for _ in range(3)]
    for viewer in viewers:
        viewer.wait_parts(2, first=True)
    yield lambda: None
    for viewer in viewers:
        viewer.wait_end()
        viewer.close()


def while_a_publisher_reconnects(scene: OnAir) -> Iterator[Prepared]:
    job_id = scene.agent.start_ingest(scene.source, "reconnects")
    first = scene.nginx.wait_published(scene.stream("reconnects"))
    ours = {process.pid for process in scene.processes()}
    (process,) = [each for each in scene.agent.job_processes() if each.pid not in ours]
    publishers = process.children()
    assert publishers, "no publishing process"

    def begin() -> None:
        for each in publishers:
            each.kill()

    yield begin
    wait_for(
        "a new publisher",
        lambda: [
            each for each in scene.nginx.clients(scene.stream("reconnects")).publishers if each != first
        ],
    )
    assert scene.agent.status(job_id)["restart_count"] == 0


def _asked(scene: OnAir, path: str, body: Mapping[str, object]) -> Iterator[Prepared]:
    """A request under way, the answer to which may never come."""

    def ask() -> None:
        try:
            scene.agent.client.post(path, json=body)
        except httpx2.HTTPError:
            return

    with ThreadPoolExecutor(1) as pool:
        yield lambda: pool.submit(ask)


MOMENTS = (
    while_a_job_starts,
    while_it_starts,
    while_watched,
    while_a_job_stops,
    while_a_publisher_reconnects,
    while_a_preview_starts,
    at_rest,
)
LONGEST_PAUSE = {while_it_starts: 1.5, at_rest: 0.5}
USUAL_PAUSE = 0.25
"""A start or a stop is mostly done by then."""


def kill_at(moment: Callable[[OnAir], Iterator[Prepared]], scene: OnAir, pause: float) -> float:
    """Seconds from the next agent's start until all is as before."""
    with contextmanager(moment)(scene) as begin:
        begin()
        time.sleep(pause)  # somewhere within what was begun
        scene.agent.kill()
        started = now()
        scene.agent.start()
        scene.wait_back()
        seconds = now() - started
    scene.stop_others()
    return seconds


@pytest.mark.fault(10)
@pytest.mark.parametrize(
    "kills", [QUICK_KILLS, pytest.param(KILLS, marks=[pytest.mark.long, pytest.mark.timeout(1200)])]
)
def test_again_and_again(kills: int, on_air: OnAir, figures: Figures) -> None:
    chance = random.Random(kills)
    viewers = [Viewer(on_air.nginx.url(on_air.stream(program))) for program in PROGRAMS]
    for viewer in viewers:
        viewer.wait_frames(10)
    levels: list[Counter[str]] = []
    second = 0
    for number in range(kills):
        moment = MOMENTS[number % len(MOMENTS)]
        pause = chance.uniform(0.0, LONGEST_PAUSE.get(moment, USUAL_PAUSE))
        figures.add("jobs back", kill_at(moment, on_air, pause))
        second += on_air.second_publishers()
        levels.append(level(on_air))
    dropped = sum(on_air.agent.status(job_id)["frames_dropped"] for job_id in on_air.jobs.values())
    recordings = [viewer.close() for viewer in viewers]
    missed = sum(lost(recording) for recording in recordings)
    figures.add("second publishers", second)
    figures.add("pictures lost on air", missed)
    on_air.agent.stop_all()
    assert on_air.agent.terminate() == 0
    left = command_lines(on_air.agent.family())
    figures.add("orphans", len(left))
    assert (left, second) == ([], 0)
    assert missed <= dropped, "pictures that nobody dropped for want of time are missing on air"
    assert sum(backward(recording) for recording in recordings) == 0
    assert [recording.errors for recording in recordings] == [[], []]
    assert_level(levels)


def level(scene: OnAir) -> Counter[str]:
    """What must not grow with every agent that came and went."""
    found: Counter[str] = Counter()
    for process in scene.processes():
        found["descriptors"] += process.num_fds()
        found["threads"] += process.num_threads()
        found["MiB"] += process.memory_info().rss >> 20
    files = [path.name for path in scene.agent.state_dir.rglob("*")]
    found["sockets"] = files.count("sock")
    found["half-written files"] = sum(name.endswith(".new") for name in files)
    return found


def assert_level(levels: list[Counter[str]]) -> None:
    assert all(each["sockets"] == 3 and not each["half-written files"] for each in levels), levels
    if len(levels) > ROUND_BEFORE_LEVEL:
        first, last = levels[ROUND_BEFORE_LEVEL], levels[-1]
        assert last["descriptors"] <= first["descriptors"] + 3, levels
        assert last["threads"] <= first["threads"], levels
        assert last["MiB"] <= first["MiB"] + GROWTH_MIB, levels


@pytest.mark.fault(10)
@pytest.mark.long
def test_a_power_cut(on_air: OnAir) -> None:
    """Agent and jobs die at once; the next agent starts what is meant to run."""
    scene = on_air
    for process in scene.agent.family():
        process.kill()
    scene.agent.wait_end()
    wait_for("the end of all", lambda: not scene.agent.family())
    scene.agent.start()
    for job_id in scene.lasting:
        assert scene.agent.wait_streaming(job_id)["restart_count"] == 1
    for program in PROGRAMS:
        assert scene.nginx.wait_published(scene.stream(program)) != scene.publishers[program]


@pytest.mark.fault(10)
@pytest.mark.long
def test_nobody_comes_back(nginx: Nginx, loop_mp4: Path, tmp_path: Path, start_agent: AgentFactory) -> None:
    """Jobs that no agent takes over end themselves, and take their publishers with them."""
    name = f"{tmp_path.name}-orphan"
    agent = start_agent({"RUNNER_ORPHAN_SECONDS": "2"}, output=nginx.url(name))
    with rtmp_camera(nginx, loop_mp4, f"{name}-camera", tmp_path / "camera.log") as source:
        job_id = agent.start_ingest(source)
        agent.wait_streaming(job_id)
        nginx.wait_published(name)
        agent.kill()
        wait_for("the orphan's end", lambda: not agent.family())
        assert nginx.clients(name).publishers == ()
    agent.start()
    status = agent.status(job_id)
    assert status["state"] == "stopped"
    assert "no agent for 2 s" in status["last_error"]
