import threading
from itertools import islice

import numpy as np
import pytest
import simplejpeg  # type: ignore[import-untyped]

from virtualptz.client import RunnerClient
from virtualptz.model import FrameRequest
from virtualptz.tracking.shared_frames import FrameRing
from virtualptz.tracking.worker.feed import FrameFeed

from .agent import Agent, running

REQUEST = FrameRequest(fps=5, width=320)
PLAIN = "/runner/job/frames/job-1?fps=5&width=320"
SHARED = f"{PLAIN}&transport=shared"


def _jpeg(blue: int) -> bytes:
    picture = np.full((18, 32, 3), (blue, 40, 90), np.uint8)
    return bytes(simplejpeg.encode_jpeg(picture, colorspace="BGR"))


def test_pictures_come_with_their_time_and_the_connection_is_renewed(agent: Agent) -> None:
    agent.frames, agent.frames_once = [(2.5, _jpeg(200))], True
    with RunnerClient(agent.url, "key") as client:
        feed = FrameFeed(client, "job-1", REQUEST)
        frames = iter(feed)
        first = next(frames)
        agent.frames = [(2.7, _jpeg(100))]
        second = next(frames)
        feed.close()
    assert (first.pts, second.pts) == (2.5, 2.7)
    assert first.image.shape == (18, 32, 3)
    assert first.image[5, 5].tolist() == pytest.approx([200, 40, 90], abs=4)
    assert len(agent.of(SHARED)) >= 2
    assert agent.calls[0].authorization == "Bearer key"


def test_a_slow_taker_gets_the_newest(agent: Agent) -> None:
    agent.frames = [(float(number), _jpeg(number)) for number in range(50)]
    agent.frames_once = True
    with RunnerClient(agent.url) as client:
        feed = FrameFeed(client, "job-1", REQUEST)
        agent.wait_for(SHARED, 2)
        newest = next(iter(feed))
        feed.close()
    assert newest.pts == 49
    assert feed.skipped == 49


def test_closing_ends_a_taker_who_waits(agent: Agent) -> None:
    with RunnerClient(agent.url) as client:
        feed = FrameFeed(client, "job-1", REQUEST)
        agent.wait_for(SHARED, 1)
        feed.close()
        assert list(feed) == []


def test_what_is_no_jpeg_is_skipped(agent: Agent) -> None:
    agent.frames, agent.frames_once = [(1.0, b"not a picture")], True
    with RunnerClient(agent.url) as client:
        feed = FrameFeed(client, "job-1", REQUEST)
        frames = iter(feed)
        agent.wait_for(SHARED, 2)
        agent.frames = [(2.0, _jpeg(10))]
        assert next(frames).pts == 2.0
        feed.close()


def test_an_agent_that_goes_away_and_comes_back_is_read_again(caplog: pytest.LogCaptureFixture) -> None:
    agent = Agent(live_jpeg=_jpeg(30))
    with running(agent):
        client = RunnerClient(agent.url)
        feed = FrameFeed(client, "job-1", REQUEST)
        frames = iter(feed)
        before = next(frames)
        agent.live_jpeg = b""
    agent.live_jpeg = _jpeg(30)
    with client, running(agent):
        after = next(frames)
        while after.pts < before.pts + 0.5:
            after = next(frames)
        agent.live_jpeg = b""
        feed.close()
    assert caplog.text.count("trying again") <= 1


def test_pictures_in_memory_of_this_machine_are_taken_from_there(agent: Agent) -> None:
    ring = FrameRing(64, 36)
    image = np.random.default_rng(1).integers(0, 255, (36, 64, 3), np.uint8)
    agent.shared_frames = [(1.25, str(ring.write(image)), 64, 36)]
    with RunnerClient(agent.url) as client:
        feed = FrameFeed(client, "job-1", REQUEST)
        (frame,) = islice(feed, 1)
        feed.close()
    assert frame.pts == 1.25
    assert np.array_equal(frame.image, image)


@pytest.mark.parametrize("place", ["999999999/7/0123456789abcdef/1", "nowhere"])
def test_memory_that_cannot_be_seen_is_told_once_and_the_pictures_come_as_jpeg(
    agent: Agent, place: str, caplog: pytest.LogCaptureFixture
) -> None:
    agent.shared_frames = [(1.0, place, 64, 36)]
    agent.live_jpeg = _jpeg(10)
    with RunnerClient(agent.url) as client:
        feed = FrameFeed(client, "job-1", REQUEST)
        frames = iter(feed)
        assert next(frames).image.shape == (18, 32, 3)
        agent.live_jpeg = b""
        agent.wait_for(PLAIN, 2)
        feed.close()
    assert len(agent.of(SHARED)) == 1
    assert caplog.text.count("come as JPEG from now on") == 1


def test_an_agent_that_shares_no_memory_is_said_to_once(
    agent: Agent, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    agent.frames = [(1.0, _jpeg(10)), (1.1, _jpeg(10))]
    with RunnerClient(agent.url) as client:
        feed = FrameFeed(client, "job-1", REQUEST)
        agent.wait_for(SHARED, 3)
        feed.close()
    assert caplog.text.count("the agent shares no memory") == 1


def test_the_reader_ends_with_the_feed(agent: Agent) -> None:
    agent.live_jpeg = _jpeg(1)
    with RunnerClient(agent.url) as client:
        feed = FrameFeed(client, "job-1", REQUEST)
        next(iter(feed))
        (reader,) = (thread for thread in threading.enumerate() if thread.name == "frames of job-1")
        feed.close()
        reader.join(20)
        assert not reader.is_alive()
        agent.live_jpeg = b""
