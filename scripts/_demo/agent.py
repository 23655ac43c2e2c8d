"""An agent of the demonstration's own, and how to talk to it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from .options import DemoError, Options

START_SECONDS = 30.0
STOP_SECONDS = 20.0


@dataclass(frozen=True)
class Agent:
    """One without an API key: it serves this machine only."""

    base: str

    def client(self) -> httpx2.Client:
        return httpx2.Client(base_url=self.base, timeout=10, trust_env=False)

    def post(self, path: str, **body: object) -> dict[str, Any]:
        """The answer to one call; DemoError where the agent refuses it or does not answer."""
        try:
            with self.client() as client:
                answer = client.post(path, json=body)
        except httpx2.HTTPError as error:
            raise DemoError(f"{path}: the agent does not answer: {error}") from error
        if not answer.is_success:
            raise DemoError(f"{path}: {answer.status_code} {answer.text}")
        found: dict[str, Any] = answer.json()
        return found


@contextmanager
def running_agent(options: Options) -> Iterator[Agent]:
    """On a free port, with its own state folder; stopped at the end."""
    port = _free_port()
    agent = Agent(f"http://127.0.0.1:{port}")
    log = options.folder / "agent.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "virtualptz", "serve", "--port", str(port)],
            env=_environ(options, agent),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,  # Ctrl-C comes to the demonstration, which stops things in order
        )
    try:
        _wait_for_health(agent, process, log)
        yield agent
    finally:
        end(process, signal.SIGTERM)


def end(process: "subprocess.Popen[Any]", how: signal.Signals) -> None:
    """Ask it to end, and kill it where it does not."""
    if process.poll() is None:
        process.send_signal(how)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _environ(options: Options, agent: Agent) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RUNNER_", "PREVIEW_"))}
    return kept | {
        "RUNNER_CONFIG": str(options.folder / "runner.toml"),
        "RUNNER_STATE_DIR": str(options.folder / "state"),
        "RUNNER_PUBLIC_BASE_URL": agent.base,
        "RUNNER_INGEST_OUTPUT_URI": str(options.program),
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for_health(agent: Agent, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    with agent.client() as client:
        while time.monotonic() < deadline and process.poll() is None:
            if _healthy(client):
                return
            _wait(process, 0.1)
    raise DemoError(f"the agent did not start; {log} ends with:\n{log.read_text()[-2000:]}")


def _healthy(client: httpx2.Client) -> bool:
    try:
        return client.get("/health").is_success
    except httpx2.TransportError:
        return False


def _wait(process: "subprocess.Popen[bytes]", seconds: float) -> None:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return
