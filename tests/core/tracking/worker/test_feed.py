from itertools import islice

import numpy as np
import pytest
import simplejpeg  # type: ignore[import-untyped]

from virtualptz.model import FrameRequest
from virtualptz.tracking.worker.feed import FrameFeed
from virtualptz.tracking.worker.runner_client import RunnerClient

from .agent import Agent


def _jpeg(blue: int) -> bytes:
    picture = np.full((18, 32, 3), (blue, 40, 90), np.uint8)
    return bytes(simplejpeg.encode_jpeg(picture, colorspace="BGR"))


def test_pictures_come_with_their_time_and_the_connection_is_renewed(agent: Agent) -> None:
    agent.frames = [(2.5, _jpeg(200))]
    with RunnerClient(agent.url, "key") as client:
        feed = FrameFeed(client, "job-1", FrameRequest(fps=5, width=320))
        first, second = islice(feed, 2)
        feed.close()
        agent.wait_for("/runner/job/frames/job-1?fps=5&width=320", 2)
    assert (first.pts, second.pts) == (2.5, 2.5)
    assert first.image.shape == (18, 32, 3)
    assert first.image[5, 5].tolist() == pytest.approx([200, 40, 90], abs=4)
    assert agent.calls[0].authorization == "Bearer key"


def test_a_slow_taker_gets_the_newest(agent: Agent) -> None:
    agent.frames = [(float(number), _jpeg(number)) for number in range(50)]
    agent.frames_once = True
    with RunnerClient(agent.url) as client:
        feed = FrameFeed(client, "job-1", FrameRequest(fps=5, width=320))
        agent.wait_for("/runner/job/frames/job-1?fps=5&width=320", 2)
        newest = next(iter(feed))
        feed.close()
    assert newest.pts == 49


def test_closing_ends_a_taker_who_waits(agent: Agent) -> None:
    with RunnerClient(agent.url) as client:
        feed = FrameFeed(client, "job-1", FrameRequest(fps=5, width=320))
        agent.wait_for("/runner/job/frames/job-1?fps=5&width=320", 1)
        feed.close()
        assert list(feed) == []
