"""A name that nobody can look up, as at a hall whose network is away: it is tried again, and said so."""

from pathlib import Path

import pytest

from ..e2e.agent import Status
from ..e2e.conftest import AgentFactory
from .program import now

NOWHERE = "rtmp://nowhere.invalid/live/camera"
"""The domain is kept free for this (RFC 6761)."""
WATCHED = 4.0


@pytest.mark.fault(6)
def test_of_the_target(start_agent: AgentFactory, loop_mp4: Path) -> None:
    agent = start_agent(output=NOWHERE)
    job_id = agent.start_ingest(str(loop_mp4))

    def is_told(status: Status) -> bool:
        return bool(status["publish"]) and status["publish"]["attempts"] >= 3

    status = agent.wait_status(job_id, "attempts", is_told)
    assert (status["publish"]["state"], status["restart_count"]) == ("retrying", 0)
    assert "name" in status["publish"]["reason"].lower()
    assert status["source"]["state"] == "streaming"
    out, begun = status["frames_out"], now()
    later = agent.wait_status(job_id, "time", lambda _status: now() - begun > WATCHED)
    assert later["frames_out"] - out > 15 * WATCHED, "the program waits for its publisher"
    assert later["publish"]["attempts"] - status["publish"]["attempts"] < 4 * (now() - begun) + 2, (
        "a hot loop"
    )


@pytest.mark.fault(3)
@pytest.mark.long
def test_of_the_source(start_agent: AgentFactory) -> None:
    agent = start_agent(output="null")
    job_id = agent.start_ingest(NOWHERE)
    status = agent.wait_status(job_id, "attempts", lambda status: (status["source_restarts"] or 0) >= 3)
    assert status["restart_count"] == 0
    assert status["source"]["state"] != "streaming"
    assert "name" in status["source"]["reason"].lower()
