"""Connections that are opened and never come to anything."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from ..e2e.agent import API_KEY, Agent
from ..e2e.conftest import AgentFactory
from ..e2e.processes import wait_for
from .figures import Figures
from .program import now
from .raw import Talk, ask
from .report import percentile

QUICK, EACH = 40, 200
SLOWLY = 0.5
"""Seconds between two bytes of a head."""
HEAD = f"POST /runner/job/status HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {API_KEY}\r\n".encode()
BODILESS = HEAD + b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n"
STRANGER = BODILESS.replace(API_KEY.encode(), b"").replace(b"Authorization: Bearer \r\n", b"")
ASKED = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


@contextmanager
def slow_clients(agent: Agent, each: int) -> Iterator[list[Talk]]:
    """Heads byte by byte, heads without body (with a key and without), idle ones: `each` of a kind."""
    talks = [Talk(agent.port) for _ in range(3 * each)]
    leave = threading.Event()

    def trickle() -> None:
        for at in range(1 << 20):
            if leave.wait(SLOWLY):
                return
            for talk in talks[:each]:
                talk.send(HEAD[at % len(HEAD) :][:1])

    thread = threading.Thread(target=trickle, name="trickle")
    thread.start()
    try:
        for index, talk in enumerate(talks[each : 2 * each]):
            talk.send(BODILESS if index % 2 else STRANGER)
        for talk in talks[2 * each :]:
            talk.send(ASKED)
        yield talks
    finally:
        leave.set()
        thread.join(30)
        for talk in talks:
            talk.close()


@pytest.mark.fault(21)
@pytest.mark.parametrize("each", [QUICK, pytest.param(EACH, marks=pytest.mark.long)])
def test_slow_clients(start_agent: AgentFactory, figures: Figures, each: int) -> None:
    agent = start_agent()
    process = psutil.Process(agent.pid)
    ask(agent.port, ASKED)
    before, most = process.num_fds(), 0
    seconds: list[float] = []
    with slow_clients(agent, each) as talks:
        begun = now()
        while not all(talk.over() for talk in talks):
            assert now() - begun < 60, "some are still connected"
            (answer,), took = ask(agent.port, ASKED)
            assert answer is not None
            assert answer.status == 200
            seconds.append(took)
            most = max(most, process.num_fds() - before)
            time.sleep(0.02)  # so often it is asked
        over = now() - begun
    if each == EACH:
        figures.add("slowest 1 % of /healthz", 1000 * percentile(seconds, 0.99))
        figures.add("the last of them closed", over)
        figures.add("descriptors more", most)
    wait_for("the descriptors", lambda: process.num_fds() <= before + 1)
    assert "Traceback" not in agent.everything_written()
    assert agent.everything_written().count("connections that did not finish a request") <= 2


@pytest.mark.fault(21)
def test_more_connections_than_the_agent_takes(start_agent: AgentFactory) -> None:
    """It has room for 401 and one viewer; whoever asks is heard, and those who were first make room."""
    agent = start_agent({"RUNNER_MAX_VIEWERS": "1"})
    talks = [Talk(agent.port) for _ in range(500)]
    try:
        (answer,), _ = ask(agent.port, ASKED)
        assert answer is not None
        assert answer.status == 200
        wait_for("the limit", lambda: psutil.Process(agent.pid).num_fds() < 470)
    finally:
        for talk in talks:
            talk.close()
