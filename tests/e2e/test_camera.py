"""The camera operator on air: what is published moves as the decision log says, and as people like it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from virtualptz.camera.policies.lookahead import LookaheadOptions

from ..media import motion
from ..media.watch import Recording, decode
from .agent import Agent
from .court import Court, draw_court, telling

FPS = 25
SIZE = (320, 180)
"""Of the program; the court is twice as wide and high."""
SECONDS = 26
TAKEOVER_SECONDS = 2.0
SILENT_FROM, SILENT_TO = 10.0, 20.0
Track = npt.NDArray[np.float64]
"""N x 3: centre x, centre y, octaves of zoom."""


@dataclass(frozen=True)
class Match:
    """One job on the court clip: its decision log, and what was published."""

    views: list[dict[str, Any]]
    updates: list[dict[str, Any]]
    program: Recording
    logged: Track
    """The logged view of each published picture."""
    measured: Track
    """Where ECC finds that picture in the wide one."""

    def between(self, since: float, until: float) -> Track:
        return self.measured[round(since * FPS) : round(until * FPS)]


@pytest.fixture(scope="module")
def court(tmp_path_factory: pytest.TempPathFactory) -> Court:
    width, height = SIZE
    return draw_court(tmp_path_factory.mktemp("court"), SECONDS, (2 * width, 2 * height), FPS)


@pytest.fixture(scope="module")
def match(court: Court, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Match]:
    """The truth is reported ten times a second and more, but for the silence."""
    due = [row for row in court.truth[::2] if not SILENT_FROM < row["frame_pts"] < SILENT_TO]
    folder = tmp_path_factory.mktemp("match")
    settings = {
        "RUNNER_PTZ_TAKEOVER_SECONDS": str(TAKEOVER_SECONDS),
        "RUNNER_DECISION_LOG": "1",
        "RUNNER_INGEST_OUTPUT_URI": str(folder / "program.mp4"),
    }
    agent = Agent(folder, settings).start()
    try:
        job_id = agent.start_ingest(str(court.clip), profile="quality")
        with telling(agent, job_id, due):
            agent.wait_status(job_id, "mid-pan", lambda now: (now["pts_out"] or 0) > 5)
            agent.ptz(job_id, 0.5, 0.5, 2.5)
            agent.wait_ended(job_id)
        log = next(agent.state_dir.glob("jobs/*/decisions.jsonl")).read_text().splitlines()
        yield judged([json.loads(line) for line in log], folder / "program.mp4", court.clip)
    finally:
        agent.close()


def judged(log: list[dict[str, Any]], program: Path, clip: Path) -> Match:
    views = [line for line in log if line.get("kind") == "view"]
    updates = [line for line in log if "tracking_confidence" in line]
    published = decode(program, keep_luma=True)
    wide = decode(clip, keep_luma=True)
    logged, measured = [], []
    for frame, view in zip(published.frames, views, strict=True):
        whole = wide.frames[round(view["pts"] * FPS)].luma
        guess = motion.Placement(view["center_x"], view["center_y"], view["zoom"])
        assert frame.luma is not None
        assert whole is not None
        logged.append(row(guess))
        measured.append(row(motion.refine(frame.luma, whole, guess)))
    return Match(views, updates, published, np.array(logged), np.array(measured))


def row(place: motion.Placement) -> tuple[float, float, float]:
    return place.center_x, place.center_y, float(np.log2(place.zoom))


def test_what_is_published_is_where_the_log_says(match: Match) -> None:
    assert match.program.errors == []
    assert len(match.views) >= SECONDS * FPS - 2
    gaps = np.diff([view["pts"] for view in match.views])
    assert np.diff(match.program.pts) == pytest.approx(gaps, abs=1e-3)
    zoom = 2 ** match.logged[:, 2]
    off = (match.measured - match.logged)[:, :2] * np.array(SIZE) * zoom[:, None]
    assert motion.rms(off[:, 0]) < 0.1, "pixels of the program across"
    assert motion.rms(off[:, 1]) < 0.1, "pixels of the program down"


def test_it_follows_play_that_it_was_told_of(match: Match) -> None:
    assert len(match.updates) > 50
    assert np.ptp(match.between(1, 5)[:, 0]) > 0.05, "the camera hardly moved"
    reasons = {view["reason"] for view in match.views}
    assert reasons >= {"manual", "predict", "hold", "wide", "return"}, reasons


def test_a_takeover_in_mid_pan_and_a_silence_leave_no_step(match: Match) -> None:
    # A picture's place is known to a few hundredths of a pixel: seven in a row tell speed and push.
    smooth = np.apply_along_axis(lambda path: np.convolve(path, np.ones(7) / 7, "valid"), 0, match.measured)
    speed = np.diff(smooth, axis=0) * FPS
    push = np.diff(speed, axis=0) * FPS
    limits = LookaheadOptions()
    assert np.abs(speed[:, :2]).max() <= limits.max_speed * 1.05
    assert np.abs(push[:, :2]).max() <= limits.max_acceleration * 1.1
    assert np.abs(speed[:, 2]).max() <= limits.max_zoom_speed * 1.05
    assert np.abs(push[:, 2]).max() <= limits.max_zoom_acceleration * 1.2


def test_a_silence_ends_in_the_wide_view_and_the_return_in_the_play(match: Match) -> None:
    assert match.between(SILENT_TO - 0.5, SILENT_TO)[:, 2].max() < 0.1, "not wide at the end of the silence"
    assert match.measured[-1, 2] > 0.1, "not back in the play"
