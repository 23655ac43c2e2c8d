"""Requests that are none, while a job is on air."""

from collections import Counter
from pathlib import Path

import pytest

from ..e2e.agent import API_KEY, Agent
from ..e2e.conftest import AgentFactory
from ..e2e.servers import Nginx, rtmp_camera
from ..media.watch import Viewer
from .figures import Figures
from .malformed import SECRET, Maker, Odd
from .program import lost
from .raw import Answer, ask
from .report import percentile

QUICK, WHOLE = 680, 10_000


@pytest.mark.fault(20)
@pytest.mark.parametrize("count", [QUICK, pytest.param(WHOLE, marks=pytest.mark.long)])
def test_malformed_requests(
    nginx: Nginx, loop_mp4: Path, tmp_path: Path, start_agent: AgentFactory, figures: Figures, count: int
) -> None:
    agent = start_agent(output=nginx.url("{session_id}"))
    with rtmp_camera(nginx, loop_mp4, "untouched", tmp_path / "camera.log") as source:
        job_id = agent.start_ingest(source, "untouched-program")
        nginx.wait_published("untouched-program")
        program = Viewer(nginx.url("untouched-program"))
        program.wait_frames(25)
        processes = {process.pid for process in agent.family()}
        seconds: list[float] = []
        bad: Counter[str] = Counter()
        for odd in Maker(API_KEY, job_id).make(count):
            answers, took = ask(agent.port, odd.data, odd.answers)
            seconds.append(took)
            bad.update(f"{odd.kind}: {problem}" for answer in answers if (problem := wrong(odd, answer)))
        left = {process.pid for process in agent.family()} - processes
        recording = program.close()
        status = agent.status(job_id)
    if count == WHOLE:
        figures.add("answers of 500 and above", sum("status 5" in problem for problem in bad.elements()))
        figures.add("slowest 1 % of answers, the quickest of them", 1000 * percentile(seconds, 0.99))
        figures.add("processes left", len(left))
        figures.add("pictures lost", lost(recording))
    assert dict(bad) == {}
    assert left == set()
    assert (status["phase"], status["restart_count"]) == ("streaming", 0)
    assert lost(recording) <= 0.02 * len(recording.frames)
    assert_quiet_log(agent)


def wrong(odd: Odd, answer: Answer | None) -> str:
    """What is wrong with an answer; empty: nothing."""
    if answer is None:
        return "no answer"
    if not 400 <= answer.status < 500 and (odd.refused or answer.status >= 500):
        return f"status {answer.status} for {odd.data[:200]!r}"
    if SECRET.encode() in answer.head + answer.body or API_KEY.encode() in answer.head + answer.body:
        return f"a secret in {answer!r}"
    if answer.status >= 400 and not answer.detail:
        return f"no detail in {answer!r}"
    return ""


def assert_quiet_log(agent: Agent) -> None:
    written = agent.everything_written()
    assert "Traceback" not in written
    assert SECRET not in written
    assert API_KEY not in written
