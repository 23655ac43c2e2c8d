"""Who comes to where FFmpeg's RTSP comes in, and is not FFmpeg."""

import os
import socket
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from virtualptz_ffmpeg import rtsp_entrance
from virtualptz_ffmpeg.rtsp_entrance import AT_A_TIME, HEAD_BYTES, TAKEN, Entrance
from virtualptz_ffmpeg.rtsp_input import RtspInput

from .stage import eventually

HEARS = b"GET http://h/ HTTP/1.1\r\nx-sessioncookie: c0\r\n\r\n"
ASKS = b"POST http://h/ HTTP/1.1\r\nx-sessioncookie: c0\r\nContent-Length: 32767\r\n\r\n"
SOON = 10.0


def asked(name: str, uri: str) -> bytes:
    return b64encode(f"OPTIONS {uri} RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: {name}\r\n\r\n".encode())


@pytest.fixture
def camera() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listens:
        listens.settimeout(SOON)
        yield listens


@pytest.fixture
def uri(camera: socket.socket) -> str:
    return f"rtsp://127.0.0.1:{camera.getsockname()[1]}/x"


@pytest.fixture
def source(uri: str) -> RtspInput:
    return RtspInput(uri, SOON, verify=True)


@pytest.fixture
def port(source: RtspInput, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    told: dict[str, str] = {}
    monkeypatch.setattr(os, "putenv", told.__setitem__)
    with Entrance().admits(source):
        yield int(told["http_proxy"].rpartition(":")[2])


@contextmanager
def caller(port: int, said: bytes) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), SOON) as line:
        line.sendall(said)
        yield line


def hung_up(line: socket.socket) -> bool:
    try:
        return line.recv(100) == b""
    except ConnectionResetError:
        return True


def test_what_it_asks_is_passed_on_and_what_is_answered_handed_back(
    port: int, source: RtspInput, uri: str, camera: socket.socket
) -> None:
    with caller(port, HEARS) as hears:
        assert hears.recv(1000) == TAKEN
        with caller(port, ASKS + asked(source.name, uri)) as asks, closing(camera.accept()[0]) as server:
            assert server.recv(1000).startswith(f"OPTIONS {uri} RTSP/1.0\r\n".encode())
            server.sendall(b"RTSP/1.0 200 OK\r\n\r\n$\x00\x00\x01x")
            assert hears.recv(1000) == b"RTSP/1.0 200 OK\r\n\r\n$\x00\x00\x01x"
            source.close()
            assert hung_up(hears)
            asks.sendall(b64encode(f"TEARDOWN {uri} RTSP/1.0\r\nCSeq: 2\r\n\r\n".encode()))
            assert server.recv(1000).startswith(b"TEARDOWN ")
            asks.close()
            assert hung_up(server)
    assert source.failure is None


def test_an_older_connection_that_ends_is_no_reason(
    port: int, source: RtspInput, uri: str, camera: socket.socket
) -> None:
    """A server that leads elsewhere hangs up when it likes."""
    with (
        talking(port, source, uri, camera, b"first") as old,
        talking(port, source, uri, camera, b"second") as new,
    ):
        old.close()
        assert eventually(lambda: carried() == 1)
        assert source.failure is None
        new.close()
        assert eventually(lambda: carried() == 0)
        assert "hung up" in str(source.failure)


@contextmanager
def talking(
    port: int, source: RtspInput, uri: str, camera: socket.socket, cookie: bytes
) -> Iterator[socket.socket]:
    """The server's end."""
    with caller(port, HEARS.replace(b"c0", cookie)) as hears:
        assert hears.recv(1000) == TAKEN
        with (
            caller(port, ASKS.replace(b"c0", cookie) + asked(source.name, uri)),
            camera.accept()[0] as server,
        ):
            assert server.recv(1000)
            yield server


def carried() -> int:
    return sum(each.name == "rtsp-source" for each in threading.enumerate())


def test_a_stranger_gets_nowhere(port: int, source: RtspInput, uri: str, camera: socket.socket) -> None:
    with caller(port, HEARS) as hears:
        assert hears.recv(1000) == TAKEN
        with caller(port, ASKS + asked("f" * len(source.name), uri)) as asks:
            assert hung_up(asks)
        assert hung_up(hears)
    camera.setblocking(False)
    with pytest.raises(BlockingIOError):
        camera.accept()


@pytest.mark.parametrize(
    "said",
    [
        b"GET http://127.0.0.1:22/ HTTP/1.1\r\nHost: x\r\n\r\n",
        b"CONNECT 127.0.0.1:22 HTTP/1.1\r\n\r\n",
        b"x" * (HEAD_BYTES + 1),
        ASKS + b"no base64 at all",
        ASKS + b64encode(b"\r\n\r\n"),
    ],
)
def test_what_ffmpeg_would_not_say_ends_it(port: int, said: bytes) -> None:
    with caller(port, said) as line:
        assert hung_up(line)


def test_one_who_hears_under_a_cookie_that_is_taken_is_sent_away(port: int) -> None:
    with caller(port, HEARS) as first:
        assert first.recv(1000) == TAKEN
        with caller(port, HEARS) as second:
            assert hung_up(second)


def test_those_who_say_nothing_are_so_many_and_have_so_long(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [socket.create_connection(("127.0.0.1", port), SOON) for _ in range(AT_A_TIME)]
    with caller(port, HEARS) as late:
        assert hung_up(late)
    for line in lines:
        line.close()
    monkeypatch.setattr(rtsp_entrance, "HEAD_SECONDS", 0.05)
    with socket.create_connection(("127.0.0.1", port), SOON) as line:
        assert hung_up(line)


def test_it_is_open_while_somebody_is_expected(source: RtspInput, uri: str) -> None:
    entrance, another = Entrance(), RtspInput(uri, SOON, verify=True)
    with entrance.admits(source):
        with entrance.admits(another):
            assert entrances() == 1
        assert entrances() == 1
    for thread in [each for each in threading.enumerate() if each.name == "rtsp-entrance"]:
        thread.join(SOON)
    assert entrances() == 0


def entrances() -> int:
    return sum(each.name == "rtsp-entrance" for each in threading.enumerate())
