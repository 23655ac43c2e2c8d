"""Passwords and stream keys: unique strings that must be found nowhere but in the job's own 0600 files."""

import stat
from pathlib import Path
from urllib.parse import quote, unquote

from .agent import Agent
from .conftest import AgentFactory
from .processes import command_lines, free_port
from .servers import Nginx, rtsp_server

USER_PASSWORD = "Zq7!kan@rienvogel"
SOURCE_QUERY = "querykanarie81c"
STREAM_KEY = "keykanarie5d2f"
TARGET_QUERY = "tokenkanarie9e0"
SECRETS = (USER_PASSWORD, quote(USER_PASSWORD, safe=""), SOURCE_QUERY, STREAM_KEY, TARGET_QUERY)


def assert_clean(what: str, text: str) -> None:
    plain = unquote(text)
    for secret in SECRETS:
        assert secret not in text, f"{what}: {text[max(0, text.find(secret) - 200) :][:400]}"
        assert secret not in plain, f"{what}, percent-decoded"


def provoke(agent: Agent, source: str) -> None:
    """Everything that might repeat an address to its caller."""
    dead = source.split("@")[0] + f"@127.0.0.1:{free_port()}/x"
    agent.client.post("/runner/probe", json={"source_uri_ref": source, "timeout_seconds": 5})
    agent.client.post("/runner/probe", json={"source_uri_ref": dead, "timeout_seconds": 2})
    for broken in (f"gopher://u:{USER_PASSWORD}@host/x", f"rtsp://u:{USER_PASSWORD}@[bad/x", f"-i {source}"):
        for path, extra in (
            ("/runner/probe", {}),
            ("/runner/preview/start", {"profile": {}}),
            ("/runner/ingest/start", {"session_id": "s", "profile": "balanced"}),
        ):
            answer = agent.client.post(path, json={"source_uri_ref": broken, **extra})
            assert 400 <= answer.status_code < 500, answer.text
    failing = agent.start_ingest(dead, "failing")
    agent.wait_status(failing, "an error", lambda status: bool(status["last_error"]))
    agent.stop_ingest(failing)
    agent.client.get("/runner/plugins")
    agent.client.get("/runner/jobs")


def test_credentials_are_found_nowhere(
    nginx: Nginx, loop_mp4: Path, tmp_path: Path, start_agent: AgentFactory
) -> None:
    with rtsp_server(tmp_path, "play", str(loop_mp4), "me", USER_PASSWORD) as (port, _):
        login = f"me:{quote(USER_PASSWORD, safe='')}"
        source = f"rtsp://{login}@127.0.0.1:{port}/stream?k={SOURCE_QUERY}"
        output = nginx.url("{session_id}-" + STREAM_KEY) + f"?auth={TARGET_QUERY}"
        agent = start_agent(output=output)
        job_id = agent.start_ingest(source, "on-air")
        nginx.wait_published(f"on-air-{STREAM_KEY}")
        preview, url = agent.start_preview(source)
        agent.wait_streaming(job_id)
        seen = command_lines(agent.family())
        provoke(agent, source)
        seen += command_lines(agent.family())
        agent.status(job_id)
        agent.status(preview)
    # The camera is gone: the errors of a reconnect come too.
    agent.wait_status(job_id, "the loss", lambda status: bool(status["last_error"]))
    agent.stop_ingest(job_id)
    assert agent.terminate() == 0

    assert len(agent.answers) > 10
    for answer in [*agent.answers, url]:
        assert_clean("an answer", answer)
    for line in seen:
        assert_clean("a process list", line)
    assert_clean("a log", agent.everything_written())
    assert_private(agent.state_dir)


def assert_private(folder: Path) -> None:
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in folder.rglob("*"):
        if path.is_file() and any(secret.encode() in path.read_bytes() for secret in SECRETS):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
