"""Live mode, with a detector that comes as a plug-in of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

import numpy as np
import pytest
import simplejpeg  # type: ignore[import-untyped]

from ....media import clip as media
from ...distributions import Site
from .agent import AS_EVER, HEALTHY, Agent
from .test_worker import SCRIPT

DETECTOR = """
    import threading

    from virtualptz import hookimpl
    from virtualptz.model import Extension, FrameRequest, Frozen, TrackingUpdate

    lives = 0


    class Options(Frozen):
        {option}: str = ""


    class Brightness:
        def __init__(self, options):
            global lives
            lives += 1
            self.life = lives
            self.updates_given = 0

        def wants(self, media):
            return FrameRequest(fps=5, width=320 if media is None else media.video.width // 2)

        def updates(self, frames):
            for frame in frames:
                {body}
                self.updates_given += 1
                yield TrackingUpdate(
                    tracking_confidence=float(frame.image.mean()) / 255, frame_pts=frame.pts, source="{name}"
                )

        def close(self):
            pass


    def missing(options):
        {missing}


    @hookimpl
    def vptz_tracking_sources():
        return [Extension("{name}", Options, Brightness, missing, {preference})]
"""
FRAMES = "/runner/job/frames/job-1?fps=5&width=320&transport=shared"


def _detector(
    name: str,
    body: str = "pass",
    *,
    missing: str = "return None",
    preference: int = 90,
    option: str = "model",
) -> str:
    text = DETECTOR.replace("{name}", name).replace("{body}", body).replace("{missing}", missing)
    return text.replace("{preference}", str(preference)).replace("{option}", option)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@contextmanager
def live(
    agent: Agent, site: Site, *arguments: str, jobs: tuple[str, ...] = ("--job-id", "job-1")
) -> Iterator["subprocess.Popen[str]"]:
    if not agent.frames:
        picture = np.full((18, 32, 3), 204, np.uint8)
        agent.live_jpeg = bytes(simplejpeg.encode_jpeg(picture, colorspace="BGR"))
    process = subprocess.Popen(
        [
            *(sys.executable, str(SCRIPT), "--runner-base-url", agent.url),
            *jobs,
            *(arguments or ("--mode", "live")),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(site.folder)},
    )
    try:
        yield process
    finally:
        agent.live_jpeg = b""
        process.kill()
        process.communicate()


def _end(process: "subprocess.Popen[str]") -> tuple[str, str]:
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    return out, err


def _refused(agent: Agent, site: Site, *arguments: str) -> str:
    with live(agent, site, *arguments) as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (2, ""), err
    assert len(err.splitlines()) == 1, err
    assert agent.calls == []
    return err


@pytest.mark.parametrize(
    "how", [["--mode", "live"], ["--mode", "brightness"], ["--mode", "live", "--detector", "brightness"]]
)
def test_a_detector_gets_the_job_s_pictures_and_its_updates_are_pushed(
    agent: Agent, site: Site, how: list[str]
) -> None:
    site.install("brightness", _detector("brightness"))
    with live(agent, site, *how) as process:
        agent.wait_for_pushes(8)
        out, err = _end(process)
    assert agent.of(FRAMES)
    assert {body["source"] for body in agent.pushes} == {"brightness"}
    times = [body["frame_pts"] for body in agent.pushes]
    assert times == sorted(set(times))
    assert agent.pushes[0]["tracking_confidence"] == pytest.approx(0.8, abs=0.02)
    assert all(line.startswith(f"push {number}: ") for number, line in enumerate(out.splitlines(), 1))
    assert "job-1: looked at " in err


def test_a_detector_is_told_what_the_job_s_source_is(agent: Agent, site: Site) -> None:
    site.install("brightness", _detector("brightness"))
    media = {"codec": "h264", "width": 3840, "height": 2160, "frame_rate": "25/1"}
    status = {**HEALTHY, "job_id": "job-1", "state": "running", "phase": "streaming", "media": media}
    agent.answers["/runner/job/status"] = [(200, status)]
    with live(agent, site):
        agent.wait_for(FRAMES.replace("320", "1920"), 1)


def test_a_detector_that_raises_is_reported_and_started_again(agent: Agent, site: Site) -> None:
    site.install("fragile", _detector("fragile", "if self.life == 1: raise ValueError('out of memory')"))
    with live(agent, site) as process:
        agent.wait_for_pushes(1)
        _, err = _end(process)
    assert err.count("job-1: tracking source fragile: ValueError: out of memory") == 1


STUCK = "if self.updates_given == 2: print('stuck', flush=True); threading.Event().wait()"


def test_a_detector_that_hangs_does_not_keep_the_process(agent: Agent, site: Site) -> None:
    site.install("stuck", _detector("stuck", STUCK))
    with live(agent, site) as process:
        assert process.stdout is not None
        while process.stdout.readline() != "stuck\n":
            pass
        assert "hangs" in _end(process)[1]


def test_a_detector_that_hangs_in_mid_game_ends_the_process_with_70(agent: Agent, site: Site) -> None:
    site.install("stuck", _detector("stuck", STUCK))
    with live(agent, site, "--mode", "live", "--hang-seconds", "0.5") as process:
        _, err = process.communicate(timeout=60)
    assert process.returncode == 70
    assert "job-1: stuck gave nothing for 0.5 s" in err


def test_a_detector_may_take_its_time_before_its_first_update(agent: Agent, site: Site) -> None:
    wait = "self.updates_given or threading.Event().wait(1.5)"
    site.install("thorough", _detector("thorough", wait))
    with live(agent, site, "--mode", "live", "--hang-seconds", "0.5") as process:
        agent.wait_for_pushes(3)
        _end(process)


def test_a_feed_that_stalls_is_no_hang(agent: Agent, site: Site) -> None:
    site.install("brightness", _detector("brightness"))
    with live(agent, site, "--mode", "live", "--hang-seconds", "0.5") as process:
        agent.wait_for_pushes(2)
        picture, agent.live_jpeg = agent.live_jpeg, b""
        agent.wait_for(FRAMES, 4)
        had, agent.live_jpeg = len(agent.pushes), picture
        agent.wait_for_pushes(had + 3)
        _end(process)


def test_a_slow_agent_does_not_make_the_detector_wait(agent: Agent, site: Site) -> None:
    site.install("brightness", _detector("brightness", "print('saw', frame.pts, flush=True)"))
    with live(agent, site) as process:
        agent.wait_for_pushes(1)
        agent.hang.set()
        since = monotonic()
        assert process.stdout is not None
        while _seen(process.stdout.readline()) < since + 0.5:
            assert process.poll() is None
        agent.hang.clear()
        had = len(agent.pushes)
        newer = agent.wait_for_pushes(had + 2)[had + 1]
        assert newer["frame_pts"] > since + 0.5
        _end(process)


def _seen(line: str) -> float:
    """The picture's time that a detector's line tells."""
    return float(line.split()[1]) if line.startswith("saw ") else 0.0


def test_live_is_the_preferred_detector_that_lacks_nothing(agent: Agent, site: Site) -> None:
    site.install("best", _detector("best", preference=99, missing="return 'no model: put it there'"))
    site.install("good", _detector("good", preference=95))
    site.install("plain", _detector("plain", preference=91))
    with live(agent, site) as process:
        agent.wait_for_pushes(1)
        _end(process)
    assert agent.pushes[0]["source"] == "good"


def test_a_detector_that_lacks_something_says_what(agent: Agent, site: Site) -> None:
    site.install("best", _detector("best", missing="return 'no model: put it there'"))
    err = _refused(agent, site, "--mode", "live", "--detector", "best")
    assert "best cannot work here: no model: put it there" in err


def test_a_model_is_the_detector_s_option(agent: Agent, site: Site) -> None:
    site.install("best", _detector("best", missing="return None if options.model else 'no model'"))
    site.install("other", _detector("other", preference=99, option="speed"))
    with live(agent, site, "--mode", "live", "--model", "people.onnx") as process:
        agent.wait_for_pushes(1)
        _end(process)
    assert agent.pushes[0]["source"] == "best"
    agent.calls.clear()
    err = _refused(agent, site, "--mode", "live", "--detector", "other", "--model", "people.onnx")
    assert "unknown option 'model'; there are: speed" in err


def test_where_no_detector_works_each_is_named_with_what_it_lacks(
    agent: Agent, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.install("best", _detector("best", missing="return 'no model'"))
    monkeypatch.setenv("RUNNER_PLUGINS_DISABLED", "motion,yolo")
    assert "no detector works here; there are: best (no model)" in _refused(agent, site)


def test_pictures_can_come_straight_from_a_source(agent: Agent, site: Site, tmp_path: Path) -> None:
    site.install("brightness", _detector("brightness"))
    clip = media.write(tmp_path / "clip.mp4", media.Clip(width=320, height=180, seconds=4.0, audio=""))
    agent.pts_began = monotonic() - 700.0
    with live(agent, site, "--mode", "live", "--source-uri", str(clip)) as process:
        agent.wait_for_pushes(5)
        calls = agent.of("/runner/tracking/update")
        _end(process)
    times = [call.body["frame_pts"] for call in calls]
    assert times == sorted(set(times))
    for call in calls:
        assert -1.0 < call.at - agent.pts_began - call.body["frame_pts"] < 10.0
    assert not [call for call in agent.calls if "/frames/" in call.path]


def test_a_source_is_checked_and_its_password_is_not_told(agent: Agent, site: Site) -> None:
    site.install("brightness", _detector("brightness"))
    for uri in ("ftp://user:hunter22@camera/x", "rtsp://user:hunter22@169.254.169.254/x"):
        err = _refused(agent, site, "--mode", "live", "--source-uri", uri)
        assert "source: " in err
        assert "hunter22" not in err


def _ingest(job_id: str, state: str = "running", **more: str) -> dict[str, str]:
    return {"job_id": job_id, "kind": "ingest", "state": state, **more}


def test_several_jobs_in_one_process_each_with_its_own_source(agent: Agent, site: Site) -> None:
    site.install("brightness", _detector("brightness"))
    agent.jobs = [_ingest("a"), _ingest("b")]
    with live(agent, site, "--mode", "live", jobs=("--jobs", "a, b")) as process:
        agent.wait_until(lambda agent: agent.pushed_for("a") >= 3 and agent.pushed_for("b") >= 3)
        out, _ = _end(process)
    for job_id in "ab":
        mine = [line for line in out.splitlines() if line.startswith(f"{job_id}: ")]
        assert all(line.startswith(f"{job_id}: push {number}: ") for number, line in enumerate(mine, 1))
        assert len(mine) >= 3


def test_one_job_s_failure_is_no_other_s(agent: Agent, site: Site) -> None:
    site.install("brightness", _detector("brightness", "if self.life == 1: raise ValueError('mine')"))
    agent.jobs = [_ingest("a"), _ingest("b")]
    with live(agent, site, "--mode", "live", jobs=("--jobs", "a,b")) as process:
        agent.wait_until(lambda agent: agent.pushed_for("b") >= 3 or agent.pushed_for("a") >= 3)
        _, err = _end(process)
    assert err.count("ValueError: mine") == 1


def test_all_jobs_are_taken_up_and_those_that_end_are_dropped(agent: Agent, site: Site) -> None:
    site.install("brightness", _detector("brightness"))
    agent.jobs = [_ingest("a"), {**_ingest("p"), "kind": "preview"}, _ingest("old", "stopped")]
    with live(agent, site, "--mode", "live", jobs=("--jobs", "all")) as process:
        agent.wait_until(lambda agent: agent.pushed_for("a") >= 2)
        agent.jobs = [_ingest("a", "stopped"), _ingest("b")]
        agent.wait_until(lambda agent: agent.pushed_for("b") >= 2)
        looks = len(agent.of("/runner/jobs"))
        agent.wait_for("/runner/jobs", looks + 1)
        had = agent.pushed_for("a")
        agent.wait_for("/runner/jobs", looks + 2)
        assert agent.pushed_for("a") == had
        _, err = _end(process)
    assert {body["job_id"] for body in agent.pushes} == {"a", "b"}
    assert "a: tracked no longer" in err


def test_assigned_jobs_are_those_that_ask_for_this_detector(agent: Agent, site: Site) -> None:
    site.install("brightness", _detector("brightness"))
    agent.jobs = [_ingest("a", detector="other"), _ingest("b", detector="brightness"), _ingest("c")]
    with live(agent, site, "--mode", "live", jobs=("--jobs", "assigned")) as process:
        agent.wait_until(lambda agent: agent.pushed_for("b") >= 2)
        agent.wait_for("/runner/jobs", 2)
        _end(process)
    assert {body["job_id"] for body in agent.pushes} == {"b"}


def test_an_agent_that_lists_no_jobs_now_is_asked_again(agent: Agent, site: Site) -> None:
    site.install("brightness", _detector("brightness"))
    agent.jobs = [_ingest("a")]
    agent.answers["/runner/jobs"] = [(500, "oops"), AS_EVER]
    with live(agent, site, "--mode", "live", jobs=("--jobs", "all")) as process:
        agent.wait_until(lambda agent: agent.pushed_for("a") >= 1)
        _, err = _end(process)
    assert err.count("the agent's jobs: 500 oops") == 1
