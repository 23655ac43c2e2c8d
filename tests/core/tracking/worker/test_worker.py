"""The worker as a real process, and what it makes of its options."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO

import pytest

from virtualptz.tracking.sim import simulated_update
from virtualptz.tracking.worker import WorkerOptions, run_worker

from .agent import AS_EVER, Agent, running

ROOT = Path(__file__).parents[4]
SCRIPT = ROOT / "scripts" / "tracking_push_worker.py"


@contextmanager
def worker(
    agent: Agent, *arguments: str, stdout: int | IO[str] = subprocess.PIPE, **environment: str
) -> Iterator["subprocess.Popen[str]"]:
    """The worker script on the stand-in agent; killed at the end where it still lives."""
    process = subprocess.Popen(
        [sys.executable, str(SCRIPT), "--runner-base-url", agent.url, "--job-id", "job-1", *arguments],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _end(process: "subprocess.Popen[str]", number: int = signal.SIGTERM) -> tuple[str, str]:
    process.send_signal(number)
    output = process.communicate(timeout=20)
    assert process.returncode == 0, output
    return output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_sim_mode_pushes_until_a_signal_ends_it_with_0(agent: Agent, number: int) -> None:
    with worker(agent, "--mode", "sim", "--interval", "0.05", "--api-key", "open-sesame") as process:
        agent.wait_for_pushes(4)
        out, err = _end(process, number)
    lines = out.splitlines()
    assert len(lines) >= 4
    assert all(line.startswith(f"push {number}: ") for number, line in enumerate(lines, 1))
    assert {call.authorization for call in agent.calls} == {"Bearer open-sesame"}
    assert {body["source"] for body in agent.pushes} == {"detector-worker"}
    assert "open-sesame" not in out + err


def test_a_signal_is_heeded_at_once_whatever_the_interval(agent: Agent) -> None:
    with worker(agent, "--mode", "sim", "--interval", "3600") as process:
        agent.wait_for_pushes(1)
        _end(process)


def test_a_signal_is_heeded_while_the_agent_hangs(agent: Agent) -> None:
    agent.hang.set()
    with worker(agent, "--mode", "sim", "--interval", "0.1") as process:
        agent.wait_for("/runner/job/status", 1)
        _end(process)


def test_the_key_of_the_environment_is_used(agent: Agent) -> None:
    with worker(agent, "--mode", "sim", RUNNER_API_KEY="from-the-environment") as process:
        agent.wait_for_pushes(1)
        _end(process)
    assert agent.calls[0].authorization == "Bearer from-the-environment"


def test_a_key_that_is_replaced_in_its_file_is_taken_up(agent: Agent, tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.touch(0o600)
    file.write_text("old-key\n")
    with worker(agent, "--mode", "sim", "--interval", "0.1", RUNNER_API_KEY_FILE=str(file)) as process:
        agent.wait_for_pushes(1)
        file.write_text("new-key\nold-key\n")
        agent.wait_until(lambda agent: agent.calls[-1].authorization == "Bearer new-key")
        _end(process)
    assert agent.calls[0].authorization == "Bearer old-key"


def test_sim_mode_plays_at_the_job_s_stream_time(agent: Agent) -> None:
    agent.pts_began = time.monotonic() - 500.0
    with worker(agent, "--mode", "sim", "--interval", "0.1", "--seed", "11") as process:
        calls = agent.wait_for("/runner/tracking/update", 8)
        _end(process)
    for call in calls:
        assert call.body["frame_pts"] == pytest.approx(call.at - agent.pts_began, abs=2.0)
        played = simulated_update(call.body["frame_pts"], seed=11)
        assert call.body["targets"] == [target.model_dump() for target in played.targets or ()]


def test_an_agent_that_comes_later_goes_away_and_comes_back_is_served() -> None:
    agent = Agent()
    with running(agent):
        pass  # the port is known, and free
    with worker(agent, "--mode", "sim", "--interval", "0.05") as process:
        assert process.stdout is not None
        assert "push failed" in process.stdout.readline()
        for _ in range(2):
            had = len(agent.pushes)
            with running(agent):
                agent.wait_for_pushes(had + 3)
        assert process.poll() is None
        _end(process)


def test_refusals_are_reported_and_end_nothing(agent: Agent) -> None:
    agent.answers["/runner/tracking/update"] = [
        (404, {"detail": "unknown job"}),
        (403, {"detail": "wrong key"}),
        (500, "oops"),
        AS_EVER,
    ]
    with worker(agent, "--mode", "sim", "--interval", "0.02") as process:
        agent.wait_for_pushes(6)
        out, _ = _end(process)
    failed = [line for line in out.splitlines() if line.startswith("push failed")]
    assert ["404 unknown job" in failed[0], "403 wrong key" in failed[1], "500 oops" in failed[2]] == [
        True
    ] * 3
    assert "push 1:" in out


def test_file_mode_pushes_what_a_detector_writes_and_survives_what_it_garbles(
    agent: Agent, tmp_path: Path
) -> None:
    path = tmp_path / "tracking.json"
    with worker(
        agent, "--mode", "file", "--input-file", str(path), "--interval", "0.02", "--source", "Gym"
    ) as process:
        for confidence in (0.25, 0.5, 0.75):
            path.write_text('{"tracking_confidence"')
            path.write_text(f'{{"tracking_confidence": {confidence}, "target_x": 0.5}}')
            _until_pushed(agent, confidence)
        path.unlink()
        assert process.stderr is not None
        assert "No such file" in "".join(_lines_until(process, "No such file"))
        assert process.poll() is None
        _end(process)
    assert {body["source"] for body in agent.pushes} == {"gym"}
    assert agent.pushes[0].keys() == {
        *("job_id", "tracking_confidence", "target_x", "source", "tracking_state", "fallback_active")
    }


def test_who_reads_its_lines_may_leave(agent: Agent) -> None:
    with worker(agent, "--mode", "sim", "--interval", "0.02") as process:
        agent.wait_for_pushes(2)
        assert process.stdout is not None
        process.stdout.close()
        agent.wait_for_pushes(len(agent.pushes) + 20)
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_lines_that_cannot_be_written_keep_no_push_back(agent: Agent) -> None:
    with (
        Path("/dev/full").open("w") as full,
        worker(agent, "--mode", "sim", "--interval", "0.02", stdout=full) as process,
    ):
        agent.wait_for_pushes(20)
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--mode", "file"], "--input-file is needed"),
        (["--mode", "guess"], "--mode guess: there is no tracking source.*there are: .*sim.*or live"),
        (["--mode", "live", "--detector", "guess"], "there is no tracking source 'guess'"),
        (["--mode", "sim", "--detector", "motion"], "--detector is for --mode live"),
        (["--mode", "sim", "--model", "x.pt"], "--model is for a detector"),
        (["--mode", "file", "--input-file", "x", "--source-uri", "rtsp://c/x"], "--source-uri is for a det"),
        (["--mode", "live", "--interval", "-1"], "--interval"),
        (["--mode", "live", "--hang-seconds", "0"], "--hang-seconds"),
        (["--mode", "sim", "--jobs", "a,b"], "--job-id, or several with --jobs"),
        (["--mode", "sim", "--interval", "0"], "--interval"),
        (["--mode", "sim", "--interval", "nan"], "--interval"),
        (["--mode", "sim", "--api-key", "two words"], "API key"),
        (["--mode", "sim", "--source", "x"], "source"),
        ([], "--mode"),
    ],
)
def test_options_that_cannot_work_end_it_with_2_and_a_line(
    agent: Agent, arguments: list[str], says: str
) -> None:
    with worker(agent, *arguments) as process:
        out, err = process.communicate(timeout=30)
    assert process.returncode == 2
    assert out == ""
    assert re.search(says, err), err
    assert "Traceback" not in err


def test_in_another_thread_an_event_ends_it(agent: Agent, capsys: pytest.CaptureFixture[str]) -> None:
    stop, codes = threading.Event(), []
    options = WorkerOptions(agent.url, "job-1", interval=0.02)
    thread = threading.Thread(target=lambda: codes.append(run_worker(options, stop)))
    thread.start()
    agent.wait_for_pushes(3)
    stop.set()
    thread.join(20)
    assert codes == [0]
    assert "push 3:" in capsys.readouterr().out


def test_a_job_without_a_name_is_refused(agent: Agent) -> None:
    assert run_worker(replace(WorkerOptions(agent.url, "job-1"), job_id="")) == 2
    assert run_worker(WorkerOptions(agent.url, jobs=" , ")) == 2


def test_options_never_show_the_key() -> None:
    assert "secret" not in repr(WorkerOptions("http://host", "job-1", api_key="secret"))


def _until_pushed(agent: Agent, confidence: float) -> None:
    with agent.changed:
        assert agent.changed.wait_for(
            lambda: any(call.body.get("tracking_confidence") == confidence for call in agent.calls), 30
        )


def _lines_until(process: "subprocess.Popen[str]", text: str) -> Iterator[str]:
    assert process.stderr is not None
    for line in process.stderr:
        yield line
        if text in line:
            return
