"""The agent as its user runs it: a process of its own, spoken to over HTTP."""

import os
import signal
import sys
import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx2
import psutil

from virtualptz.client import RunnerClient
from virtualptz.wire.ingest import ProfileName

from ..ports import free_port
from .processes import Peer, command_lines, family, wait_for

API_KEY = "e2e-key"
Status = defaultdict[str, Any]
"""A job's status; what it does not tell yet is None."""


class Agent:
    """One agent with a state folder of its own; may be killed and started again on the same folder."""

    python = sys.executable
    flags: tuple[str, ...] = ()
    """Of `virtualptz serve`, beside its port."""

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.state_dir = folder / "state"
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "agent.log"
        self.mark = uuid.uuid4().hex
        self._env = self._environment(settings or {})
        self.answers: list[str] = []
        """Every JSON answer so far, headers included."""
        self.client = httpx2.Client(
            base_url=self.base_url,
            headers={"Authorization": f"Bearer {API_KEY}"},
            timeout=30,
            event_hooks={"response": [self._keep_answer]},
        )
        self.runner = RunnerClient(self.base_url, self._env["RUNNER_API_KEY"])
        self.runner._http.event_hooks["response"].append(self._keep_answer)
        self._peer: Peer | None = None

    def _environment(self, settings: Mapping[str, str]) -> dict[str, str]:
        ours = ("RUNNER_", "PREVIEW_")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        config = self.folder / "runner.toml"
        config.touch()
        return inherited | {
            "RUNNER_API_KEY": API_KEY,
            "RUNNER_CONFIG": str(config),
            "RUNNER_STATE_DIR": str(self.state_dir),
            "RUNNER_PUBLIC_BASE_URL": self.base_url,
            "RUNNER_OUTPUT_WIDTH": "320",
            "RUNNER_OUTPUT_HEIGHT": "180",
            "RUNNER_VIDEO_ENCODER": "libx264",
            "PYTHONUNBUFFERED": "1",
            "VPTZ_E2E_MARK": self.mark,
            "RUNNER_PASS_ENVIRONMENT": "VPTZ_*, FAKETIME*",
            **settings,
        }

    def _keep_answer(self, response: httpx2.Response) -> None:
        if "json" in response.headers.get("content-type", ""):
            response.read()
            self.answers.append(f"{response.headers} {response.text}")

    def start(self) -> "Agent":
        self.spawn().wait_port(self.port, 60)
        wait_for("the agent's health", lambda: self.runner.health().status == "ok")
        return self

    def change(self, settings: Mapping[str, str]) -> None:
        """Settings of the next start."""
        self._env |= settings

    def spawn(self) -> Peer:
        """As `start`, but without waiting for it: it may be signalled while it starts."""
        command = [self.python, "-m", "virtualptz", "serve", "--port", str(self.port), *self.flags]
        self._peer = Peer(command, self.log, env=self._env)
        return self._peer

    def twin(self) -> Peer:
        """A second agent with the same settings on another port."""
        command = [sys.executable, "-m", "virtualptz", "serve", "--port", str(free_port())]
        return Peer(command, self.folder / "twin.log", env=self._env)

    @property
    def pid(self) -> int:
        assert self._peer is not None
        return self._peer.process.pid

    def family(self) -> list[psutil.Process]:
        """The agent, its job processes and all that they started."""
        return family(self.mark)

    def job_processes(self) -> list[psutil.Process]:
        """The processes at work on a job (one that only waits for the next job is not)."""
        working = {int(path.read_text().split()[0]) for path in self.state_dir.glob("jobs/*/pid")}
        return [process for process in self.family() if process.pid in working]

    def kill(self) -> None:
        """The agent alone dies, at once; its jobs get no word of it."""
        os.kill(self.pid, signal.SIGKILL)
        assert self._peer is not None
        self._peer.process.wait(10)

    def terminate(self, timeout: float = 30.0) -> int:
        """SIGTERM, as a service manager does; the exit code."""
        self.send(signal.SIGTERM)
        return self.wait_end(timeout)

    def send(self, number: signal.Signals) -> None:
        """To the agent alone."""
        os.kill(self.pid, number)

    def wait_end(self, timeout: float = 30.0) -> int:
        """The exit code."""
        assert self._peer is not None
        return self._peer.process.wait(timeout)

    def close(self) -> None:
        """End the agent; fails where it does not end, or leaves a process or an untaken error behind."""
        self.client.close()
        self.runner.close()
        try:
            if self._peer is not None and self._peer.running:
                self.terminate()
            left = command_lines(self.family())
            assert not left, f"left behind: {left}"
            assert not (unseen := self.unseen_errors()), "\n".join(unseen)
        finally:
            for process in self.family():
                process.kill()

    def unseen_errors(self) -> list[str]:
        """What event loops logged, the agent's and its jobs', for want of anybody who took it."""
        logs = [self.log, *self.state_dir.glob("jobs/*/job.log")]
        lines = [
            line for log in logs if log.exists() for line in log.read_text(errors="replace").splitlines()
        ]
        return [line for line in lines if " ERROR asyncio: " in line or '"logger": "asyncio"' in line]

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = self.client.post(path, json=dict(body))
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        found: dict[str, Any] = answer.json()
        return found

    def start_ingest(self, source: str, session_id: str = "s", profile: ProfileName = "balanced") -> str:
        started = self.runner.start_ingest(session_id, source, profile)
        assert started.state == "running"
        return started.job_id

    def stop_ingest(self, job_id: str) -> None:
        self.runner.stop_ingest(job_id)

    def stop_all(self) -> None:
        """Stop every job that runs."""
        for job in self.runner.jobs(state="running").jobs:
            stop = self.runner.stop_preview if job.kind == "preview" else self.runner.stop_ingest
            stop(job.job_id)

    def start_preview(self, source: str, **profile: Any) -> tuple[str, str]:
        """The job's id and the URL to watch it at."""
        answer = self.post("/runner/preview/start", {"source_uri_ref": source, "profile": profile})
        return str(answer["job_id"]), str(answer["preview_url"])

    def ptz(self, job_id: str, center_x: float, center_y: float = 0.5, zoom: float = 1.0) -> dict[str, Any]:
        return self.runner.ptz(job_id, center_x, center_y, zoom).model_dump()

    def status(self, job_id: str) -> Status:
        return defaultdict(lambda: None, self.post("/runner/job/status", {"job_id": job_id}))

    def wait_status(
        self, job_id: str, what: str, condition: Callable[[Status], bool], timeout: float = 30.0
    ) -> Status:
        """The first status that fulfils the condition."""
        last: Status = defaultdict(lambda: None)

        def met() -> bool:
            last.clear()
            last.update(self.status(job_id))
            return condition(last)

        try:
            wait_for(f"{what} of {job_id}", met, timeout)
        except AssertionError as error:
            raise AssertionError(f"{error}; status {dict(last)}; {self.job_log(job_id)}") from None
        return last

    def wait_streaming(self, job_id: str) -> Status:
        return self.wait_status(job_id, "streaming", lambda status: status.get("phase") == "streaming")

    def wait_ended(self, job_id: str, timeout: float = 60.0) -> Status:
        return self.wait_status(
            job_id, "the end", lambda status: status["state"] in {"stopped", "failed"}, timeout
        )

    def job_log(self, job_id: str) -> str:
        path = self.state_dir / "jobs" / job_id / "job.log"
        return path.read_text(errors="replace")[-2000:] if path.exists() else "no job.log"

    def everything_written(self) -> str:
        """All that the agent and its jobs ever printed."""
        logs = [self.log, *self.state_dir.rglob("*.log")]
        return "\n".join(log.read_text(errors="replace") for log in logs if log.exists())
