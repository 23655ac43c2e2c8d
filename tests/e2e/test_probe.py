"""Probing what is there, what is not, and what says nothing."""

import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from ..ports import free_port
from .agent import Agent
from .processes import command_lines
from .servers import Nginx, camera, http_files, rtmp_camera, rtsp_server, silent_listener, srt_relay


def probe(agent: Agent, source: str, seconds: float = 6.0) -> httpx2.Response:
    body = {"source_uri_ref": source, "timeout_seconds": seconds}
    # What the contract calls in time: the asked seconds, and a few for a busy machine.
    return agent.client.post("/runner/probe", json=body, timeout=seconds + 8)


def assert_found(answer: httpx2.Response) -> None:
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["ok"] is True
    assert {"codec_name=h264", "width=640", "height=360", "r_frame_rate=25/1"} <= set(body["details"])


def test_every_protocol_is_probed(
    nginx: Nginx, clips: Path, loop_mp4: Path, loop_ts: Path, tmp_path: Path, agent: Agent
) -> None:
    udp, inner, srt = (free_port(socket.SOCK_DGRAM) for _ in range(3))
    to_udp = f"udp://127.0.0.1:{udp}?pkt_size=1316"
    to_srt = f"udp://127.0.0.1:{inner}?pkt_size=1316"
    with (
        rtmp_camera(nginx, loop_mp4, "probed", tmp_path / "rtmp.log") as rtmp,
        rtsp_server(tmp_path, "play", str(loop_mp4)) as (rtsp, _),
        http_files(clips) as web,
        camera(loop_ts, to_udp, "mpegts", tmp_path / "udp.log"),
        camera(loop_ts, to_srt, "mpegts", tmp_path / "srt.log"),
        srt_relay(f"udp://127.0.0.1:{inner}", f"srt://127.0.0.1:{srt}?mode=listener", tmp_path),
    ):
        for source in (
            str(loop_mp4),
            rtmp,
            f"rtsp://127.0.0.1:{rtsp}/stream",
            f"{web}/loop.mp4",
            f"udp://127.0.0.1:{udp}",
            f"srt://127.0.0.1:{srt}",
        ):
            assert_found(probe(agent, source, 15))


@pytest.mark.parametrize("scheme", ["rtmp", "rtsp", "http", "srt"])
def test_dead_port(scheme: str, agent: Agent) -> None:
    answer = probe(agent, f"{scheme}://127.0.0.1:{free_port()}/live/nobody")
    # Nobody refuses an SRT caller: the packets are simply not answered.
    assert answer.status_code in ({502, 504} if scheme == "srt" else {502}), answer.text
    assert "probe failed" in answer.text or "probe timeout" in answer.text


def test_text_file(tmp_path: Path, agent: Agent) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("no picture in here\n" * 50)
    answer = probe(agent, str(text))
    assert (answer.status_code, "probe failed" in answer.text) == (502, True)


def test_silent_listeners_time_out(agent: Agent) -> None:
    with silent_listener() as port, ThreadPoolExecutor(3) as pool:
        urls = [f"{scheme}://127.0.0.1:{port}/live/mute" for scheme in ("rtmp", "rtsp", "http")]
        for answer in pool.map(lambda url: probe(agent, url, 2.0), urls):
            assert (answer.status_code, "probe timeout" in answer.text) == (504, True), answer.text
    lines = command_lines(agent.family())
    assert not [line for line in lines if "probe" in line], "a probing process was left behind"


def test_silent_udp_times_out(agent: Agent) -> None:
    port = free_port(socket.SOCK_DGRAM)
    answer = probe(agent, f"udp://127.0.0.1:{port}", 2.0)
    assert (answer.status_code, "probe timeout" in answer.text) == (504, True), answer.text
