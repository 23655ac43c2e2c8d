"""A child, and a job, that say far more than anybody can read."""

import shlex
import socket
from itertools import pairwise
from pathlib import Path

import pytest

from ..e2e.conftest import AgentFactory
from ..e2e.processes import ffmpeg, wait_for
from ..e2e.servers import Nginx, rtmp_camera, srt_receiver
from ..media.watch import Viewer
from ..ports import free_port
from .figures import Figures
from .program import fresh, now
from .taken import QUICK_TS, Piped

FLOOD_BYTES = 100_000_000
STALL_SECONDS = 0.5
"""Between two fresh pictures."""
FLOODER = """#!/bin/sh
# An ffmpeg that does its work, and cries all the while.
case "$*" in *pipe:0*)
    touch {begun}
    (yes 'Error while doing what nobody knows: number 0x5f3759df of a great many, all of them alike' |
        head -c {bytes}; touch {done}) >&2 &
esac
exec {ffmpeg} "$@"
"""


def flooder(folder: Path) -> tuple[Path, Path]:
    """The program, and the file that says that all has been said, and read."""
    program, done = folder / "ffmpeg", folder / "flooded"
    words = {"begun": folder / "begun", "done": done, "ffmpeg": ffmpeg()}
    quoted = {name: shlex.quote(str(word)) for name, word in words.items()}
    program.write_text(FLOODER.format(bytes=FLOOD_BYTES, **quoted))
    program.chmod(0o755)
    return program, done


@pytest.mark.fault(25)
@pytest.mark.long
def test_of_the_publisher(
    nginx: Nginx, loop_mp4: Path, tmp_path: Path, start_agent: AgentFactory, figures: Figures
) -> None:
    program, done = flooder(tmp_path)
    port = free_port(socket.SOCK_DGRAM)
    agent = start_agent({"RUNNER_FFMPEG": str(program)}, output=f"srt://127.0.0.1:{port}")
    with (
        rtmp_camera(nginx, loop_mp4, "to-a-flooder", tmp_path / "camera.log") as source,
        srt_receiver(port, tmp_path) as receiver,
    ):
        viewer = Viewer(Piped(receiver.process), options=QUICK_TS, timeout=60)  # type: ignore[arg-type]
        began = now()
        job_id = agent.start_ingest(source)
        wait_for("the end of the flood", done.exists, 60)
        viewer.wait_frames(150, 60)
        arrived = [frame.arrived for frame in fresh(viewer.recording)]
        status = agent.status(job_id)
        agent.stop_ingest(job_id)
        receiver.kill()
        viewer.close()
    figures.add("stalls", sum(later - earlier > STALL_SECONDS for earlier, later in pairwise(arrived)))
    log = (agent.state_dir / "jobs" / job_id / "job.log").read_bytes()
    figures.add("log", len(log) / (1 << 20) / max(1.0, (now() - began) / 60))
    assert b"left out" in log
    assert len(log) < 2 << 20
    assert (status["restart_count"], status["publisher_restarts"]) == (0, 0)
