"""What an HTTP server can make FFmpeg do: nothing with files or other protocols, but other HTTP addresses."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.canaries import Canary, Listener, canary, listener
from tests.media.clip import write
from virtualptz.errors import MediaError

from .stage import CLIP, backend

Serve = Callable[[str, dict[str, str]], str]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("hostile") / "secret.ts", CLIP)


@pytest.fixture
def secret(clip: Path) -> Iterator[Canary]:
    """A video that FFmpeg could well play, on this machine's disk."""
    with canary(clip) as watched:
        yield watched


@pytest.fixture
def inside() -> Iterator[Listener]:
    """A service of this machine."""
    with listener() as listens:
        yield listens


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Answers every request with this text and these headers; its address."""
    answers: dict[str, tuple[str, dict[str, str]]] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status = 302 if "Location" in answers.get(self.path, NOTHING)[1] else 200
            text, headers = answers.get(self.path, NOTHING)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(text)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()

    def at(text: str, headers: dict[str, str]) -> str:
        path = f"/{len(answers)}.m3u8"
        answers[path] = (text, headers)
        return f"http://127.0.0.1:{server.server_port}{path}"

    yield at
    server.shutdown()
    thread.join()
    server.server_close()


NOTHING: tuple[str, dict[str, str]] = ("", {})
PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n{}\n#EXT-X-ENDLIST\n"
VARIANT = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{}\n"
MAP = '#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXT-X-MAP:URI="{0}"\n#EXTINF:3,\n{0}\n#EXT-X-ENDLIST\n'
KEYED = (
    '#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXT-X-KEY:METHOD=AES-128,URI="{0}"\n#EXTINF:3,\n{0}\n#EXT-X-ENDLIST\n'
)
FILES = [
    "{path}",
    "file:{path}",
    "file://{path}",
    "concat:{path}|{path}",
    "subfile,,start,0,end,100000,,:{path}",
    "crypto:{path}",
    "crypto+file:{path}",
    "async:{path}",
    "cache:{path}",
]
OTHERS = [
    "rtmp://127.0.0.1:{port}/x",
    "ftp://127.0.0.1:{port}/x.ts",
    "gopher://127.0.0.1:{port}/x",
]


def refused(url: str) -> str:
    with pytest.raises(MediaError) as caught:
        backend().probe(url, 5)
    return str(caught.value)


@pytest.mark.parametrize("kind", [PLAYLIST, VARIANT, MAP, KEYED], ids=["segment", "variant", "map", "key"])
def test_a_playlist_reads_no_file_and_speaks_no_other_protocol(
    serve: Serve, secret: Canary, inside: Listener, kind: str
) -> None:
    for form in FILES + OTHERS:
        refused(serve(kind.format(form.format(path=secret.path, port=inside.port)), {}))
        assert not secret.touched, form
        assert inside.calls == [], form
    secret.path.read_bytes()
    assert secret.touched, "the canary sleeps"


def test_a_redirect_reads_no_file_and_speaks_no_other_protocol(
    serve: Serve, secret: Canary, inside: Listener
) -> None:
    for form in FILES + OTHERS:
        refused(serve("", {"Location": form.format(path=secret.path, port=inside.port)}))
        assert not secret.touched, form
        assert inside.calls == [], form


@pytest.mark.parametrize("playlist", [True, False])
def test_both_may_lead_to_other_http_servers_as_the_documentation_says(
    serve: Serve, inside: Listener, *, playlist: bool
) -> None:
    """docs/security.md warns of it: a backend that no longer does this makes those lines wrong."""
    there = f"http://127.0.0.1:{inside.port}/admin"
    refused(serve(PLAYLIST.format(there + ".ts"), {}) if playlist else serve("", {"Location": there}))
    assert [call.split()[:2] for call in inside.calls[:1]] == [
        [b"GET", b"/admin.ts" if playlist else b"/admin"]
    ]


@pytest.mark.parametrize(
    ("kind", "reached"), [(PLAYLIST, False), (VARIANT, True), (MAP, False), (KEYED, False), ("", False)]
)
def test_a_playlist_of_playlists_may_open_a_connection_and_send_nothing(
    serve: Serve, inside: Listener, kind: str, *, reached: bool
) -> None:
    """HTTP needs FFmpeg's `tcp`, and only a variant's address is not held to HTTP itself."""
    there = f"tcp://127.0.0.1:{inside.port}"
    refused(serve(kind.format(there), {} if kind else {"Location": there}))
    assert inside.calls == ([b""] if reached else [])
