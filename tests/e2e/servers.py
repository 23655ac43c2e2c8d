"""Real media servers on free ports of the loopback."""

import functools
import http.server
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from ..ports import free_port
from .processes import Peer, ffmpeg, missing, peer, program, wait_for

RTMP_MODULES = (
    "/usr/lib/nginx/modules/ngx_rtmp_module.so",
    "/usr/lib64/nginx/modules/ngx_rtmp_module.so",
    "/usr/share/nginx/modules/ngx_rtmp_module.so",
)
NGINX_CONFIG = """
load_module {module};
user root;
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 256; }}
rtmp {{
  access_log {folder}/rtmp.log;
  server {{
    listen 127.0.0.1:{rtmp};
    chunk_size 4096;
    application live {{ live on; wait_key on; }}
    application guarded {{ live on; on_publish http://127.0.0.1:{http}/guard; notify_method get; }}
    application fleeting {{ live on; deny publish all; }}
    application kept {{ live on; wait_key on; record all; record_path {folder}/kept; record_unique on; }}
  }}
}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{http};
    location /stat {{ rtmp_stat all; }}
    location /guard {{ access_log {folder}/asked.log; return 403; }}
  }}
}}
"""


@dataclass(frozen=True, slots=True)
class StreamClients:
    """Who is connected to one RTMP stream, by the server's own numbers."""

    publishers: tuple[int, ...] = ()
    players: tuple[int, ...] = ()


class Nginx:
    """nginx with its RTMP module; the ports stay the same over a restart."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self._http = free_port(), free_port()
        module = next((path for path in RTMP_MODULES if Path(path).exists()), None)
        self._binary = program("nginx")
        config = NGINX_CONFIG.format(
            module=module or missing("nginx's RTMP module"), folder=folder, rtmp=self.port, http=self._http
        )
        (folder / "nginx.conf").write_text(config)
        (folder / "kept").mkdir()
        self._peer: Peer | None = None
        self.start()

    def start(self) -> None:
        arguments = [self._binary, "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")]
        self._peer = Peer(arguments, self.folder / "nginx.log")
        self._peer.wait_port(self.port)

    def url(self, name: str, application: str = "live") -> str:
        """The application `guarded` refuses every publish, `fleeting` takes each and closes it at once.

        `kept` is as `live`, and writes what comes into a file for each publisher, as it comes (`recordings`).
        """
        return f"rtmp://127.0.0.1:{self.port}/{application}/{name}"

    @property
    def refusals(self) -> int:
        """How often somebody has asked to publish to `guarded`."""
        log = self.folder / "asked.log"
        return log.read_text().count('" 403 ') if log.exists() else 0

    def recordings(self, name: str) -> list[Path]:
        """What each publisher of `name` at `kept` has sent so far, the oldest first."""
        return sorted((self.folder / "kept").glob(f"{name}-*.flv"))

    def clients(self, name: str) -> StreamClients:
        """The connections of stream `name` at this moment."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self._http}/stat", timeout=10) as answer:
            tree = ElementTree.fromstring(answer.read())  # noqa: S314
        publishers: list[int] = []
        players: list[int] = []
        for stream in tree.iter("stream"):
            if stream.findtext("name") != name:
                continue
            for client in stream.iter("client"):
                kind = publishers if client.find("publishing") is not None else players
                kind.append(int(client.findtext("id") or 0))
        return StreamClients(tuple(sorted(publishers)), tuple(sorted(players)))

    def wait_published(self, name: str, timeout: float = 30.0) -> int:
        """The connection number of the one who publishes `name`."""
        found = wait_for(f"a publisher of {name}", lambda: self.clients(name).publishers, timeout)
        return found[0]

    def kill(self) -> None:
        if self._peer is not None:
            self._peer.kill()

    def freeze(self) -> None:
        if self._peer is not None:
            self._peer.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        if self._peer is not None:
            self._peer.signal(signal.SIGCONT)

    def stop(self) -> None:
        if self._peer is not None:
            self._peer.stop()


def push_arguments(clip: Path, target: str, container: str, *, loop: bool = True) -> list[str]:
    """ffmpeg as a camera: the clip at real time, for ever, not coded anew."""
    endless = ["-stream_loop", "-1"] if loop else []
    quiet = ["-hide_banner", "-nostdin", "-nostats", "-loglevel", "warning"]
    start = [ffmpeg(), *quiet, "-re", *endless, "-i", str(clip), "-c", "copy"]
    return [*start, "-f", container, target]


@contextmanager
def camera(clip: Path, target: str, container: str, log: Path, *, loop: bool = True) -> Iterator[Peer]:
    """A camera that sends `clip` to `target`."""
    with peer(push_arguments(clip, target, container, loop=loop), log) as pusher:
        yield pusher


@contextmanager
def rtmp_camera(nginx: Nginx, clip: Path, name: str, log: Path) -> Iterator[str]:
    """A camera on the air at the server; its URL."""
    with camera(clip, nginx.url(name), "flv", log):
        nginx.wait_published(name)
        yield nginx.url(name)


@contextmanager
def srt_relay(source: str, target: str, folder: Path) -> Iterator[Peer]:
    """srt-live-transmit from one URL to another."""
    log = folder / f"srt-{time.monotonic_ns()}.log"
    with peer([program("srt-live-transmit"), "-loglevel:note", source, target], log) as relay:
        yield relay


@contextmanager
def srt_receiver(port: int, folder: Path, *, options: str = "") -> Iterator[Peer]:
    """Listens for an SRT caller; what it sends comes out of the process's standard output as MPEG-TS."""
    url = f"srt://127.0.0.1:{port}?mode=listener{options}"
    quiet = ["-hide_banner", "-nostdin", "-nostats", "-loglevel", "warning"]
    bytes_only = ["-f", "data", "-i", url, "-map", "0", "-c", "copy", "-flush_packets", "1", "-f", "data"]
    with peer([ffmpeg(), *quiet, *bytes_only, "pipe:1"], folder / "srt-in.log", piped=True) as made:
        yield made


GST_SCRIPT = Path(__file__).with_name("gst_rtsp_server.py")


@functools.cache
def gstreamer_python() -> str | None:
    """A Python that has GStreamer's RTSP server: seldom the one of a virtual environment."""
    check = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"
    for candidate in ("/usr/bin/python3", sys.executable):
        if Path(candidate).exists():
            tried = subprocess.run([candidate, "-c", check], capture_output=True, timeout=60, check=False)
            if tried.returncode == 0:
                return candidate
    return None


@contextmanager
def rtsp_server(folder: Path, *arguments: str) -> Iterator[tuple[int, Peer]]:
    """GStreamer's RTSP server, with the arguments of its script; its port."""
    python = gstreamer_python() or missing("GStreamer's RTSP server for Python")
    port = free_port()
    log = folder / f"rtsp-{port}.log"
    with peer([python, str(GST_SCRIPT), str(port), *arguments], log) as server:
        server.wait_port(port)
        yield port, server


class _QuietFiles(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Requests are of no interest."""


@contextmanager
def http_files(folder: Path) -> Iterator[str]:
    """A web server of a folder; its base URL."""
    handler = functools.partial(_QuietFiles, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, name="http-files", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@contextmanager
def silent_listener() -> Iterator[int]:
    """A port that takes connections (the kernel does) and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield int(listener.getsockname()[1])
