"""Every kind of output, read back by somebody else's decoder."""

import socket
from pathlib import Path

from ..media.watch import Recording, Viewer, decode
from ..ports import free_port
from . import judge
from .agent import Agent
from .conftest import SHORT, AgentFactory
from .processes import wait_for
from .servers import Nginx, http_files, rtmp_camera, rtsp_server, srt_receiver, srt_relay

FILES = ("mp4", "flv", "ts", "mkv")


def assert_whole(seen: Recording, *, least: int = SHORT.frames - 1) -> None:
    assert len(seen.frames) >= least
    assert seen.size == (320, 180)
    judge.assert_steady(seen)
    judge.assert_in_sync(seen, least=2)
    judge.assert_patch_seen(seen)


def test_rtmp_to_rtmp(nginx: Nginx, loop_mp4: Path, tmp_path: Path, start_agent: AgentFactory) -> None:
    agent = start_agent(output=nginx.url("out-{session_id}-{replica_index}"))
    with rtmp_camera(nginx, loop_mp4, "out-source", tmp_path / "camera.log") as source:
        job_id = agent.start_ingest(source, "match")
        nginx.wait_published("out-match-0")
        viewer = Viewer(nginx.url("out-match-0"))
        viewer.wait(judge.enough_sync(4))
        viewer.close()
        agent.stop_ingest(job_id)
    assert_whole(viewer.recording, least=60)
    assert agent.status(job_id)["state"] == "stopped"
    wait_for("the publisher to leave", lambda: not nginx.clients("out-match-0").publishers)


def test_files_hold_every_picture_in_sync(short_mp4: Path, tmp_path: Path, start_agent: AgentFactory) -> None:
    agent = start_agent(output=str(tmp_path / "program.{session_id}"))
    jobs = {suffix: agent.start_ingest(str(short_mp4), suffix) for suffix in FILES}
    for suffix, job_id in jobs.items():
        status = agent.wait_ended(job_id)
        assert (suffix, status["state"], status["last_error"]) == (suffix, "stopped", None)
        seen = decode(tmp_path / f"program.{suffix}")
        assert_whole(seen)
        assert seen.counts[-1] == SHORT.frames - 1, suffix


def test_null_output_is_processed_and_thrown_away(short_mp4: Path, start_agent: AgentFactory) -> None:
    agent = start_agent()
    job_id = agent.start_ingest(str(short_mp4))
    agent.wait_status(job_id, "pictures", lambda status: (status["frames_out"] or 0) > SHORT.frames / 2)
    status = agent.wait_ended(job_id)
    assert (status["state"], status["last_error"]) == ("stopped", None)


def publish(agent: Agent, source: Path, viewer: Viewer, session_id: str = "s") -> Recording:
    """Ingest `source` while the viewer watches, until it has seen three flashes with their beeps."""
    job_id = agent.start_ingest(str(source), session_id)
    viewer.wait(judge.enough_sync(3), timeout=60)
    viewer.close()
    assert agent.status(job_id)["publisher_restarts"] == 0
    agent.stop_ingest(job_id)
    return viewer.recording


def test_udp(loop_mp4: Path, agent: Agent) -> None:
    port = free_port(socket.SOCK_DGRAM)
    viewer = Viewer(f"udp://127.0.0.1:{port}?fifo_size=100000&overrun_nonfatal=1", timeout=60)
    seen = publish(agent, loop_mp4, viewer, str(port))
    assert_whole(seen, least=60)


def test_srt_to_a_listener(loop_mp4: Path, tmp_path: Path, start_agent: AgentFactory) -> None:
    port = free_port(socket.SOCK_DGRAM)
    with srt_receiver(port, tmp_path) as receiver:
        assert receiver.process.stdout is not None
        viewer = Viewer(receiver.process.stdout, timeout=60)
        seen = publish(start_agent(output=f"srt://127.0.0.1:{port}"), loop_mp4, viewer)
    assert_whole(seen, least=60)


def test_srt_to_a_relay(loop_mp4: Path, tmp_path: Path, start_agent: AgentFactory) -> None:
    port, inner = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_DGRAM)
    out = f"udp://127.0.0.1:{inner}"
    viewer = Viewer(f"{out}?fifo_size=100000&overrun_nonfatal=1", timeout=60)
    with srt_relay(f"srt://127.0.0.1:{port}?mode=listener", out, tmp_path):
        seen = publish(start_agent(output=f"srt://127.0.0.1:{port}"), loop_mp4, viewer)
    assert_whole(seen, least=60)


def test_rtsp_in_sync(loop_mp4: Path, start_agent: AgentFactory) -> None:
    url = f"rtsp://127.0.0.1:{free_port()}/stream"
    viewer = Viewer(url, options={"rtsp_flags": "listen", "listen_timeout": "60"}, timeout=60)
    seen = publish(start_agent(output=url), loop_mp4, viewer)
    # Until the sender's first report FFmpeg's receiver only guesses the time, whoever sends.
    del seen.frames[:5]
    assert_whole(seen, least=60)


def test_rtsp_to_a_server(loop_mp4: Path, tmp_path: Path, start_agent: AgentFactory) -> None:
    taken = tmp_path / "taken.mkv"
    with rtsp_server(tmp_path, "patient", str(taken)) as (port, _):
        agent = start_agent(output=f"rtsp://127.0.0.1:{port}/stream")
        job_id = agent.start_ingest(str(loop_mp4))
        agent.wait_status(job_id, "five seconds", lambda status: (status["pts_out"] or 0) > 5)
        assert agent.status(job_id)["publisher_restarts"] == 0
        agent.stop_ingest(job_id)
    seen = decode(taken)
    # The server's jitter buffer stamps anew whatever ffmpeg itself publishes too, so time says nothing here.
    assert seen.errors == []
    assert len(seen.counts) > 75
    # Of its last second it throws away what the jitter buffer holds when the publisher leaves.
    assert None not in [frame.count for frame in seen.frames[:-30]]
    assert set(judge.steps(seen.counts[:-30])) == {1}
    assert len(seen.beeps) >= 3


def test_hls(loop_mp4: Path, tmp_path: Path, start_agent: AgentFactory) -> None:
    agent = start_agent(output=str(tmp_path / "{session_id}" / "index.m3u8"))
    playlist = tmp_path / "court-1" / "index.m3u8"
    job_id = agent.start_ingest(str(loop_mp4), "court-1")
    wait_for("three segments", lambda: playlist.exists() and playlist.read_text().count("#EXTINF") >= 3)
    with http_files(tmp_path) as base:
        viewer = Viewer(f"{base}/court-1/index.m3u8", timeout=60)
        viewer.wait(judge.enough_sync(3), timeout=60)
        viewer.close()
    agent.stop_ingest(job_id)
    assert_whole(viewer.recording, least=60)


def test_existing_file_is_not_overwritten(short_mp4: Path, tmp_path: Path, start_agent: AgentFactory) -> None:
    target = tmp_path / "program.mp4"
    target.write_bytes(b"last week's final")
    agent = start_agent(output=str(target))
    status = agent.wait_ended(agent.start_ingest(str(short_mp4)))
    assert (status["state"], status["last_error"]) == ("stopped", None)
    assert target.read_bytes() == b"last week's final"
    (made,) = (path for path in tmp_path.glob("program*.mp4") if path != target)
    assert_whole(decode(made))


def test_other_profiles(short_mp4: Path, tmp_path: Path, start_agent: AgentFactory) -> None:
    agent = start_agent(output=str(tmp_path / "{session_id}.mp4"))
    jobs = {name: agent.start_ingest(str(short_mp4), name, name) for name in ("quality", "fluid")}
    for profile, job_id in jobs.items():
        status = agent.wait_ended(job_id)
        assert (profile, status["state"], status["last_error"]) == (profile, "stopped", None)
        assert_whole(decode(tmp_path / f"{profile}.mp4"))
