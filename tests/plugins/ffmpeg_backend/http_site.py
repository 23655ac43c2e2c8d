"""Real HTTP servers of a folder, with and without TLS, and what they can be made to do."""

import re
import shutil
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.media.clip import write
from virtualptz.model import SourceOptions

from .stage import CLIP, backend, everything

SEGMENTS = 3


class Files(SimpleHTTPRequestHandler):
    """A folder, over connections that stay."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        assert isinstance(self.server, Site)
        self.server.asked.append((self.path, self.client_address[1], self.headers["Host"]))
        self.server.headers.append(dict(self.headers.items()))
        if self.server.leads_to and self.path.startswith("/moved"):
            self.answer(302, {"Location": self.server.leads_to + self.path.removeprefix("/moved")})
        elif not (self.server.answers and self.server.answers(self)):
            super().do_GET()

    def answer(self, status: int, headers: dict[str, str], text: bytes = b"") -> bool:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(text)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(OSError):  # whoever asked has seen enough
            self.wfile.write(text)
        return True

    def part(self) -> bool:
        """Of the file, where one is asked for."""
        found = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if found is None:
            return False
        data = Path(self.translate_path(self.path)).read_bytes()
        start, end = int(found[1]), int(found[2] or len(data) - 1)
        return self.answer(206, {"Content-Range": f"bytes {start}-{end}/{len(data)}"}, data[start : end + 1])

    def log_message(self, *_: object) -> None: ...


class Site(ThreadingHTTPServer):
    daemon_threads = True
    asked: list[tuple[str, int, str]]
    headers: list[dict[str, str]]
    leads_to = ""
    """Where all below `/moved` is."""
    answers: Callable[[Files], bool] | None = None
    """Asked first; whether it has answered."""
    scheme = "http"

    def at(self, path: str, host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.server_port}/{path}"

    def handle_error(self, *_: object) -> None:
        """Of TLS with a server that is not trusted."""


@contextmanager
def site(folder: Path, certificate: Path | None = None) -> Iterator[Site]:
    server = Site(("127.0.0.1", 0), partial(Files, directory=str(folder)))
    server.asked, server.headers = [], []
    if certificate is not None:
        server.scheme = "https"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def make_web(folder: Path) -> Path:
    """A clip, and the same as a playlist of three segments, which a playlist of playlists names."""
    write(folder / "clip.ts", CLIP)
    names = [f"{number}.ts" for number in range(SEGMENTS)]
    for name in names:
        shutil.copy(folder / "clip.ts", folder / name)
    (folder / "list.m3u8").write_text(playlist(*names))
    (folder / "master.m3u8").write_text("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlist.m3u8\n")
    return folder


def playlist(*names: str, head: str = "") -> str:
    segments = "\n#EXT-X-DISCONTINUITY\n".join(f"#EXTINF:3,\n{name}" for name in names)
    return f"#EXTM3U\n#EXT-X-TARGETDURATION:3\n{head}{segments}\n#EXT-X-ENDLIST\n"


def pictures_of(uri: str, **options: object) -> int:
    """Read to its end."""
    source = backend(**options).open_source(uri, SourceOptions(open_timeout=20, read_timeout=5))
    try:
        return len(everything(source)[0])
    finally:
        source.close()
