"""The launcher as a real process, on an agent's endpoints that remember what came."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from .core.tracking.worker.agent import Agent, running

SCRIPTS = Path(__file__).parents[1] / "scripts"
LAUNCHER = SCRIPTS / "start_ingest_with_tracking.py"
WORKER = SCRIPTS / "tracking_push_worker.py"
KEY = "open-sesame"


@pytest.fixture
def agent() -> Iterator[Agent]:
    with running() as agent:
        yield agent


@contextmanager
def launched(agent: Agent, *arguments: str, key: str = KEY) -> Iterator["subprocess.Popen[str]"]:
    """The launcher in a process group of its own, killed at the end with all that is left of it."""
    environment = {**os.environ, "RUNNER_CONFIG": "/nonexistent/runner.toml"}
    environment.pop("RUNNER_API_KEY", None)
    process = subprocess.Popen(
        [
            *(sys.executable, str(LAUNCHER), "--runner-base-url", agent.url),
            *("--session-id", "final", "--source-uri-ref", "rtmp://camera/live"),
            *(["--api-key", key] if key else []),
            *arguments,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def _workers(process: "subprocess.Popen[str]") -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_starts_tracks_and_at_a_signal_stops_all(agent: Agent, number: int) -> None:
    with launched(agent, "--tracking-interval", "0.05", "--tracking-source", "gym-pc") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ingest started: job_id=job-1\n"
        agent.wait_for_pushes(3)
        (worker,) = _workers(process)
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert not worker.is_running()
    assert out.endswith("ingest stopped: job_id=job-1\n")
    assert out.splitlines()[0].startswith("push 1: ")
    (start,) = agent.of("/runner/ingest/start")
    assert start.body == {
        "session_id": "final",
        "source_uri_ref": "rtmp://camera/live",
        "profile": "balanced",
        "replica_index": 0,
        "detector": "none",
    }
    (stop,) = agent.of("/runner/ingest/stop")
    assert stop.body == {"job_id": "job-1"}
    assert agent.calls[-1] is stop
    assert {call.authorization for call in agent.calls} == {f"Bearer {KEY}"}
    assert {body["source"] for body in agent.pushes} == {"gym-pc"}
    assert KEY not in out + err


def test_a_launcher_that_is_killed_takes_its_worker_along(agent: Agent) -> None:
    with launched(agent, "--tracking-interval", "0.1") as process:
        agent.wait_for_pushes(1)
        (worker,) = _workers(process)
        process.kill()
        gone, alive = psutil.wait_procs([worker], timeout=20)
    assert gone == [worker]
    assert alive == []


def test_the_key_is_not_among_the_worker_s_arguments(agent: Agent) -> None:
    with launched(agent, "--tracking-interval", "0.1") as process:
        agent.wait_for_pushes(1)
        (worker,) = _workers(process)
        assert KEY not in " ".join(worker.cmdline())
        assert worker.environ()["RUNNER_API_KEY"] == KEY


def test_live_passes_the_detector_on_and_keeps_the_agent_s_own_away(agent: Agent, tmp_path: Path) -> None:
    script = _worker_script(tmp_path, "import sys; print('with', *sys.argv[1:], flush=True)")
    live = ["--tracking-mode", "live", "--detector", "yolo", "--model", "people.pt"]
    with launched(agent, *live, *script) as process:
        out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    (start,) = agent.of("/runner/ingest/start")
    assert start.body["detector"] == "none"
    (line,) = (line for line in out.splitlines() if line.startswith("with "))
    assert line.endswith("--mode live --source detector-worker --detector yolo --model people.pt")


def test_every_flag_of_the_ingest_is_passed_on(agent: Agent) -> None:
    with launched(agent, "--profile", "fluid", "--replica-index", "3"):
        (start,) = agent.wait_for("/runner/ingest/start", 1)
    assert start.body["profile"] == "fluid"
    assert start.body["replica_index"] == 3


def test_file_mode_reaches_the_worker(agent: Agent, tmp_path: Path) -> None:
    path = tmp_path / "tracking.json"
    path.write_text(json.dumps({"tracking_confidence": 0.875}))
    with launched(agent, "--tracking-mode", "file", "--tracking-input-file", str(path)):
        agent.wait_for_pushes(1)
    assert agent.pushes[0]["tracking_confidence"] == 0.875


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((422, {"detail": "no such profile"}), "422 no such profile"),
        ((403, {"detail": "wrong key"}), "403 wrong key"),
        ((200, {"state": "running"}), "job_id: Field required"),
    ],
)
def test_an_ingest_that_is_refused_ends_it_with_1_and_the_reason(
    agent: Agent, answer: tuple[int, dict[str, str]], says: str
) -> None:
    agent.answers["/runner/ingest/start"] = [answer]
    with launched(agent) as process:
        out, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert says in err
    assert out == ""
    assert len(agent.calls) == 1


def test_no_agent_there_ends_it_with_1_and_the_reason() -> None:
    with launched(Agent(port=1)) as process:
        _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "refused" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--tracking-mode", "file"], "--tracking-input-file is needed"),
        (["--worker-script", "/nonexistent.py"], "there is no file"),
        (["--detector", "yolo"], "--detector is for --tracking-mode live"),
        (["--tracking-mode", "file", "--tracking-input-file", "x", "--model", "x.pt"], "--model is for"),
        (["--profile", "best"], "invalid choice"),
    ],
)
def test_what_cannot_work_is_found_before_anything_starts(
    agent: Agent, arguments: list[str], says: str
) -> None:
    with launched(agent, *arguments) as process:
        _, err = process.communicate(timeout=30)
    assert process.returncode == 2
    assert says in err
    assert agent.calls == []


def _worker_script(tmp_path: Path, text: str) -> list[str]:
    script = tmp_path / "worker.py"
    script.write_text(text)
    return ["--worker-script", str(script)]


@pytest.mark.parametrize(("text", "code"), [("", 0), ("raise SystemExit(7)", 7)])
def test_when_the_worker_ends_by_itself_the_ingest_is_stopped(
    agent: Agent, tmp_path: Path, text: str, code: int
) -> None:
    with launched(agent, *_worker_script(tmp_path, text)) as process:
        out, _ = process.communicate(timeout=30)
    assert process.returncode == code
    assert len(agent.of("/runner/ingest/stop")) == 1
    assert "ingest stopped" in out


def test_a_worker_that_is_killed_is_told_by_the_exit_code(agent: Agent, tmp_path: Path) -> None:
    with launched(agent, *_worker_script(tmp_path, "import os; os.kill(os.getpid(), 9)")) as process:
        process.communicate(timeout=30)
    assert process.returncode == 128 + 9
    assert len(agent.of("/runner/ingest/stop")) == 1


def test_the_ingest_can_be_left_running(agent: Agent, tmp_path: Path) -> None:
    with launched(agent, "--no-stop-on-exit", *_worker_script(tmp_path, "")) as process:
        process.communicate(timeout=30)
    assert process.returncode == 0
    assert agent.of("/runner/ingest/stop") == []


DEAF = """
import signal, threading
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
threading.Event().wait()
"""


def test_a_worker_that_heeds_no_signal_is_killed(agent: Agent, tmp_path: Path) -> None:
    with launched(agent, *_worker_script(tmp_path, DEAF)) as process:
        assert process.stdout is not None
        while process.stdout.readline() != "deaf\n":
            pass
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=40)
    assert process.returncode == 128 + 9
    assert "killing it" in err
    assert len(agent.of("/runner/ingest/stop")) == 1


def test_a_signal_while_the_ingest_starts_stops_it_with_no_worker_begun(agent: Agent) -> None:
    agent.hang.set()
    with launched(agent) as process:
        agent.wait_for("/runner/ingest/start", 1)
        process.send_signal(signal.SIGTERM)
        threading.Timer(0.3, agent.hang.clear).start()
        _, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert agent.pushes == []
    assert len(agent.of("/runner/ingest/stop")) == 1


def test_an_agent_that_dies_meanwhile_is_reported() -> None:
    with ExitStack() as stack:
        with running() as agent:
            process = stack.enter_context(launched(agent, "--tracking-interval", "0.05"))
            agent.wait_for_pushes(2)
            (worker,) = _workers(process)
        assert process.stdout is not None
        while "push failed" not in process.stdout.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert err.count("the ingest job-1 was not stopped") == 3
    assert not worker.is_running()


@pytest.mark.parametrize("script", [LAUNCHER, WORKER])
def test_a_script_runs_from_anywhere_and_shows_the_contract_s_flags(script: Path, tmp_path: Path) -> None:
    assert os.access(script, os.X_OK)
    done = subprocess.run(
        [sys.executable, str(script), "--help"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    wanted = {
        LAUNCHER: "runner-base-url api-key session-id source-uri-ref profile replica-index tracking-mode "
        "tracking-input-file tracking-interval tracking-source worker-script no-stop-on-exit",
        WORKER: "runner-base-url job-id api-key mode input-file interval source",
    }[script]
    assert set(wanted.split()) <= set(re.findall(r"--([a-z-]+)", done.stdout))
