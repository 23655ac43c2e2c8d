"""`virtualptz jobs` at a real agent, in a pipe and on a terminal."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from virtualptz.cli import main

from .agent import API_KEY, Agent
from .conftest import AgentFactory
from .processes import wait_for

WATCH = (sys.executable, "-m", "virtualptz", "jobs", "watch")
SECRET = "not-for-eyes"
END_OF_SCREEN = b"\x1b[?1049l"


@pytest.fixture
def asked(start_agent: AgentFactory, monkeypatch: pytest.MonkeyPatch) -> Agent:
    """An agent that the commands of this process find."""
    agent = start_agent()
    monkeypatch.setenv("RUNNER_AGENT_URL", agent.base_url)
    monkeypatch.setenv("RUNNER_API_KEY", API_KEY)
    return agent


def test_an_operator_s_day(asked: Agent, loop_mp4: Path, capsys: pytest.CaptureFixture[str]) -> None:
    on_air = asked.start_ingest(str(loop_mp4), "final")
    dark = asked.start_ingest(f"rtmp://user:{SECRET}@127.0.0.1:1/x", "dark")
    preview, _ = asked.start_preview(str(loop_mp4))
    asked.wait_streaming(on_air)
    asked.wait_status(dark, "a reason", lambda now: bool(now["source"] and now["source"]["reason"]))

    assert main(["jobs"]) == 0
    shown = capsys.readouterr().out
    assert [line.split()[0] for line in shown.splitlines()[:4]] == ["JOB", on_air, dark, preview]
    assert f"{dark}: source: " in shown
    assert main(["jobs", "list", "--kind", "preview", "--json"]) == 0
    assert [job["job_id"] for job in json.loads(capsys.readouterr().out)["jobs"]] == [preview]

    assert main(["jobs", "logs", dark[:-3], "--lines", "1"]) == 0
    logged = capsys.readouterr().out
    assert len(logged.splitlines()) == 1
    assert SECRET not in shown + logged

    assert main(["jobs", "stop", on_air, preview]) == 0
    assert capsys.readouterr().out == f"{on_air}: stopped\n{preview}: stopped\n"
    assert asked.status(on_air)["state"] == "stopped"
    assert main(["jobs", "stop", on_air]) == 0
    assert capsys.readouterr().out == f"{on_air}: is stopped already\n"
    assert main(["jobs", "stop", "--all"]) == 2
    assert "this takes 1 job off air; with --yes it does" in capsys.readouterr().err
    assert asked.status(dark)["state"] == "running"
    assert main(["jobs", "stop", "--all", "--yes"]) == 0
    assert main(["jobs", "--state", "running"]) == 0
    assert capsys.readouterr().out.endswith("No job.\n")


def test_what_cannot_be_done_is_said(
    asked: Agent, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for job in ("one", "two"):
        asked.start_ingest("rtmp://127.0.0.1:1/x", job)
    for arguments, words in (
        (["logs", "nobody"], "there is no job nobody"),
        (["stop", "nobody"], "there is no job nobody"),
        (["stop", "ing_"], "more of it is needed"),
    ):
        assert main(["jobs", *arguments]) == 2
        assert words in capsys.readouterr().err
    monkeypatch.setenv("RUNNER_API_KEY", "another")
    assert main(["jobs"]) == 2
    assert "it is set in RUNNER_API_KEY" in capsys.readouterr().err


def test_logs_are_followed_to_the_end(asked: Agent) -> None:
    job_id = asked.start_ingest("rtmp://127.0.0.1:1/x")
    command = (sys.executable, "-m", "virtualptz", "jobs", "logs", job_id, "--follow")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as follower:
        assert follower.stdout is not None
        assert follower.stdout.readline() != follower.stdout.readline(), "what was written, and then more"
        asked.stop_ingest(job_id)
        follower.stdout.read()
        assert follower.wait(20) == 0


def test_watching_in_a_pipe_outlives_the_agent(asked: Agent, loop_mp4: Path, tmp_path: Path) -> None:
    seen = tmp_path / "seen.txt"
    with seen.open("w") as output, subprocess.Popen(WATCH, stdout=output, stderr=output) as watcher:
        try:
            wait_for("how it is", lambda: "No job." in seen.read_text())
            job_id = asked.start_ingest(str(loop_mp4), "final")
            wait_for("the job in it", lambda: f"{job_id} running (streaming" in seen.read_text())
            asked.kill()
            wait_for("the loss", lambda: "no answer from the agent" in seen.read_text())
            asked.start()
            wait_for("the return", lambda: "the agent was started anew" in seen.read_text())
            before = len(seen.read_text())
            asked.stop_ingest(job_id)
            wait_for("the end", lambda: f"{job_id} stopped" in seen.read_text()[before:])
        finally:
            watcher.terminate()
        assert watcher.wait(20) == 0, seen.read_text()


@contextmanager
def on_a_terminal(*command: str) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    ours, theirs = pty.openpty()
    environ = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "160", "LINES": "40"}
    try:
        with subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=environ, start_new_session=True
        ) as process:
            os.close(theirs)
            try:
                yield process, ours
            finally:
                process.kill()
    finally:
        os.close(ours)


def test_watching_on_a_terminal(asked: Agent, loop_mp4: Path) -> None:
    job_id = asked.start_ingest(str(loop_mp4), "final")
    asked.wait_streaming(job_id)
    with on_a_terminal(*WATCH) as (process, terminal):
        drawn = b""
        while not (b"1 of 1 jobs run" in drawn and job_id.encode() in drawn and b"streaming" in drawn):
            drawn += os.read(terminal, 65536)
        process.terminate()
        while END_OF_SCREEN not in drawn:
            drawn += os.read(terminal, 65536)
        assert process.wait(20) == 0
