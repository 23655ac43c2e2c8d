"""RTMP sources by their name and by TLS: what the server is told, and whose it must be."""

import re
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

import virtualptz.reach
from tests.media.certificate import make_certificate
from virtualptz.errors import MediaError, MediaRefusedError
from virtualptz.resolving import Address, addresses_of
from virtualptz_ffmpeg.rtmp_input import needs_carrying, tc_url

from .stage import backend, eventually

TAILS = (
    *("/live/x", "/live", "/live/", "/", "/a/b/c", "/a/b/c/d", "//x/y", "/live//x", "/a%20b/c", "/live/x#f"),
    *("/a/mp4:b/c", "/a/b/mp4:c", "/a:b/c/d", "/ondemand/x/y", "/ondemand?x/y"),
    *("/live/x?k=1", "/live?k=1/x", "/live/x?u=a/b", "/live?k=v", "/live/x?u=a:b/c", "/vod?x/y/z"),
    "/app/inst/stream?tok=a/b/c:d",
)
NOT_TRUSTED = r"certificate is not to be trusted \(.*SSL_CERT_FILE.*VERIFY_CERTIFICATES=false"
HANDSHAKE_BYTES = 1536
CHUNK_BYTES = 128


class Server:
    """Takes connections, does the handshake, keeps what `connect` says, and hangs up."""

    def __init__(self, context: ssl.SSLContext | None, answers: tuple[bytes, ...]) -> None:
        self.said: dict[str, str] = {}
        self.users: list[str] = []
        """Named in each connection's application, by Adobe's way of logging in."""
        self._context = context
        self._answers = answers
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(20)
        self.port: int = self._listener.getsockname()[1]

    def serve(self) -> None:
        with self._listener:
            for answer in (*self._answers, b""):
                try:
                    line = self._listener.accept()[0]
                    if self._context is not None:
                        line = self._context.wrap_socket(line, server_side=True)
                except OSError:
                    return  # nobody came, or nobody who trusts it
                with line:
                    self._hear(line)
                    line.sendall(answer)

    def _hear(self, line: socket.socket) -> None:
        with line.makefile("rb") as stream:
            if not stream.read(1 + HANDSHAKE_BYTES):
                return
            line.sendall(b"\x03" + bytes(2 * HANDSHAKE_BYTES))
            stream.read(HANDSHAKE_BYTES)
            size = int.from_bytes(stream.read(12)[4:7], "big")
            body = stream.read(min(size, CHUNK_BYTES))
            while len(body) < size:
                stream.read(1)
                body += stream.read(min(size - len(body), CHUNK_BYTES))
        self.said = {name: _text(body, name.encode()) for name in ("app", "tcUrl")}
        self.users.append(self.said["app"].partition("user=")[2])

    def stop(self) -> None:
        with suppress(OSError):  # it has had its one
            self._listener.shutdown(socket.SHUT_RDWR)


def _text(body: bytes, name: bytes) -> str:
    """A string in AMF0."""
    begin = body.index(len(name).to_bytes(2, "big") + name + b"\x02") + len(name) + 3
    size = int.from_bytes(body[begin : begin + 2], "big")
    return body[begin + 2 : begin + 2 + size].decode()


def rejection(why: str) -> bytes:
    """What `connect` is answered with: a command message of one chunk, in AMF0."""

    def text(value: str) -> bytes:
        return len(value).to_bytes(2, "big") + value.encode()

    body = b"\x02" + text("_error") + b"\x00" + struct.pack(">d", 1) + b"\x05\x03"
    body += text("description") + b"\x02" + text(why) + b"\x00\x00\x09"
    assert len(body) <= CHUNK_BYTES
    return b"\x03" + bytes(3) + len(body).to_bytes(3, "big") + b"\x14" + bytes(4) + body


@contextmanager
def rtmp_server(certificate: Path | None = None, *answers: bytes) -> Iterator[Server]:
    context = None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
    server = Server(context, answers)
    thread = threading.Thread(target=server.serve, name="rtmp-server")
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(20)


def failure(uri: str, seconds: float = 5, **options: object) -> MediaError:
    with pytest.raises(MediaError) as caught:
        backend(**options).probe(uri, seconds)
    return caught.value


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    yield
    assert eventually(lambda: not [each for each in threading.enumerate() if each.name == "rtmp-source"])


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """That were looked up, each of which is this machine."""
    looked_up: list[str] = []

    def found(host: str, seconds: float) -> tuple[Address, ...]:
        looked_up.append(host)
        return addresses_of("127.0.0.1", seconds)

    monkeypatch.setattr(virtualptz.reach, "addresses_of", found)
    monkeypatch.setattr(virtualptz.reach, "_farthest", {})
    return looked_up


@pytest.mark.parametrize("tail", TAILS)
def test_what_a_server_is_told_is_what_ffmpeg_tells_by_itself(tail: str) -> None:
    with rtmp_server() as server:
        uri = f"rtmp://user:word@127.0.0.1:{server.port}{tail}"
        assert not needs_carrying(uri)
        failure(uri)
    assert server.said["tcUrl"] == tc_url(uri)
    assert server.said["tcUrl"].endswith(f"/{server.said['app']}")


@pytest.mark.parametrize("tail", TAILS)
def test_one_with_a_name_is_told_the_same(tail: str, names: list[str]) -> None:
    """And nobody looks the name up again: it would not be found."""
    with rtmp_server() as server:
        failure(f"rtmp://user:word@camera.example:{server.port}{tail}")
    assert names == ["camera.example"]
    alone = tc_url(f"rtmp://127.0.0.1:{server.port}{tail}")
    assert server.said["tcUrl"] == alone.replace("127.0.0.1", "camera.example")
    assert server.said["app"] == alone.split("/", 3)[3]


@pytest.mark.parametrize("host", ["127.0.0.1", "camera.example"])
def test_a_login_may_take_connections_one_after_the_other(host: str, names: list[str]) -> None:
    with rtmp_server(None, rejection("[ code=403 need auth; authmod=adobe ]")) as server:
        failure(f"rtmp://somebody:word@{host}:{server.port}/live/x")
    assert server.users == ["", "somebody"]
    assert server.said["tcUrl"] == f"rtmp://{host}:{server.port}/live?authmod=adobe&user=somebody"


def test_the_port_that_goes_without_saying_is_said() -> None:
    assert tc_url("rtmp://camera.example/live/x") == "rtmp://camera.example:1935/live"
    assert tc_url("rtmps://[2001:db8::1]/live/x") == "rtmps://[2001:db8::1]:443/live"


def test_a_name_that_stands_for_a_forbidden_place_is_not_gone_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(virtualptz.reach, "addresses_of", lambda *_: addresses_of("169.254.1.1", 1))
    error = failure("rtmp://camera.example/live/x")
    assert "camera.example, which is link-local" in str(error)
    assert not error.retryable


def test_nobody_there_is_said_as_ever(names: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert "Connection refused" in str(failure(f"rtmp://camera.example:{port}/live/x"))


def test_a_server_that_hangs_up(names: list[str]) -> None:
    with rtmp_server() as server:
        assert "the server hung up" in str(failure(f"rtmp://camera.example:{server.port}/live/x"))


def test_a_server_that_says_nothing_is_not_waited_for_longer(names: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        error = failure(f"rtmp://camera.example:{silent.getsockname()[1]}/live/x", 1)
    assert "nothing came within 1 s" in str(error)


def test_by_tls_it_is_told_its_own_address(trusted: Path) -> None:
    with rtmp_server(trusted) as server:
        failure(f"rtmps://127.0.0.1:{server.port}/live/x")
    assert server.said == {"app": "live", "tcUrl": f"rtmps://127.0.0.1:{server.port}/live"}


@pytest.fixture
def another_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = make_certificate(tmp_path / "other.pem", "DNS:other.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return path


@pytest.mark.parametrize("whose", ["certificate", "another_s"])
def test_a_certificate_that_is_not_trusted_ends_it(whose: str, request: pytest.FixtureRequest) -> None:
    with rtmp_server(request.getfixturevalue(whose)) as server:
        error = failure(f"rtmps://127.0.0.1:{server.port}/live/x")
    assert isinstance(error, MediaRefusedError)
    assert re.search(NOT_TRUSTED, str(error))
    assert server.said == {}


def test_unchecked_any_certificate_is_taken(another_s: Path) -> None:
    with rtmp_server(another_s) as server:
        failure(f"rtmps://127.0.0.1:{server.port}/live/x", verify_certificates=False)
    assert server.said["app"] == "live"
