"""A program on the air whose source goes away and comes back, and what must be so afterwards."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise

from ..e2e import judge
from ..e2e.agent import Agent, Status
from ..e2e.servers import Nginx
from ..media import clip as media
from ..media.watch import Recording, Viewer
from .figures import Figures
from .program import backward, now, wait_fresh

LOOP = media.Clip(width=640, height=360, seconds=10.24, flash_every=1.28, seed=5, keyframe_seconds=0.48)
"""What the cameras send: whoever begins to watch waits half a second at most for a picture to begin with."""
SETTLED = 60
"""Pictures that a viewer has seen before anything is harmed."""
LONGEST_STILL = 1.5
"""Seconds between two pictures. The last one is shown again after half a second without another; those that
come late at first, when the source is back, make it wait as long again."""


@dataclass(frozen=True)
class OnAir:
    """A job, and a viewer of its program."""

    agent: Agent
    job_id: str
    viewer: Viewer

    def status(self) -> Status:
        return self.agent.status(self.job_id)

    def noticed(self, since: float, timeout: float = 30.0) -> float:
        """Seconds from `since` until the status told that the source is away, and why."""
        status = self.agent.wait_status(self.job_id, "the loss", _is_away, timeout)
        seconds = now() - since
        assert status["source"]["reason"], "lost for no reason"
        return seconds

    def fresh(self, since: float, timeout: float = 60.0) -> float:
        return wait_fresh(self.viewer, since, timeout)


def _is_away(status: Status) -> bool:
    return bool(status["source"]) and status["source"]["state"] == "reconnecting"


@contextmanager
def on_air(agent: Agent, nginx: Nginx, name: str, source: str) -> Iterator[OnAir]:
    """The program `name` of `source`; in the end the server must have seen one publisher only, and the
    viewer one unbroken stream."""
    job_id = agent.start_ingest(source, name)
    publisher = nginx.wait_published(name)
    viewer = Viewer(nginx.url(name))
    viewer.wait_frames(SETTLED)
    job = OnAir(agent, job_id, viewer)
    yield job
    assert nginx.clients(name).publishers == (publisher,)
    status = agent.wait_status(job_id, "pictures", lambda status: status["source"]["state"] == "streaming")
    assert (status["restart_count"], status["publisher_restarts"]) == (0, 0)
    assert status["publish"]["reconnects"] == 0
    assert_unbroken(viewer.close())


def assert_unbroken(seen: Recording) -> None:
    assert seen.errors == []
    assert backward(seen) == 0
    still = [later - earlier for earlier, later in pairwise(seen.pts)]
    assert max(still) < LONGEST_STILL, sorted(still)[-5:]
    judge.assert_sound_unbroken(seen)


def be_away(job: OnAir, figures: Figures, seconds: float, gone: float, *, told: bool = True) -> None:
    """Until `seconds` after `gone`; the status must have told of the loss by then. `told`: it is a figure."""
    noticed = job.noticed(gone)
    if told:
        figures.add("noticed", noticed)
    time.sleep(max(0.0, gone + seconds - now()))  # the fault itself: this is how long it lasts


def be_back(job: OnAir, figures: Figures, returned: float) -> None:
    figures.add("fresh picture after return", job.fresh(returned))
    job.viewer.wait_frames(50)
    figures.add("publisher reconnects", job.status()["publish"]["reconnects"])
