"""Live mode, with a detector that comes as a plug-in of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import simplejpeg  # type: ignore[import-untyped]

from ...distributions import Site
from .agent import Agent
from .test_worker import SCRIPT

DETECTOR = """
    import threading

    from virtualptz import hookimpl
    from virtualptz.model import Extension, FrameRequest, NoOptions, TrackingUpdate

    lives = 0


    class Brightness:
        def __init__(self, options: NoOptions) -> None:
            global lives
            lives += 1
            self.life = lives

        def wants(self, media):
            return FrameRequest(fps=5, width=320)

        def updates(self, frames):
            for frame in frames:
                {body}
                yield TrackingUpdate(
                    tracking_confidence=float(frame.image.mean()) / 255, frame_pts=frame.pts, source="{name}"
                )

        def close(self):
            pass


    @hookimpl
    def vptz_tracking_sources():
        return [Extension("{name}", NoOptions, Brightness)]
"""


def _detector(name: str, body: str = "pass") -> str:
    return DETECTOR.replace("{name}", name).replace("{body}", body)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@contextmanager
def live(agent: Agent, site: Site, mode: str = "live") -> Iterator["subprocess.Popen[str]"]:
    picture = np.full((18, 32, 3), 204, np.uint8)
    agent.frames = [(12.5, bytes(simplejpeg.encode_jpeg(picture, colorspace="BGR")))]
    process = subprocess.Popen(
        [
            *(sys.executable, str(SCRIPT), "--runner-base-url", agent.url),
            *("--job-id", "job-1", "--mode", mode, "--interval", "0.05"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(site.folder)},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _end(process: "subprocess.Popen[str]") -> str:
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    return err


@pytest.mark.parametrize("mode", ["live", "brightness"])
def test_a_detector_gets_the_job_s_pictures_and_its_updates_are_pushed(
    agent: Agent, site: Site, mode: str
) -> None:
    site.install("brightness", _detector("brightness"))
    with live(agent, site, mode) as process:
        agent.wait_for_pushes(2)
        _end(process)
    assert agent.calls[0].path == "/runner/job/frames/job-1?fps=5&width=320"
    assert agent.pushes[0]["source"] == "brightness"
    assert agent.pushes[0]["frame_pts"] == 12.5
    assert agent.pushes[0]["tracking_confidence"] == pytest.approx(0.8, abs=0.02)


def test_a_detector_that_raises_is_reported_and_started_again(agent: Agent, site: Site) -> None:
    site.install("fragile", _detector("fragile", "if self.life == 1: raise ValueError('out of memory')"))
    with live(agent, site) as process:
        agent.wait_for_pushes(1)
        err = _end(process)
    assert err.count("tracking source fragile: ValueError: out of memory") == 1


def test_a_detector_that_hangs_does_not_keep_the_process(agent: Agent, site: Site) -> None:
    site.install("stuck", _detector("stuck", "threading.Event().wait()"))
    with live(agent, site) as process:
        agent.wait_for("/runner/job/frames/job-1?fps=5&width=320", 1)
        assert "hangs" in _end(process)


def test_of_several_detectors_one_has_to_be_named(agent: Agent, site: Site) -> None:
    site.install("one", _detector("one"))
    site.install("two", _detector("two"))
    with live(agent, site) as process:
        _, err = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "name one: --mode one|two" in err
