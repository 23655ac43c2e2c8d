"""The moving crop, measured in what a viewer decodes."""

import random
import socket
from pathlib import Path

import pytest

from ..media import clip as media
from ..media import motion
from ..media.watch import Viewer, decode
from ..ports import free_port
from . import judge
from .agent import Agent
from .conftest import LOOP, AgentFactory
from .servers import Nginx, rtmp_camera

WIDE = media.Clip(
    width=1280,
    height=720,
    seconds=9.0,
    audio="",
    patch=None,
    flash_every=0,
    crf=12,
    preset="veryfast",
    keyframe_seconds=30,
    gain=1.5,
    grain=(6.0,),
)
"""Blobs of this size are where x264's quarter-pixel vectors, and what it leaves out, blur motion least."""
OUTPUT = (640, 360)
SIZE = {"RUNNER_OUTPUT_WIDTH": "640", "RUNNER_OUTPUT_HEIGHT": "360"}
QUICK_ZOOM = {
    "RUNNER_SMOOTHING_POLICY": "spring",
    "RUNNER_PLUGIN_SPRING_MAX_ZOOM_SPEED": "4",
    "RUNNER_PLUGIN_SPRING_MAX_ZOOM_ACCELERATION": "40",
    "RUNNER_PLUGIN_SPRING_FREQUENCY": "6",
}
PIXELS_PER_FRAME = 0.3
SWEPT = 90
"""Pictures of the sweep that are measured."""


def settled(agent: Agent, job_id: str, zoom: float) -> None:
    agent.wait_status(
        job_id, f"zoom {zoom}", lambda status: abs((status["view"] or {}).get("zoom", 0) - zoom) < 1e-3
    )


@pytest.fixture(scope="module")
def wide_mp4(clips: Path) -> Path:
    return media.write(clips / "wide.mp4", WIDE)


@pytest.mark.parametrize("zoom", [2.0, 1.6])
def test_slow_sweep_moves_at_every_frame(
    zoom: float, tmp_path: Path, wide_mp4: Path, start_agent: AgentFactory
) -> None:
    speed = PIXELS_PER_FRAME * float(WIDE.fps) / (OUTPUT[0] * zoom)
    agent = start_agent(
        SIZE | QUICK_ZOOM | {"RUNNER_PLUGIN_SPRING_MAX_SPEED": f"{speed:.9f}"},
        output=str(tmp_path / "program.mp4"),
    )
    job_id = agent.start_ingest(str(wide_mp4))
    agent.wait_streaming(job_id)
    agent.ptz(job_id, 0.5, zoom=zoom)
    settled(agent, job_id, zoom)
    agent.ptz(job_id, 0.7, zoom=zoom)
    agent.wait_ended(job_id)

    program = decode(tmp_path / "program.mp4", keep_luma=True)
    judge.assert_steady(program)
    assert program.size == OUTPUT
    sweep = steady_part([frame.luma for frame in program.frames if frame.luma is not None])
    steps = motion.steps(sweep, (PIXELS_PER_FRAME, 0))
    assert steps[:, 0].min() > 0.15, "a frame stood still"
    assert steps[:, 0].max() < 0.45, "a frame jumped"
    assert motion.rms(steps[:, 0] - PIXELS_PER_FRAME) < 0.02
    assert motion.rms(steps[:, 1]) < 0.02


def steady_part(pictures: list[motion.Luma]) -> list[motion.Luma]:
    """The last pictures of a clip at whose end the sweep still goes on."""
    assert len(pictures) > SWEPT
    first, last = pictures[-SWEPT], pictures[-1]
    guess = (PIXELS_PER_FRAME * (SWEPT - 1), 0.0)
    moved = motion.shift(first, last, guess)[0]
    assert moved == pytest.approx(guess[0], abs=0.5), "the sweep was not under way for long enough"
    return pictures[-SWEPT:]


def test_forty_updates_break_nothing(
    nginx: Nginx, loop_mp4: Path, tmp_path: Path, start_agent: AgentFactory
) -> None:
    agent = start_agent(
        {"RUNNER_PTZ_MIN_APPLY_INTERVAL_SECONDS": "0.05", "RUNNER_PTZ_TAKEOVER_SECONDS": "600"},
        output=nginx.url("forty"),
    )
    choose = random.Random(40)
    with rtmp_camera(nginx, loop_mp4, "forty-source", tmp_path / "camera.log") as source:
        job_id = agent.start_ingest(source)
        publisher = nginx.wait_published("forty")
        viewer = Viewer(nginx.url("forty"), keep_luma=True)
        process = agent.wait_streaming(job_id)
        for _ in range(40):
            viewer.wait_frames(3)
            zoom = choose.uniform(1, 3)
            answer = agent.ptz(job_id, choose.random(), choose.random(), zoom)
            assert answer["applied"] or answer["queued"], answer
        viewer.wait_frames(4)
        target = motion.Placement(0.55, 0.45, 1.8)
        agent.ptz(job_id, target.center_x, target.center_y, target.zoom)
        settled(agent, job_id, target.zoom)
        viewer.wait_frames(60)
        assert nginx.clients("forty").publishers == (publisher,)
        status = agent.status(job_id)
        viewer.close()
    judge.assert_steady(viewer.recording)
    for name in ("restart_count", "source_restarts", "publisher_restarts", "packets_dropped"):
        assert status[name] == 0, name
    assert process["state"] == status["state"] == "running"
    picture = judge.last_unlit(viewer.recording).luma
    assert picture is not None
    assert_looks_at(picture, target)


def assert_looks_at(picture: motion.Luma, target: motion.Placement) -> None:
    found = motion.place(picture, media.luma(LOOP), target)
    assert found.center_x == pytest.approx(target.center_x, abs=0.01)
    assert found.center_y == pytest.approx(target.center_y, abs=0.01)
    assert found.zoom == pytest.approx(target.zoom, abs=0.03)


def test_update_of_an_unknown_or_ended_job(short_mp4: Path, agent: Agent) -> None:
    body = {"job_id": "nobody", "center_x": 0.4}
    assert agent.client.post("/runner/ptz/update", json=body).status_code == 404
    job_id = agent.start_ingest(str(short_mp4), str(free_port(socket.SOCK_DGRAM)))
    agent.stop_ingest(job_id)
    answer = agent.client.post("/runner/ptz/update", json=body | {"job_id": job_id})
    assert answer.status_code == 409
