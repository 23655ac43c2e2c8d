from fractions import Fraction
from typing import Any

import pytest

from virtualptz.client import RunnerClient
from virtualptz.tracking.worker.pictures import JobPictures, media_of
from virtualptz.wire.job import MediaSummary

from .agent import HEALTHY, Agent

STATUS = "/runner/job/status"
MEDIA = {"codec": "h264", "width": 1920, "height": 1080, "frame_rate": "30000/1001", "live": False}


def test_media_of_a_status() -> None:
    media = media_of(MediaSummary.model_validate(MEDIA))
    assert media is not None
    assert (media.video.width, media.video.height, media.live) == (1920, 1080, False)
    assert media.video.frame_rate == Fraction(30000, 1001)


@pytest.mark.parametrize(
    "told",
    [
        None,
        {**MEDIA, "frame_rate": "0/0"},
        {**MEDIA, "frame_rate": "0"},
        {**MEDIA, "frame_rate": "soon"},
        {**MEDIA, "height": 0},
    ],
)
def test_a_status_without_usable_media_has_none(told: dict[str, Any] | None) -> None:
    assert media_of(None if told is None else MediaSummary.model_validate(told)) is None


def test_it_waits_for_a_job_that_still_connects_and_for_an_agent_that_fails(agent: Agent) -> None:
    running = {**HEALTHY, "job_id": "job-1", "state": "running"}
    agent.answers[STATUS] = [
        (500, "oops"),
        (200, {**running, "phase": "connecting"}),
        (200, {**running, "phase": "streaming", "media": MEDIA}),
    ]
    with RunnerClient(agent.url) as client:
        media = JobPictures(client, "job-1").media()
    assert media is not None
    assert media.video.width == 1920
    assert len(agent.of(STATUS)) == 3


def test_an_agent_that_tells_no_media_is_not_waited_for(agent: Agent) -> None:
    with RunnerClient(agent.url) as client:
        assert JobPictures(client, "job-1").media() is None
    assert len(agent.of(STATUS)) == 1


def test_closing_ends_the_wait(agent: Agent) -> None:
    agent.answers[STATUS] = [(500, "oops")]
    with RunnerClient(agent.url) as client:
        pictures = JobPictures(client, "job-1")
        pictures.close()
        assert pictures.media() is None
