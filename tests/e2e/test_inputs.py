"""Every kind of source, decoded again from the published program."""

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from fractions import Fraction
from pathlib import Path

import pytest

from ..media import clip as media
from ..media.certificate import make_certificate
from ..media.watch import Viewer
from ..ports import free_port
from . import judge
from .agent import Agent
from .conftest import AgentFactory
from .processes import peer, wait_for
from .servers import Nginx, camera, http_files, push_arguments, rtmp_camera, rtsp_server, srt_relay
from .tls_front import tls_front


@contextmanager
def rtmp(folder: Path, clips: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    nginx: Nginx = request.getfixturevalue("nginx")
    with rtmp_camera(nginx, clips / "loop.mp4", "in-rtmp", folder / "camera.log") as url:
        yield url


@contextmanager
def named_rtmp(folder: Path, clips: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    with rtmp(folder, clips, request) as url:
        yield url.replace("127.0.0.1", "localhost")


@contextmanager
def rtsp(folder: Path, clips: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    with rtsp_server(folder, "play", str(clips / "loop.mp4")) as (port, _):
        yield f"rtsp://127.0.0.1:{port}/stream"


@contextmanager
def srt(folder: Path, clips: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    inner, port = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_DGRAM)
    listener = f"srt://127.0.0.1:{port}?mode=listener"
    with (
        srt_relay(f"udp://127.0.0.1:{inner}", listener, folder),
        camera(clips / "loop.ts", f"udp://127.0.0.1:{inner}?pkt_size=1316", "mpegts", folder / "camera.log"),
    ):
        yield f"srt://127.0.0.1:{port}"


@contextmanager
def udp(folder: Path, clips: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    port = free_port(socket.SOCK_DGRAM)
    target = f"udp://127.0.0.1:{port}?pkt_size=1316"
    with camera(clips / "loop.ts", target, "mpegts", folder / "camera.log"):
        yield f"udp://127.0.0.1:{port}"


@contextmanager
def hls(folder: Path, clips: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    web = folder / "web"
    web.mkdir()
    options = ["-hls_time", "1", "-hls_list_size", "6", "-hls_flags", "delete_segments"]
    arguments = push_arguments(clips / "loop.mp4", str(web / "live.m3u8"), "hls")
    with (
        peer([*arguments[:-1], *options, arguments[-1]], folder / "camera.log"),
        http_files(web) as base,
    ):
        wait_for("a live playlist", lambda: len(list(web.glob("*.ts"))) >= 4)
        yield f"{base}/live.m3u8"


@pytest.mark.parametrize("kind", [rtmp, named_rtmp, rtsp, srt, udp, hls])
def test_live_source_comes_out_whole_and_in_sync(
    kind: object, tmp_path: Path, clips: Path, agent: Agent, request: pytest.FixtureRequest
) -> None:
    assert callable(kind)
    port = free_port(socket.SOCK_DGRAM)
    viewer = Viewer(f"udp://127.0.0.1:{port}?fifo_size=100000&overrun_nonfatal=1", timeout=60)
    with kind(tmp_path, clips, request) as source:
        job_id = agent.start_ingest(source, str(port))
        viewer.wait(judge.enough_sync(3), timeout=60)
        status = agent.status(job_id)
        seen = viewer.close()
        agent.stop_ingest(job_id)
    assert seen.size == (320, 180)
    assert (seen.video_codec, seen.audio_codec) == ("h264", "aac")
    judge.assert_steady(seen)
    judge.assert_in_sync(seen)
    judge.assert_patch_seen(seen)
    assert (status["state"], status["phase"], status["restart_count"]) == ("running", "streaming", 0)
    assert (status["source_restarts"], status["publisher_restarts"], status["last_error"]) == (0, 0, None)
    assert (status["media"]["width"], status["media"]["height"]) == (640, 360)
    assert agent.status(job_id)["state"] == "stopped"


@contextmanager
def rtsps(folder: Path, clips: Path, certificate: Path, _: Nginx) -> Iterator[str]:
    """With a login by digest."""
    login = ("somebody", "pass-word-7")
    with rtsp_server(folder, "play", str(clips / "loop.mp4"), *login, str(certificate)) as (port, _server):
        yield f"rtsps://{':'.join(login)}@localhost:{port}/stream"


@contextmanager
def rtmps(folder: Path, clips: Path, certificate: Path, nginx: Nginx) -> Iterator[str]:
    with (
        rtmp_camera(nginx, clips / "loop.mp4", "by-tls", folder / "camera.log"),
        tls_front(nginx.port, certificate) as port,
    ):
        yield f"rtmps://localhost:{port}/live/by-tls"


@pytest.mark.parametrize("kind", [rtsps, rtmps])
def test_a_camera_by_tls_comes_out_whole_where_its_certificate_is_trusted(
    kind: Callable[..., AbstractContextManager[str]],
    tmp_path: Path,
    clips: Path,
    nginx: Nginx,
    start_agent: AgentFactory,
) -> None:
    certificate, another_s = (
        make_certificate(tmp_path / f"{name}.pem", f"DNS:{name}") for name in ("localhost", "elsewhere")
    )
    port = free_port(socket.SOCK_DGRAM)
    trusting, wary = (
        start_agent({"SSL_CERT_FILE": str(path)}, output=f"udp://127.0.0.1:{port}?pkt_size=1316")
        for path in (certificate, another_s)
    )
    viewer = Viewer(f"udp://127.0.0.1:{port}?fifo_size=100000&overrun_nonfatal=1", timeout=60)
    with kind(tmp_path, clips, certificate, nginx) as source:
        refused = wary.client.post("/runner/probe", json={"source_uri_ref": source})
        job_id = trusting.start_ingest(source)
        viewer.wait(judge.enough_sync(3), timeout=60)
        status = trusting.status(job_id)
        seen = viewer.close()
    assert refused.status_code == 502
    assert "certificate is not to be trusted" in refused.json()["detail"]
    judge.assert_steady(seen)
    judge.assert_in_sync(seen)
    assert (status["state"], status["restart_count"], status["last_error"]) == ("running", 0, None)


def test_file_that_is_missing_is_refused_and_named(tmp_path: Path, agent: Agent) -> None:
    body = {"session_id": "s", "source_uri_ref": str(tmp_path / "no-such.mp4"), "profile": "balanced"}
    answer = agent.client.post("/runner/ingest/start", json=body)
    assert answer.status_code == 422
    assert "no-such.mp4" in answer.text


def test_text_as_source_fails_and_is_not_retried(tmp_path: Path, agent: Agent) -> None:
    text = tmp_path / "notes.mp4"
    text.write_text("this is no film\n" * 100)
    status = agent.wait_ended(agent.start_ingest(str(text), str(free_port())))
    assert (status["state"], status["restart_count"]) == ("failed", 0)
    assert status["last_error"]


def test_source_without_sound_has_a_program_without_sound(
    tmp_path: Path, start_agent: AgentFactory, silent_mp4: Path
) -> None:
    agent = start_agent(output=str(tmp_path / "program.mp4"))
    status = agent.wait_ended(agent.start_ingest(str(silent_mp4)))
    assert (status["state"], status["last_error"]) == ("stopped", None)
    seen = judge.decoded(tmp_path / "program.mp4")
    assert seen.audio_codec is None
    judge.assert_steady(seen)


@pytest.mark.parametrize(("suffix", "audio"), [("ts", "mp2"), ("mkv", "libopus")])
def test_sound_of_other_codecs_is_carried(
    tmp_path: Path, start_agent: AgentFactory, suffix: str, audio: media.AudioCodec
) -> None:
    clip = media.Clip(width=320, height=180, seconds=3, audio=audio, b_frames=2, fps=Fraction(30000, 1001))
    source = media.write(tmp_path / f"source.{suffix}", clip)
    agent = start_agent(output=str(tmp_path / "program.mp4"))
    status = agent.wait_ended(agent.start_ingest(str(source)))
    assert (status["state"], status["last_error"]) == ("stopped", None)
    seen = judge.decoded(tmp_path / "program.mp4")
    assert len(seen.frames) >= clip.frames - 1
    judge.assert_steady(seen)
    judge.assert_in_sync(seen, least=3)
