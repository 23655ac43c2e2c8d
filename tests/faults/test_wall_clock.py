"""The wall clock jumps while everything is on air: agent and jobs see a false one."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from ..e2e.agent import Agent, Status
from ..e2e.conftest import AgentFactory
from ..e2e.previews import PreviewViewer
from ..e2e.processes import missing, wait_for
from ..e2e.servers import Nginx, rtmp_camera
from ..media.watch import Recording, Viewer
from ..ports import free_port
from .figures import Figures
from .program import backward, lost

LIBRARY = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")
JUMPS = (3600, -3600, -3590, -3600)
"""Each to that many seconds from the truth: an hour on, two back, ten on, ten back."""
QUICK_JUMPS = JUMPS[:2]
TOLERANCE = 60.0
"""Of a machine that is busy; a jump is told from the truth all the same."""
JUMP_PICTURES = 60
SENDER_REPORT_PICTURES = 150
"""RTP's sender reports come every five seconds."""


@dataclass(frozen=True)
class FalseClock:
    """Read anew by each process once a second."""

    file: Path

    @classmethod
    def at(cls, folder: Path) -> "FalseClock":
        if not LIBRARY.exists():
            missing("libfaketime")
        clock = cls(folder / "clock")
        clock.set(0)
        return clock

    def set(self, seconds: int) -> None:
        """So far from the truth."""
        new = self.file.with_suffix(".new")
        new.write_text(f"{seconds:+d}")
        new.replace(self.file)

    @property
    def settings(self) -> dict[str, str]:
        return {
            "LD_PRELOAD": str(LIBRARY),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }


@pytest.fixture
def source(nginx: Nginx, loop_mp4: Path, tmp_path: Path) -> Iterator[str]:
    with rtmp_camera(nginx, loop_mp4, f"{tmp_path.name}-source", tmp_path / "camera.log") as url:
        yield url


@dataclass(frozen=True)
class Clocks:
    """What time it is by the agent's clock, and by that of a job's process."""

    agent: Agent
    restless: str
    """A job that tries in vain, and so writes a line of log again and again."""

    @classmethod
    def of(cls, agent: Agent) -> "Clocks":
        return cls(agent, agent.start_preview(f"rtmp://127.0.0.1:{free_port()}/live/nobody")[0])

    def wait_off(self, seconds: float) -> None:
        """Until both are so far from the truth."""
        wait_for("the false clock of the agent", lambda: is_off(self._date(), seconds))
        job_id, _ = self.agent.start_preview(str(self.agent.log))  # no media: it fails at once
        assert is_off(created_at(self.agent, job_id), seconds), "created at another time"
        wait_for("the false clock of a job", lambda: is_off(self._last_line(), seconds))

    def _date(self) -> datetime:
        return parsedate_to_datetime(self.agent.client.get("/health").headers["date"])

    def _last_line(self) -> datetime:
        log = (self.agent.state_dir / "jobs" / self.restless / "job.log").read_text()
        times = re.findall(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", log, re.MULTILINE)
        return datetime.fromisoformat(times[-1] if times else "1970-01-01").astimezone()


def created_at(agent: Agent, job_id: str) -> datetime:
    return datetime.fromisoformat(agent.status(job_id)["created_at"])


def is_off(moment: datetime, seconds: float) -> bool:
    """Whether it is about so far from now."""
    return abs(moment - datetime.now(UTC) - timedelta(seconds=seconds)) < timedelta(seconds=TOLERANCE)


def jump(jumps: Sequence[int], clock: FalseClock, clocks: Clocks, program: Viewer, preview: str) -> None:
    watching = PreviewViewer(preview)
    watching.wait_parts(2, first=True)
    for seconds in jumps:
        clock.set(seconds)
        clocks.wait_off(seconds)
        program.wait_frames(JUMP_PICTURES)
        watching.wait_parts(5)
        assert clocks.agent.client.head(preview).status_code == 200, "a preview given before the jump"
    watching.close()


def tracked_by(agent: Agent) -> list[int]:
    """The processes of the detector."""
    return sorted(
        each.pid for each in agent.family() if " worker --runner-base-url " in " ".join(each.cmdline())
    )


def check(status: Status, recording: Recording, figures: Figures) -> None:
    restarts = sum(status[each] for each in ("restart_count", "source_restarts", "publisher_restarts"))
    figures.add("restarts", restarts)
    figures.add("pictures lost", lost(recording))
    assert restarts == 0
    assert lost(recording) <= status["frames_dropped"], "pictures that nobody dropped for want of time"
    assert (recording.errors, backward(recording)) == ([], 0)


@pytest.mark.fault(15)
@pytest.mark.long
@pytest.mark.parametrize("jumps", [QUICK_JUMPS, JUMPS], ids=["quick", "whole"])
def test_jumps(
    jumps: tuple[int, ...],
    nginx: Nginx,
    source: str,
    tmp_path: Path,
    start_agent: AgentFactory,
    figures: Figures,
) -> None:
    clock, name = FalseClock.at(tmp_path), f"{tmp_path.name}-program"
    agent = start_agent({"RUNNER_DETECTOR": "motion"} | clock.settings, output=nginx.url(name))
    job_id = agent.start_ingest(source)
    publisher = nginx.wait_published(name)
    agent.wait_status(job_id, "a detector", lambda now: now["detector_state"] == "running", 60)
    created, detector = created_at(agent, job_id), tracked_by(agent)
    assert is_off(created, 0)
    program = Viewer(nginx.url(name))
    program.wait_frames(10)
    jump(jumps, clock, Clocks.of(agent), program, agent.start_preview(source, fps=5, scale="160:-1")[1])
    assert tracked_by(agent) == detector, "the detector was restarted"
    # Adoption goes by the start time of a process, which is told by no clock that can be set.
    agent.kill()
    agent.start()
    status = agent.wait_streaming(job_id)
    program.wait_frames(JUMP_PICTURES)
    check(status, program.close(), figures)
    assert created_at(agent, job_id) == created
    assert nginx.clients(name).publishers == (publisher,)


@pytest.mark.fault(15)
@pytest.mark.long
def test_jumps_while_rtsp_is_published(
    source: str, tmp_path: Path, start_agent: AgentFactory, figures: Figures
) -> None:
    """Its sender reports tell the wall clock's time, and receivers reckon with it."""
    clock, url = FalseClock.at(tmp_path), f"rtsp://127.0.0.1:{free_port()}/stream"
    program = Viewer(url, options={"rtsp_flags": "listen", "listen_timeout": "60"}, timeout=60)
    agent = start_agent(clock.settings, output=url)
    job_id = agent.start_ingest(source)
    program.wait_frames(JUMP_PICTURES, 60)
    clocks = Clocks.of(agent)
    for seconds in JUMPS:
        clock.set(seconds)
        clocks.wait_off(seconds)
        program.wait_frames(SENDER_REPORT_PICTURES)
    status = agent.status(job_id)
    recording = program.close()
    # Until the sender's first report the receiver only guesses the time.
    del recording.frames[:5]
    recording.sounds = [sound for sound in recording.sounds if sound[0] > recording.pts[0]]
    check(status, recording, figures)
