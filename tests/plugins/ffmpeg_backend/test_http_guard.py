"""What connections the guard makes, and through which proxy of the environment."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.canaries import Listener, listener
from virtualptz.errors import MediaError
from virtualptz.hosts import HostPolicy
from virtualptz.reach import Reach
from virtualptz.resolving import Address
from virtualptz_ffmpeg.guard import Guard

from .http_site import Files, pictures_of, site
from .stage import CLIP, backend

HERE = "http://127.0.0.1/x"


@pytest.fixture
def inside() -> Iterator[Listener]:
    with listener() as listens:
        yield listens


@pytest.mark.parametrize("host", ["169.254.169.254", "metadata.google.internal.", "fe80::1%1"])
def test_what_is_forbidden_is_not_connected_to(host: str) -> None:
    guard = Guard(Reach(HERE, HostPolicy.parse("RUNNER_SOURCE_HOSTS", ())))
    with pytest.raises(MediaError, match="link-local, or a cloud's metadata") as caught:
        guard.connect(host, 80, 5)
    assert not caught.value.retryable


def test_the_next_address_is_tried_where_one_does_not_answer(
    inside: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    reach = Reach(HERE, HostPolicy.parse("RUNNER_SOURCE_HOSTS", ()))
    (here,) = reach.addresses("127.0.0.1")
    (away,) = reach.addresses("127.0.0.3")
    found: tuple[Address, ...] = (away, here)
    monkeypatch.setattr(reach, "addresses", lambda _: found)
    with Guard(reach).connect("twice.example", inside.port, 5) as line:
        assert line.getpeername() == ("127.0.0.1", inside.port)


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://me:secret77@127.0.0.9:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1, .inside.example")


def test_a_proxy_of_the_environment_decides_by_itself(proxied: None) -> None:
    proxy = Guard.of_http("https://192.0.2.7/x").proxy
    assert proxy is not None
    assert (proxy.hostname, proxy.port) == ("127.0.0.9", 9)


@pytest.mark.parametrize("uri", ["http://127.0.0.1/x", "https://camera.inside.example/x"])
def test_a_source_that_the_proxy_is_not_for_is_guarded(proxied: None, uri: str) -> None:
    assert Guard.of_http(uri).proxy is None


def test_no_host_goes_past_it(monkeypatch: pytest.MonkeyPatch, web: Path) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("RUNNER_SOURCE_HOSTS", "192.0.2.0/24")
    with site(web) as server, pytest.raises(MediaError, match="RUNNER_SOURCE_HOSTS does not allow"):
        backend().probe(server.at("clip.ts"), 5)
    assert server.asked == []


def test_a_proxy_is_asked_with_its_login_and_for_whole_addresses(
    web: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with site(web) as proxy:

        def last_part(asked: Files) -> bool:
            asked.path = "/" + asked.path.rpartition("/")[2]
            return False

        proxy.answers = last_part
        monkeypatch.setenv("http_proxy", f"http://me:secret77@127.0.0.1:{proxy.server_port}")
        assert pictures_of("http://camera.example/a/list.m3u8") == 3 * CLIP.frames
    assert [path for path, _, _ in proxy.asked][:2] == [
        "http://camera.example/a/list.m3u8",
        "http://camera.example/a/0.ts",
    ]
    assert {host for _, _, host in proxy.asked} == {"camera.example"}
    assert {said["Proxy-Authorization"] for said in proxy.headers} == {"Basic bWU6c2VjcmV0Nzc="}


def test_a_proxy_makes_way_for_tls(web: Path, trusted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []
    with site(web, trusted) as server, socket.create_server(("127.0.0.1", 0)) as proxy:
        thread = threading.Thread(target=_tunnel, args=(proxy, server.server_port, asked))
        thread.start()
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        assert pictures_of("https://localhost/clip.ts") == CLIP.frames
        thread.join(10)
    assert asked[0].startswith(b"CONNECT localhost:443 HTTP/1.")


def _tunnel(proxy: socket.socket, port: int, asked: list[bytes]) -> None:
    """For one client."""
    client, _ = proxy.accept()
    with client, socket.create_connection(("127.0.0.1", port)) as server:
        asked.append(client.recv(4096))
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        back = threading.Thread(target=_copy, args=(server, client))
        back.start()
        _copy(client, server)
        back.join(10)


def _copy(source: socket.socket, to: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            to.sendall(data)
        to.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # the other end has gone
