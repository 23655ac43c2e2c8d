"""Cameras of every protocol that can be cut off or frozen, and come back."""

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..e2e.processes import Peer, peer, program, wait_for
from ..e2e.servers import Nginx, http_files, push_arguments, rtmp_camera, rtsp_server
from ..ports import free_port
from .proxy import Proxy

Act = Callable[[], None]


@dataclass(frozen=True)
class Camera:
    """On the air at `url`; after `mend` pictures can be had again at once."""

    url: str
    cut: Act
    freeze: Act
    mend: Act
    buffered: bool = False
    """Whoever watches has seconds of pictures in hand, and notices nothing until they have run out."""


@dataclass(frozen=True)
class Place:
    """Where cameras are made."""

    folder: Path
    clip_mp4: Path
    clip_ts: Path
    nginx: Nginx
    """The test's own."""
    proxy: Callable[[int], Proxy]

    def behind(self, port: int, url: str, *, buffered: bool = False) -> Camera:
        """Behind a proxy."""
        front = self.proxy(port)
        return Camera(
            url.replace(f":{port}/", f":{front.port}/"), front.cut, front.freeze, front.mend, buffered
        )


Make = Callable[[Place], AbstractContextManager[Camera]]


@contextmanager
def rtmp(place: Place) -> Iterator[Camera]:
    with rtmp_camera(place.nginx, place.clip_mp4, "camera", place.folder / "camera.log") as url:
        yield place.behind(place.nginx.port, url)


@contextmanager
def rtsp(place: Place) -> Iterator[Camera]:
    with rtsp_server(place.folder, "play", str(place.clip_mp4)) as (port, _):
        yield place.behind(port, f"rtsp://127.0.0.1:{port}/stream")


@contextmanager
def hls(place: Place) -> Iterator[Camera]:
    web = place.folder / "web"
    web.mkdir()
    options = ["-hls_time", "1", "-hls_list_size", "6", "-hls_flags", "delete_segments"]
    arguments = push_arguments(place.clip_mp4, str(web / "live.m3u8"), "hls")
    with (
        peer([*arguments[:-1], *options, arguments[-1]], place.folder / "camera.log"),
        http_files(web) as base,
    ):
        wait_for("a live playlist", lambda: len(list(web.glob("*.ts"))) >= 4)
        yield place.behind(int(base.rpartition(":")[2]), f"{base}/live.m3u8", buffered=True)


@contextmanager
def srt(place: Place) -> Iterator[Camera]:
    """Called over SRT. It is the camera behind the sender that freezes: a sender that is frozen itself has to
    give up its old caller first, and takes seconds for it."""
    inner, port = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_DGRAM)
    listener = f"srt://127.0.0.1:{port}?mode=listener"
    sends = [program("srt-live-transmit"), "-loglevel:note", f"udp://127.0.0.1:{inner}", listener]
    films = push_arguments(place.clip_ts, f"udp://127.0.0.1:{inner}?pkt_size=1316", "mpegts")
    senders = [Peer(sends, place.folder / "srt.log")]
    cameras = [Peer(films, place.folder / "camera.log")]
    frozen: list[Peer] = []

    def freeze() -> None:
        cameras[-1].signal(signal.SIGSTOP)
        frozen.append(cameras[-1])

    def mend() -> None:
        if not senders[-1].running:
            senders.append(Peer(sends, place.folder / "srt.log"))
        if cameras[-1] in frozen:  # it would hurry to catch up with what it did not send
            cameras[-1].kill()
            cameras.append(Peer(films, place.folder / "camera.log"))

    try:
        yield Camera(f"srt://127.0.0.1:{port}", lambda: senders[-1].kill(), freeze, mend)
    finally:
        for each in (*senders, *cameras):
            each.kill()
