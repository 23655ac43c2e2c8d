"""What the soak is of: camera, servers, an agent with a detector, a program over RTMP and one in files."""

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from ...e2e.agent import Agent
from ...e2e.conftest import LOOP
from ...e2e.processes import Peer, wait_for
from ...e2e.servers import Nginx, push_arguments
from ...media import clip as media
from ..watchers import Sipper

CAMERA, PROGRAM = "soak-camera", "soak-program"
STALLED = 10


@dataclass
class Stage:
    folder: Path
    agent: Agent
    source_server: Nginx
    program_server: Nginx
    clip: Path
    published: str = ""
    """The job that is published over RTMP; the other goes into a playlist."""
    other: str = ""
    camera: Peer | None = None

    @property
    def program(self) -> str:
        return self.program_server.url(PROGRAM)

    @property
    def jobs(self) -> dict[str, str]:
        return {self.published: "rtmp", self.other: "hls"}

    def begin(self) -> None:
        """Where jobs publish is a setting of the agent, so each begins under another agent."""
        self.camera_on()
        self.set_output(str(self.folder / "{session_id}.m3u8"))
        self.agent.start()
        self.other = self.agent.start_ingest(self.source_server.url(CAMERA), "hls")
        self.agent.wait_streaming(self.other)
        self.agent.kill()
        self.set_output(self.program)
        self.agent.start()
        self.published = self.agent.start_ingest(self.source_server.url(CAMERA), "rtmp")
        self.program_server.wait_published(PROGRAM)
        self.wait_well()

    def set_output(self, uri: str) -> None:
        (self.agent.folder / "runner.toml").write_text(f'ingest_output_uri = "{uri}"\n')

    def camera_on(self) -> None:
        arguments = push_arguments(self.clip, self.source_server.url(CAMERA), "flv")
        self.camera = Peer(arguments, self.folder / "camera.log")
        self.source_server.wait_published(CAMERA)

    def camera_off(self) -> None:
        if self.camera is not None:
            self.camera.stop()

    def wait_well(self) -> None:
        for job_id in self.jobs:
            self.agent.wait_status(
                job_id,
                "all well",
                lambda status: status["phase"] == "streaming" and status["detector_state"] == "running",
                90,
            )

    def detectors(self) -> list[psutil.Process]:
        return [process for process in self.agent.family() if "worker" in process.cmdline()]

    def publishers(self) -> list[psutil.Process]:
        """Of the job that is published."""
        pid = int((self.agent.state_dir / "jobs" / self.published / "pid").read_text().split()[0])
        return psutil.Process(pid).children()

    def inflict(self, kind: str, seconds: float) -> None:
        """Returns when it is over, though not yet what comes of it."""
        assert self.camera is not None
        match kind:
            case "camera cut":
                self.camera.kill()
                time.sleep(seconds)
                self.camera_on()
            case "camera frozen":
                self.camera.signal(signal.SIGSTOP)
                time.sleep(seconds)
                # One that went on would make up for it, a twentieth quicker than time: a drift of its own.
                self.camera.kill()
                self.camera_on()
            case "server killed":
                self.program_server.kill()
                time.sleep(seconds)
                self.program_server.start()
            case "publisher killed":
                _kill(self.publishers())
            case "agent killed":
                self.agent.kill()
                self.agent.start()
            case "detector killed":
                _kill(self.detectors())
            case "viewers stalled":
                self._stall(seconds)

    def _stall(self, seconds: float) -> None:
        _, url = self.agent.start_preview(self.source_server.url(CAMERA))
        with ExitStack() as stack:
            for _ in range(STALLED):
                stack.callback(Sipper(url, thirst=False).close)
            time.sleep(seconds)


def _kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        process.kill()


@contextmanager
def stage(folder: Path) -> Iterator[Stage]:
    """Fails at its end where a process is left behind."""
    with ExitStack() as stack:
        servers = []
        for name in ("source", "program"):
            (folder / name).mkdir()
            servers.append(Nginx(folder / name))
            stack.callback(servers[-1].stop)
        (folder / "agent").mkdir()
        agent = Agent(folder / "agent", {"RUNNER_DETECTOR": "motion"})
        stack.callback(agent.close)
        made = Stage(folder, agent, servers[0], servers[1], media.write(folder / "loop.mp4", LOOP))
        stack.callback(made.camera_off)
        made.begin()
        yield made


def wait_over(stage: Stage, kind: str) -> None:
    """Until what came of a fault is over too."""
    stage.wait_well()
    if kind in ("server killed", "publisher killed"):
        wait_for("the program", lambda: stage.program_server.clients(PROGRAM).publishers, 60)
