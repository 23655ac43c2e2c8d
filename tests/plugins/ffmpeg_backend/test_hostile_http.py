"""What an HTTP server has its reader do: nothing with files, other protocols, or hosts nearer than it is."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.canaries import Canary, Listener, canary, listener
from tests.media.clip import write
from virtualptz import reach
from virtualptz.errors import MediaError
from virtualptz.model import SourceOptions
from virtualptz.reach import Nearness, nearness

from .stage import CLIP, backend, everything

ELSEWHERE = "127.0.0.2"
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
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """What serves is out in the world, as far as the backend knows; all else is where it is."""
    monkeypatch.setattr(
        reach, "nearness", lambda at: Nearness.WORLD if str(at) == ELSEWHERE else nearness(at)
    )


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Answers every request with this text and these headers; its address."""
    answers: dict[str, tuple[str, dict[str, str]]] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            text, headers = answers.get(self.path.partition("?")[0], NOTHING)
            status = 302 if "Location" in headers else 200
            self.send_response(status)
            for name, value in {"Content-Length": str(len(text)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode("latin-1"))

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer((ELSEWHERE, 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()

    def at(text: str, headers: dict[str, str]) -> str:
        path = f"/{len(answers)}.m3u8"
        answers[path] = (text, headers)
        return f"http://{ELSEWHERE}:{server.server_port}{path}"

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


WAYS = [PLAYLIST, VARIANT, MAP, KEYED, ""]


@pytest.mark.parametrize("way", WAYS, ids=["segment", "variant", "map", "key", "redirect"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_server_elsewhere_leads_to_nothing_of_this_machine(
    serve: Serve, inside: Listener, elsewhere: None, way: str, scheme: str
) -> None:
    there = f"{scheme}://127.0.0.1:{inside.port}/admin.ts"
    said = refused(serve(way.format(there), {} if way else {"Location": there}))
    assert inside.calls == []
    assert "it leads to 127.0.0.1, which is nearer to this machine than the source is" in said


@pytest.mark.parametrize("way", WAYS, ids=["segment", "variant", "map", "key", "redirect"])
def test_nobody_leads_to_what_the_operator_does_not_allow(
    serve: Serve, inside: Listener, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNNER_SOURCE_HOSTS", ELSEWHERE)
    there = f"http://127.0.0.1:{inside.port}/admin.ts"
    said = refused(serve(way.format(there), {} if way else {"Location": there}))
    assert inside.calls == []
    assert "it leads to 127.0.0.1, which RUNNER_SOURCE_HOSTS does not allow" in said


@pytest.mark.parametrize("way", [PLAYLIST, ""], ids=["segment", "redirect"])
def test_a_server_may_lead_to_another_one_beside_it(serve: Serve, inside: Listener, way: str) -> None:
    there = f"http://127.0.0.1:{inside.port}/x.ts?a=b"
    refused(serve(way.format(there), {} if way else {"Location": there}))
    assert inside.calls[0].startswith(b"GET /x.ts?a=b HTTP/1.1\r\n")
    assert f"\r\nHost: 127.0.0.1:{inside.port}\r\n".encode() in inside.calls[0]


@pytest.mark.parametrize("kind", WAYS, ids=["segment", "variant", "map", "key", "redirect"])
@pytest.mark.parametrize(
    "there",
    [
        "tcp://127.0.0.1:{}",
        "TCP://127.0.0.1:{}",
        "tls://127.0.0.1:{}",
        "httpproxy://127.0.0.1:{}/inside:80",
        "udp://127.0.0.1:{}",
        "crypto+tcp://127.0.0.1:{}",
        "crypto:tcp://127.0.0.1:{}",
        "http+tcp://127.0.0.1:{}",
    ],
)
def test_a_server_opens_no_connection_that_is_not_http(
    serve: Serve, inside: Listener, kind: str, there: str
) -> None:
    """FFmpeg itself holds segments and keys to HTTP, and the address of a variant to nothing."""
    address = there.format(inside.port)
    said = refused(serve(kind.format(address), {} if kind else {"Location": address}))
    assert inside.calls == []
    if kind in (VARIANT, ""):
        assert "which is not allowed: only http and https are" in said


@pytest.mark.parametrize("form", ["data:text/plain;base64,QQ==", "http://127.0.0.1:99999/x", "//[x"])
def test_what_is_no_address_ends_the_opening(serve: Serve, form: str) -> None:
    for kind in (VARIANT, ""):
        with pytest.raises(MediaError, match="it leads to") as caught:
            backend().probe(serve(kind.format(form), {} if kind else {"Location": form}), 5)
        assert not caught.value.retryable


def test_a_place_that_is_forbidden_ends_what_has_begun(
    serve: Serve, clip: Path, inside: Listener, elsewhere: None
) -> None:
    """Whatever else its playlist names: the first segment is good."""
    good = serve(clip.read_bytes().decode("latin-1"), {}).replace(".m3u8", ".m3u8?x=.ts")
    there = f"http://127.0.0.1:{inside.port}/admin.ts"
    uri = serve(PLAYLIST.format(f"{good}\n#EXTINF:3,\n{there}\n#EXTINF:3,\n{good}"), {})
    with pytest.raises(MediaError, match="nearer to this machine") as caught:
        everything(backend().open_source(uri, SourceOptions(open_timeout=5, read_timeout=5)))
    assert not caught.value.retryable
    assert inside.calls == []
