"""What FFmpeg reads of HTTP servers by way of the guard, from real ones with and without TLS."""

import os
import resource
import shutil
import socket
import ssl
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.media.clip import write
from virtualptz.errors import MediaError
from virtualptz.hosts import HostPolicy
from virtualptz.model import SourceOptions
from virtualptz.reach import Reach
from virtualptz_ffmpeg import http_guard
from virtualptz_ffmpeg.http_guard import HttpGuard, guard_for

from .stage import CLIP, backend, everything

SEGMENTS = 3


class Files(SimpleHTTPRequestHandler):
    """A folder, over connections that stay."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        assert isinstance(self.server, Site)
        self.server.asked.append((self.path, self.client_address[1], self.headers["Host"]))
        if self.server.leads_to and self.path.startswith("/moved"):
            self.send_response(302)
            self.send_header("Location", self.server.leads_to + self.path.removeprefix("/moved"))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        super().do_GET()

    def log_message(self, *_: object) -> None: ...


class Site(ThreadingHTTPServer):
    daemon_threads = True
    asked: list[tuple[str, int, str]]
    leads_to = ""


@contextmanager
def site(folder: Path, certificate: Path | None = None) -> Iterator[Site]:
    server = Site(("127.0.0.1", 0), partial(Files, directory=str(folder)))
    server.asked = []
    if certificate is not None:
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


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip, and the same as a playlist of three segments."""
    folder = tmp_path_factory.mktemp("web")
    write(folder / "clip.ts", CLIP)
    names = [f"{number}.ts" for number in range(SEGMENTS)]
    for name in names:
        shutil.copy(folder / "clip.ts", folder / name)
    segments = "\n#EXT-X-DISCONTINUITY\n".join(f"#EXTINF:3,\n{name}" for name in names)
    (folder / "list.m3u8").write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:3\n{segments}\n#EXT-X-ENDLIST\n")
    return folder


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl to make a certificate with")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    made = ["-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run(
        [openssl, "req", *made, "-keyout", path, "-out", f"{path}.crt"], check=True, capture_output=True
    )
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


@pytest.fixture(autouse=True)
def no_guard_is_left() -> Iterator[None]:
    yield
    guards = [thread for thread in threading.enumerate() if thread.name == "http-guard"]
    for thread in guards:
        thread.join(20)
    assert not any(thread.is_alive() for thread in guards)


def pictures_of(uri: str) -> int:
    return len(everything(backend().open_source(uri, SourceOptions(open_timeout=20, read_timeout=5)))[0])


def test_a_playlist_is_read_to_its_end_over_few_connections(web: Path) -> None:
    with site(web) as server:
        assert pictures_of(f"http://127.0.0.1:{server.server_port}/list.m3u8") == SEGMENTS * CLIP.frames
    paths = [path for path, _, _ in server.asked]
    assert paths[0] == "/list.m3u8"
    assert set(paths[1:]) == {"/0.ts", "/1.ts", "/2.ts"}
    assert {host for _, _, host in server.asked} == {f"127.0.0.1:{server.server_port}"}
    assert len({port for _, port, _ in server.asked}) < len(paths), "connections are used again"


def test_the_same_over_tls(web: Path, certificate: Path) -> None:
    with site(web, certificate) as server:
        assert pictures_of(f"https://localhost:{server.server_port}/list.m3u8") == SEGMENTS * CLIP.frames


@pytest.mark.parametrize("name", ["clip.ts", "list.m3u8"])
def test_a_redirect_is_followed_from_a_plain_server_to_one_with_tls(
    web: Path, certificate: Path, name: str
) -> None:
    with site(web) as first, site(web, certificate) as second:
        first.leads_to = f"https://127.0.0.1:{second.server_port}"
        assert pictures_of(f"http://127.0.0.1:{first.server_port}/moved/{name}") >= CLIP.frames
    assert len(first.asked) >= 1
    assert len(second.asked) >= 1


def test_a_login_reaches_its_server_and_nobody_else(web: Path) -> None:
    with site(web) as server:
        backend().probe(f"http://user:secret77@127.0.0.1:{server.server_port}/clip.ts", 10)
        assert {host for _, _, host in server.asked} == {f"127.0.0.1:{server.server_port}"}


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_who_does_not_answer_is_told_as_if_nobody_stood_between(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(MediaError, match="Connection refused") as caught:
        backend().probe(f"{scheme}://127.0.0.1:{port}/x", 5)
    assert caught.value.retryable


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_name_that_nobody_knows_is_told(scheme: str) -> None:
    with pytest.raises(MediaError, match="the host's name cannot be looked up") as caught:
        backend().probe(f"{scheme}://no-such-name.invalid/x", 8)
    assert caught.value.retryable


def asked(guard: HttpGuard, *pieces: bytes, breaks: bool = False) -> bytes:
    """What it answers to who speaks to it without FFmpeg; `breaks`: an answer that breaks off is an error."""
    host, _, port = guard.address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), 10) as connection:
        for piece in pieces:
            connection.sendall(piece)
        answer = b""
        try:
            while data := connection.recv(4096):
                answer += data
        except ConnectionResetError:
            if breaks:
                raise
    return answer


@pytest.fixture
def guard() -> Iterator[Callable[..., bytes]]:
    guard = HttpGuard(Reach("http://127.0.0.1/x", HostPolicy.parse("RUNNER_SOURCE_HOSTS", ())))
    yield partial(asked, guard)
    guard.close()
    guard.close()


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /x HTTP/1.1\r\n\r\n",
        b"GET ftp://127.0.0.1/x HTTP/1.1\r\n\r\n",
        b"GET http:///x HTTP/1.1\r\n\r\n",
        b"GET http://127.0.0.1:99999/x HTTP/1.1\r\n\r\n",
        b"CONNECT :443 HTTP/1.1\r\n\r\n",
        b"CONNECT 169.254.169.254:80 HTTP/1.1\r\n\r\n",
        b"GET http://169.254.169.254/latest HTTP/1.1\r\n\r\n",
        b"GET http://metadata.google.internal./x HTTP/1.1\r\n\r\n",
        b"nonsense\r\n\r\n",
    ],
)
def test_what_is_no_request_or_may_not_be_one_goes_nowhere(
    guard: Callable[..., bytes], request_: bytes
) -> None:
    assert guard(request_).startswith(b"HTTP/1.1 502 ")


@pytest.mark.parametrize(("there", "path"), [("/a/b.ts?x=/y", "/a/b.ts?x=/y"), ("?x=1", "/?x=1"), ("", "/")])
def test_a_server_is_asked_as_if_directly(
    web: Path, guard: Callable[..., bytes], there: str, path: str
) -> None:
    with site(web) as server:
        guard(
            b"GET http://127.0.0.1:%d%b HTTP/1.1\r\nConnection: close\r\n\r\n"
            % (server.server_port, there.encode())
        )
    assert [asked for asked, _, _ in server.asked] == [path]


def test_another_user_s_request_goes_nowhere(
    web: Path, guard: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    with site(web) as server:
        get = b"GET http://127.0.0.1:%d/list.m3u8 HTTP/1.1\r\nConnection: close\r\n\r\n" % server.server_port
        assert guard(get).startswith(b"HTTP/1.1 200 ")
        us = os.getuid()
        monkeypatch.setattr(os, "getuid", lambda: us + 1)
        assert guard(get) == b""
    assert len(server.asked) == 1


def test_a_head_without_end_is_dropped(guard: Callable[..., bytes]) -> None:
    assert guard(b"GET http://127.0.0.1/", b"x" * (2 * http_guard.HEAD_BYTES)) == b""


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # asyncio's half-made loop
def test_where_no_descriptor_is_left_a_source_is_worth_another_try() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(list(Path("/proc/self/fd").iterdir())), before[1]))
    try:
        with pytest.raises(MediaError, match=r"proxy to HTTP servers .* Too many open") as caught:
            guard_for("http://127.0.0.1/x")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert caught.value.retryable


def test_a_connection_is_for_one_server(web: Path, guard: Callable[..., bytes]) -> None:
    with site(web) as first, site(web) as second:
        get = b"GET http://127.0.0.1:%d/list.m3u8 HTTP/1.1\r\n\r\n"
        guard(get % first.server_port, get % second.server_port)
    assert len(first.asked) == 1
    assert second.asked == []


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("http_proxy", "http://127.0.0.9:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1, .inside.example")
    http_guard._bypassed.cache_clear()
    yield
    http_guard._bypassed.cache_clear()


def test_a_proxy_of_the_environment_decides_by_itself(proxied: None) -> None:
    assert guard_for("http://192.0.2.7/x") is None
    assert "no_proxy" not in os.environ, "it decides also of where a source leads"


@pytest.mark.parametrize("uri", ["http://127.0.0.1/x", "https://camera.inside.example/x"])
def test_a_source_that_the_proxy_is_not_for_is_guarded(proxied: None, uri: str) -> None:
    for _ in range(2):
        guard = guard_for(uri)
        assert guard is not None
        guard.close()


def test_a_guard_that_is_closed_ends_what_is_open_without_a_word(
    web: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Also what a client has not taken yet."""
    guard = HttpGuard(Reach("http://127.0.0.1/x", HostPolicy.parse("RUNNER_SOURCE_HOSTS", ())))
    host, _, port = guard.address.removeprefix("http://").partition(":")
    with site(web) as server, socket.create_connection((host, int(port)), 10) as connection:
        connection.sendall(b"GET http://127.0.0.1:%d/clip.ts HTTP/1.1\r\n\r\n" % server.server_port)
        assert connection.recv(100)
        guard.close()
        with suppress(ConnectionResetError):
            while connection.recv(1 << 20):
                pass
    assert [record.message for record in caplog.records if record.name == "asyncio"] == []


def test_a_stream_that_breaks_off_does_not_look_like_one_that_ended(guard: Callable[..., bytes]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def break_off() -> None:
            connection, _ = server.accept()
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\nsome")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()

        thread = threading.Thread(target=break_off)
        thread.start()
        get = b"GET http://127.0.0.1:%d/x HTTP/1.1\r\n\r\n" % server.getsockname()[1]
        with pytest.raises(ConnectionResetError):
            guard(get, breaks=True)
        thread.join()


def test_no_host_goes_past_it(monkeypatch: pytest.MonkeyPatch, web: Path) -> None:
    """FFmpeg heeds `no_proxy` also where its proxy is not of the environment."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    http_guard._bypassed.cache_clear()
    monkeypatch.setenv("RUNNER_SOURCE_HOSTS", "192.0.2.0/24")
    with site(web) as server, pytest.raises(MediaError, match="RUNNER_SOURCE_HOSTS does not allow"):
        backend().probe(f"http://127.0.0.1:{server.server_port}/clip.ts", 5)
    assert server.asked == []
