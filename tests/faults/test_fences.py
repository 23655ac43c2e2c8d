"""What each process of a real agent has given up, read from the kernel."""

import resource
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil
import pytest

from ..e2e.agent import API_KEY, Agent
from ..e2e.conftest import AgentFactory
from ..e2e.processes import wait_for
from ..e2e.servers import Nginx, rtmp_camera, silent_listener
from ..ports import free_port

STREAM_KEY = "live-key-of-the-fence"
KINDS = ("probe", "agent", "ingest", "preview", "spare", "publisher", "relay", "detector")
MEDIA = tuple(kind for kind in KINDS if kind != "agent")


@dataclass(frozen=True)
class Facts:
    """Of one process, at one moment."""

    status: dict[str, str]
    limits: dict[str, list[str]]
    environ: dict[str, str]
    files: list[str]
    oom: int
    nice: int

    @classmethod
    def of(cls, process: psutil.Process) -> "Facts":
        home = Path(f"/proc/{process.pid}")
        lines = [line for line in (home / "limits").read_text().splitlines() if line.startswith("Max ")]
        return cls(
            {
                key: value.strip()
                for key, _, value in (
                    line.partition(":") for line in (home / "status").read_text().splitlines()
                )
            },
            {line[:26].strip(): line[26:].split() for line in lines},
            process.environ(),
            sorted(str(link.readlink()) for link in (home / "fd").iterdir()),
            int((home / "oom_score_adj").read_text()),
            int(process.nice()),
        )


def of_kind(agent: Agent, kind: str) -> psutil.Process | None:
    """A live process of the agent of that kind."""
    marks = {
        "spare": "--spare",
        "probe": "virtualptz.jobs.probe",
        "publisher": "virtualptz_ffmpeg.publish",
        "relay": "srt://",
        "detector": "worker",
    }
    for process in agent.family():
        try:
            line = process.cmdline()
        except psutil.NoSuchProcess:
            continue
        if any(marks[kind] in word for word in line) and "tether.py" not in " ".join(line):
            return process
    return None


def of_job(agent: Agent, job_id: str) -> psutil.Process | None:
    pid = agent.state_dir / "jobs" / job_id / "pid"
    return psutil.Process(int(pid.read_text().split()[0])) if pid.exists() else None


def begun(kind: str, find: Callable[[], psutil.Process | None]) -> Facts:
    """Of one that has begun its work: while a process still imports, it is not fenced in yet.

    Some live for seconds only, and another takes their place: then that is looked at.
    """

    def look() -> Facts | None:
        try:
            process = find()
            facts = Facts.of(process) if process else None
        except (psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
            return None
        return facts if facts and (kind == "agent" or facts.status["NoNewPrivs"] == "1") else None

    wait_for(f"a {kind} within its fence", look)
    return wait_for(f"a {kind} still", look)


@contextmanager
def probing(agent: Agent) -> Iterator[None]:
    """While a probe waits for a source that never says a word."""
    with ThreadPoolExecutor(1, "probe") as pool, silent_listener() as port:
        body = {"source_uri_ref": f"rtmp://127.0.0.1:{port}/live/x", "timeout_seconds": 20}
        probe = pool.submit(agent.client.post, "/runner/probe", json=body, timeout=60)
        wait_for("a probe under way", lambda: of_kind(agent, "probe"))
        yield
    assert probe.result().status_code in (502, 504)


def test_what_each_kind_of_process_has_given_up(
    nginx: Nginx,
    loop_mp4: Path,
    tmp_path: Path,
    start_agent: AgentFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "cloud-key-of-the-fence")
    agent = start_agent({"RUNNER_DETECTOR": "motion"}, output=nginx.url(STREAM_KEY))
    with rtmp_camera(nginx, loop_mp4, "fenced", tmp_path / "camera.log") as source:
        ingest = agent.start_ingest(source)
        agent.wait_streaming(ingest)
        preview, _ = agent.start_preview(f"srt://127.0.0.1:{free_port()}?mode=listener")
        agent.wait_status(ingest, "a detector", lambda now: now["detector_state"] == "running")
        with probing(agent):
            find: dict[str, Callable[[], psutil.Process | None]] = {
                "agent": partial(psutil.Process, agent.pid),
                "ingest": partial(of_job, agent, ingest),
                "preview": partial(of_job, agent, preview),
            }
            facts = {kind: begun(kind, find.get(kind, partial(of_kind, agent, kind))) for kind in KINDS}
    _assert_given_up(facts)
    _assert_told_no_secret(facts)
    _assert_hold_nothing_of_the_agent(facts, agent)
    order = [facts[kind].oom for kind in ("agent", "ingest", "preview", "probe")]
    assert order == sorted(set(order)), "who goes first where memory is short"
    assert facts["detector"].oom > facts["preview"].oom
    assert facts["publisher"].oom == facts["ingest"].oom
    assert facts["detector"].nice > facts["ingest"].nice == facts["agent"].nice


def _assert_given_up(facts: dict[str, Facts]) -> None:
    for kind, found in facts.items():
        assert found.limits["Max core file size"][:2] == ["0", "0"], kind
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    for kind in MEDIA:
        assert facts[kind].status["NoNewPrivs"] == "1", kind
        soft, limit = map(int, facts[kind].limits["Max open files"][:2])
        assert soft == limit == (4096 if hard < 0 else min(4096, hard)), kind
    for kind in ("probe", "detector"):
        assert facts[kind].status["Umask"] == "0077", kind


def _assert_told_no_secret(facts: dict[str, Facts]) -> None:
    for kind in MEDIA:
        environ = facts[kind].environ
        assert environ["PATH"], kind
        assert ("RUNNER_API_KEY" in environ) == (kind == "detector"), kind
        told = " ".join(environ.values())
        assert STREAM_KEY not in told, kind
        assert "cloud-key" not in told, kind
        assert (API_KEY in told) == (kind == "detector"), kind


def _assert_hold_nothing_of_the_agent(facts: dict[str, Facts], agent: Agent) -> None:
    """No descriptor that the agent has open has come along, but for a log of the process's own."""
    sockets = {file for file in facts["agent"].files if file.startswith("socket:")}
    for kind in MEDIA:
        files = set(facts[kind].files)
        assert not files & sockets, kind
        kept = {file for file in files if file.startswith(str(agent.state_dir))}
        own = ("job.log", "lock", "spare.log", "motion.log")
        assert all(file.endswith(own) for file in kept), (kind, kept)
        assert not any(file.endswith("agent.lock") for file in kept), kind
        assert kind not in ("publisher", "relay", "probe") or not kept, (kind, kept)
