"""The camera hangs, and its encoder sends the same picture again and again."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from ..e2e.agent import Agent
from ..e2e.conftest import AgentFactory
from ..e2e.servers import Nginx, camera
from ..media import clip as media
from ..media.watch import Recording, Seen, Viewer
from .away import LOOP
from .figures import Figures
from .program import fresh, now

HALL = replace(LOOP, flash_every=0, snow=1.0)
"""Nothing happens in it: all that changes is the noise of a sensor."""
BEGINS = 6.0
"""Seconds of the clip."""
MOVES_SECONDS = 6.0
STEADY = 1.0
"""Seconds without a fresh picture by which the source itself is seen to have frozen."""


@pytest.mark.fault(5)
@pytest.mark.long
@pytest.mark.parametrize("seconds", [8.0, 30.0])
def test_told_and_nothing_else(
    nginx: Nginx, tmp_path: Path, start_agent: AgentFactory, seconds: float, figures: Figures
) -> None:
    ends = BEGINS + seconds
    clip = replace(HALL, seconds=ends + MOVES_SECONDS, frozen=(BEGINS, ends))
    written = media.write(tmp_path / "hangs.mp4", clip)
    agent = start_agent(output=nginx.url("{session_id}"))
    name = f"hangs-{seconds:.0f}"
    with camera(written, nginx.url(name), "flv", tmp_path / "camera.log", loop=False):
        nginx.wait_published(name)
        witness = Viewer(nginx.url(name))
        job_id = agent.start_ingest(nginx.url(name), f"program-{seconds:.0f}")
        agent.wait_streaming(job_id)
        assert frozen_seconds(agent, job_id) is None, "an empty hall is not frozen"
        agent.wait_status(job_id, "frozen", lambda status: status["source"]["frozen_seconds"] is not None)
        told = now()
        assert f'vptz_source_frozen_seconds{{job_id="{job_id}"}} ' in agent.client.get("/metrics").text
        agent.wait_status(job_id, "motion", lambda status: status["source"]["frozen_seconds"] is None, 60)
        moves = now()
        witness.wait(lambda recording: stood_and_moved(recording) is not None)
        stood = stood_and_moved(witness.close())
        assert stood is not None
        figures.add("flagged", told - stood[0].arrived)
        figures.add("unflagged after motion", moves - stood[1].arrived)
        status = agent.status(job_id)
        restarts = status["restart_count"] + status["source_restarts"] + status["publisher_restarts"]
        figures.add("restarts", restarts)
    assert (restarts, status["source"]["attempts"], status["publish"]["reconnects"]) == (0, 0, 0)


def frozen_seconds(agent: Agent, job_id: str) -> float | None:
    found: float | None = agent.status(job_id)["source"]["frozen_seconds"]
    return found


def stood_and_moved(recording: Recording) -> tuple[Seen, Seen] | None:
    """The picture that the source froze at, and the first other one that came then."""
    return next(
        (pair for pair in pairwise(fresh(recording)) if pair[1].arrived - pair[0].arrived > STEADY), None
    )
