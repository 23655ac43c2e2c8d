"""From a clip of simulated play, through worker and launcher, to a program that follows the play."""

import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from ..media import motion
from ..media.watch import Seen, decode
from ..ports import free_port
from .agent import API_KEY, Agent
from .conftest import AgentFactory
from .processes import Peer, peer, wait_for

ROOT = Path(__file__).parents[2]
LAUNCHER = ROOT / "scripts" / "start_ingest_with_tracking.py"
SECONDS = 16
FPS = 25
ARRIVED = 6
"""Seconds after which the camera has come from the whole frame to the play, the worker's start included."""
LONGEST_LAG = 2.5
"""Seconds by which a causal camera that moves as a person does may follow behind."""


@dataclass(frozen=True)
class Court:
    clip: Path
    target_x: npt.NDArray[np.float64]
    """For each frame, where the play is, fractions of the width."""
    target_zoom: npt.NDArray[np.float64]


@pytest.fixture(scope="module")
def court(tmp_path_factory: pytest.TempPathFactory) -> Court:
    folder = tmp_path_factory.mktemp("court")
    clip, truth = folder / "court.mp4", folder / "truth.jsonl"
    size = ["--size", "640x360", "--fps", str(FPS)]
    command = [sys.executable, "-m", "virtualptz", "court", "--seconds", str(SECONDS), *size]
    subprocess.run([*command, "--output", str(clip), "--truth", str(truth)], check=True, timeout=100)
    rows = [json.loads(line) for line in truth.read_text().splitlines()]
    return Court(
        clip,
        np.array([row["target_x"] for row in rows]),
        np.array([row["target_zoom"] for row in rows]),
    )


@contextmanager
def launch(agent: Agent, folder: Path, source: Path, *more: str) -> Iterator[Peer]:
    where = ["--runner-base-url", agent.base_url, "--api-key", API_KEY]
    what = ["--session-id", str(free_port(socket.SOCK_DGRAM)), "--source-uri-ref", str(source)]
    with peer([sys.executable, str(LAUNCHER), *where, *what, *more], folder / "launcher.log") as launcher:
        yield launcher


def job_of(launcher: Peer) -> str:
    found = wait_for(
        "the launcher's job",
        lambda: re.search(r"ingest started: job_id=(\S+)", launcher.log.read_text()),
        60,
    )
    return found[1]


def end(launcher: Peer) -> int:
    """SIGTERM to the launcher; its exit code."""
    launcher.process.terminate()
    return launcher.process.wait(30)


def test_program_follows_the_play(court: Court, tmp_path: Path, start_agent: AgentFactory) -> None:
    agent = start_agent(output=str(tmp_path / "program.mp4"))
    with launch(agent, tmp_path, court.clip, "--tracking-interval", "0.2") as launcher:
        job_id = job_of(launcher)
        status = agent.wait_ended(job_id)
        end(launcher)
    assert (status["state"], status["restart_count"], status["last_error"]) == ("stopped", 0, None)
    tracking = agent.post("/runner/tracking/status", {"job_id": job_id})
    assert (tracking["available"], tracking["source"]) == (True, "detector-worker")

    program = decode(tmp_path / "program.mp4", keep_luma=True)
    wide = decode(court.clip, keep_luma=True)
    assert len(program.frames) >= SECONDS * FPS - 2
    places = follow(program.frames, wide.frames)
    half = 0.5 / np.maximum(court.target_zoom, 1.0)
    play = np.clip(court.target_x, half, 1 - half)[: len(places)]
    seen = np.array([place.center_x for place in places])
    assert np.ptp(seen) > 0.1, "the camera hardly moved"
    assert max(place.zoom for place in places) > 1.15, "the camera never went in"
    assert best_correlation(play[ARRIVED * FPS :], seen[ARRIVED * FPS :]) > 0.85


def follow(program: list[Seen], wide: list[Seen]) -> list[motion.Placement]:
    """Where each picture of the program lies in the wide picture of the same moment."""
    places: list[motion.Placement] = []
    guess = motion.Placement(0.5, 0.5, 1.0)
    for shown, whole in zip(program, wide, strict=False):
        assert shown.luma is not None
        assert whole.luma is not None
        guess = motion.place(shown.luma, whole.luma, guess)
        places.append(guess)
    return places


def best_correlation(play: npt.NDArray[np.float64], seen: npt.NDArray[np.float64]) -> float:
    """Of the camera's path with the play's, at the lag that suits it best."""
    return max(
        float(np.corrcoef(play[: len(play) - lag], seen[lag:])[0, 1])
        for lag in range(0, round(LONGEST_LAG * FPS), 2)
    )


def test_launcher_ends_both_on_a_signal(court: Court, tmp_path: Path, agent: Agent) -> None:
    with launch(agent, tmp_path, court.clip, "--tracking-interval", "0.2") as launcher:
        job_id = job_of(launcher)
        wait_for("a push", lambda: told_by(agent, job_id) == "detector-worker")
        end(launcher)
    assert agent.status(job_id)["state"] == "stopped"
    assert f"ingest stopped: job_id={job_id}" in launcher.log.read_text()


def test_file_mode_survives_a_bad_file(court: Court, tmp_path: Path, agent: Agent) -> None:
    told = tmp_path / "tracking.json"
    told.write_text('{"tracking_confidence": 0.9, "target_')
    mode = ["--tracking-mode", "file", "--tracking-input-file", str(told)]
    more = ["--tracking-interval", "0.1", "--tracking-source", "court-file"]
    with launch(agent, tmp_path, court.clip, *mode, *more) as launcher:
        job_id = job_of(launcher)
        wait_for("a complaint", lambda: told.name in launcher.log.read_text())
        told.write_text('{"tracking_confidence": 0.9, "target_x": 0.2, "target_y": 0.5, "target_zoom": 2.5}')
        agent.wait_status(job_id, "the view", lambda now: (now["view"] or {}).get("center_x", 0.5) < 0.25)
        assert told_by(agent, job_id) == "court-file"
        end(launcher)
    assert agent.status(job_id)["state"] == "stopped"


def told_by(agent: Agent, job_id: str) -> str:
    return str(agent.post("/runner/tracking/status", {"job_id": job_id})["source"])
