"""A marked word in every secret: in addresses, logins, keys and tokens. It must come out nowhere."""

import base64
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest
from scripts._fuzz.leaks import leaks

from ..e2e.agent import Agent, Status
from ..e2e.processes import Peer, command_lines, wait_for
from ..e2e.servers import Nginx, rtsp_server
from ..e2e.test_secrets import DEAD, MARK, REFUSED
from ..ports import free_port
from .figures import Figures

USER, PASSWORD = f"{MARK}user", f"{MARK}:p@ss/word"
KEY = f"{MARK}-api-key"
TYPED = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
"""How RTSP and HTTP send it."""
LOUD = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(levelname)s %(name)s %(message)s"}},
    "handlers": {"all": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["all"], "level": "DEBUG"},
    "loggers": {"asyncio": {"level": "WARNING"}},
}


class LoudAgent(Agent):
    """Plain uvicorn, with every logger at DEBUG."""

    def start(self) -> Agent:
        config = self.folder / "logging.json"
        config.write_text(json.dumps(LOUD))
        self.client.headers["Authorization"] = f"Bearer {KEY}"
        command = [
            "-m",
            "uvicorn",
            "virtualptz.main:app",
            "--port",
            str(self.port),
            "--log-config",
            str(config),
        ]
        self._peer = Peer([sys.executable, *command], self.log, env=self._env)
        self._peer.wait_port(self.port, 60)
        wait_for("the agent's health", lambda: self.client.get("/health").status_code == 200)
        return self


@pytest.fixture
def loud(nginx: Nginx, tmp_path: Path) -> Iterator[LoudAgent]:
    """It publishes to a server that refuses it."""
    output = nginx.url("{session_id}-" + MARK, "guarded") + f"?auth={MARK}"
    settings = {"RUNNER_API_KEY": KEY, "RUNNER_INGEST_OUTPUT_URI": output, "RUNNER_DECISION_LOG": "true"}
    agent = LoudAgent(tmp_path, settings)
    agent.start()
    yield agent
    agent.close()


class Seen:
    """Where the marked word was found, and all that was looked through."""

    def __init__(self) -> None:
        self.hits: list[str] = []
        self.looked = 0

    def look(self, what: str, text: str) -> None:
        self.looked += len(text)
        self.hits += [f"{what}: {found}" for found in leaks([text], (MARK, TYPED))]

    def look_at_children(self, agent: Agent) -> None:
        children = [process for process in agent.family() if process.pid != agent.pid]
        for line in command_lines(agent.family()):
            self.look("a process list", line)
        for child in children:
            try:
                environ = child.environ()
            except (psutil.NoSuchProcess, psutil.ZombieProcess):
                continue
            for name, value in environ.items():
                self.look(f"{name} in the environment of {child.name()}", value)


def _is_refused(status: Status) -> bool:
    return bool(status["publish"]) and status["publish"]["state"] != "publishing"


@pytest.mark.long
@pytest.mark.fault(24)
def test_canaries(loud: LoudAgent, loop_mp4: Path, tmp_path: Path, figures: Figures) -> None:
    seen = Seen()
    login = f"{USER}:{quote(PASSWORD, safe='')}"
    with rtsp_server(tmp_path, "play", str(loop_mp4), USER, PASSWORD) as (port, _):
        place = f"127.0.0.1:{port}/stream?{MARK}={MARK}"
        job_id = loud.start_ingest(f"rtsp://{login}@{place}", "works")
        loud.wait_status(job_id, "pictures", lambda status: bool(status["media"]))
        _, preview = loud.start_preview(f"rtsp://{login}@{place}")
        wrong = loud.start_ingest(f"rtsp://{USER}:{MARK}-wrong@{place}", "wrong")
        loud.wait_status(wrong, "an error", lambda status: bool(status["last_error"]))
        loud.wait_status(job_id, "the refusal", _is_refused)
        seen.look_at_children(loud)
        fail_in_every_way(loud, preview)
        abort(loud, job_id)
        loud.wait_status(job_id, "a new process", lambda status: status["restart_count"] > 0)
        seen.look_at_children(loud)
    loud.wait_status(job_id, "the loss", lambda status: bool(status["last_error"]))
    texts = {
        path: loud.client.get(path).text for path in ("/metrics", "/openapi.json", "/runner/jobs", "/docs")
    }
    loud.stop_all()
    assert loud.terminate() in (0, -signal.SIGTERM)
    for what, text in texts.items():
        seen.look(what, text)
    for answer in loud.answers:
        seen.look("an answer", answer)
    written = loud.everything_written()
    seen.look("a log", written)
    token = preview.partition("token=")[2]
    assert token
    assert token not in written
    figures.add("canaries seen", len(seen.hits))
    assert seen.hits == []
    assert seen.looked > 100_000
    assert "DEBUG" in written
    assert "Fatal Python error: Aborted" in written


def fail_in_every_way(agent: Agent, preview: str) -> None:
    here = f"127.0.0.1:{free_port()}"
    for uri in DEAD:
        dead = uri.replace("HOST", here)
        agent.client.post("/runner/probe", json={"source_uri_ref": dead, "timeout_seconds": 2})
    for uri in REFUSED:
        wrong: tuple[object, ...] = (uri, [uri], {uri: uri})
        for value in wrong:
            agent.client.post("/runner/probe", json={"source_uri_ref": value})
            agent.client.post("/runner/preview/start", json={"source_uri_ref": value, "profile": {}})
    for text in (f'{{"source_uri_ref": "{MARK}', f'["{MARK}"]', f'"{MARK}"', MARK):
        agent.client.post("/runner/probe", content=text, headers={"Content-Type": "application/json"})
    bearer = {"Authorization": f"Bearer {MARK}-wrong"}
    agent.client.get("/runner/jobs", headers=bearer)
    agent.client.get(f"/runner/jobs?api_key={MARK}", headers={"Authorization": ""})
    agent.client.get(preview.partition("?")[0] + f"?token={MARK}", headers={"Authorization": ""})


def abort(agent: Agent, job_id: str) -> None:
    """As a library does that finds its memory broken: Python then writes down where it was."""
    pid = int((agent.state_dir / "jobs" / job_id / "pid").read_text().split()[0])
    os.kill(pid, signal.SIGABRT)
