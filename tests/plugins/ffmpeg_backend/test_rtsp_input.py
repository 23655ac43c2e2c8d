"""RTSP sources: whom they lead to, who is told what, and what is said when they fail."""

import ctypes
import os
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

import virtualptz.reach
from tests.canaries import Listener, listener
from tests.hostile_rtsp import Asked, moved, rtsp_server
from tests.media.certificate import make_certificate
from virtualptz.errors import MediaError, MediaRefusedError, MediaTimeoutError
from virtualptz.resolving import Address, addresses_of

from .stage import backend, eventually

OTHER = "127.0.0.2"
MISSING = "404 Not Found"
NOT_TRUSTED = r"certificate is not to be trusted \(.*SSL_CERT_FILE.*VERIFY_CERTIFICATES=false"
WHO = '401 Who?\nWWW-Authenticate: Basic realm="camera"'


@pytest.fixture
def inside() -> Iterator[Listener]:
    with listener() as listens:
        yield listens


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    before = proxies()
    yield
    assert eventually(lambda: not [each for each in threading.enumerate() if each.name.startswith("rtsp-")])
    assert {name: c_environ(name) for name in before} == before


def proxies() -> dict[str, str | None]:
    return {name: os.environ.get(name) for name in ("http_proxy", "no_proxy")}


def c_environ(name: str) -> str | None:
    """What FFmpeg would find there."""
    getenv = ctypes.CDLL(None).getenv
    getenv.restype = ctypes.c_char_p
    value = getenv(name.encode())
    return None if value is None else value.decode()


def described(asked: Asked) -> str:
    return "200 OK" if asked.method == "OPTIONS" else MISSING


def failure(uri: str, seconds: float = 5, **options: object) -> MediaError:
    with pytest.raises(MediaError) as caught:
        backend(**options).probe(uri, seconds)
    return caught.value


def logging_in(uri: str) -> str:
    return uri.replace("//", "//user:word@")


def test_a_server_is_asked_in_our_name_and_for_what_was_named() -> None:
    with rtsp_server(described) as (rtsp, asked):
        assert "404" in str(failure(f"{rtsp}/a%20b?x=1"))
    assert [(each.method, each.uri) for each in asked] == [
        ("OPTIONS", f"{rtsp}/a%20b?x=1"),
        ("DESCRIBE", f"{rtsp}/a%20b?x=1"),
    ]
    assert {each.agent.partition("/")[0] for each in asked} == {"VirtualPTZ"}


def test_a_name_is_gone_to_at_the_address_that_was_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks it up again: this one would not be found."""
    looked_up: list[str] = []

    def found(host: str, seconds: float) -> tuple[Address, ...]:
        looked_up.append(host)
        return addresses_of("127.0.0.1", seconds)

    monkeypatch.setattr(virtualptz.reach, "addresses_of", found)
    monkeypatch.setattr(virtualptz.reach, "_farthest", {})
    with rtsp_server(described) as (rtsp, asked):
        assert "404" in str(failure(rtsp.replace("127.0.0.1", "camera.example") + "/x"))
    assert looked_up == ["camera.example"]
    assert "//camera.example:" in asked[0].uri


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("rtsp://169.254.169.254/x", "link-local"),
        ("rtsps://metadata.google.internal/x", "link-local"),
        ("http://127.0.0.1/x", "not of a kind|not allowed"),
        ("rtsp://127.0.0.1:99999/x", ""),
    ],
)
def test_a_redirect_leads_to_no_forbidden_place(to: str, why: str) -> None:
    with rtsp_server(lambda _: moved(to)) as (rtsp, asked):
        assert re.search(why, str(failure(f"{rtsp}/x")))
    assert len(asked) == 1


def test_a_redirect_leads_to_nothing_that_is_not_listed(
    inside: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNNER_SOURCE_HOSTS", OTHER)
    with rtsp_server(lambda _: moved(f"rtsp://127.0.0.1:{inside.port}/x"), OTHER) as (rtsp, _):
        error = failure(f"{rtsp}/x")
    assert "leads to 127.0.0.1, which RUNNER_SOURCE_HOSTS does not allow" in str(error)
    assert not error.retryable
    assert inside.calls == []


@pytest.mark.parametrize("with_login", [True, False])
def test_a_redirect_to_where_it_may_lead_is_followed_without_the_login(with_login: bool) -> None:
    """Also where FFmpeg has said it once already."""
    with rtsp_server(described, OTHER) as (other, told):

        def leads(asked: Asked) -> str:
            return WHO if with_login and not asked.authorization else moved(f"{other}/y")

        with rtsp_server(leads) as (rtsp, asked):
            assert "404" in str(failure(f"{logging_in(rtsp) if with_login else rtsp}/x"))
    assert [each.uri for each in told] == [f"{other}/y"] * 2
    assert {each.authorization for each in told} == {""}
    assert any(each.authorization for each in asked) == with_login


def test_another_server_that_asks_for_the_login_does_not_get_it() -> None:
    with (
        rtsp_server(lambda _: WHO, OTHER) as (other, told),
        rtsp_server(lambda _: moved(f"{other}/y")) as (rtsp, _),
    ):
        error = failure(f"{logging_in(rtsp)}/x")
    assert f"leads to {OTHER}, which asks for a login: the source's is for its own" in str(error)
    assert isinstance(error, MediaRefusedError)
    assert {each.authorization for each in told} == {""}


def test_its_own_server_gets_it() -> None:
    with rtsp_server(lambda asked: MISSING if asked.authorization else WHO) as (rtsp, asked):
        assert "404" in str(failure(f"{logging_in(rtsp)}/x"))
    assert asked[-1].authorization == "Basic dXNlcjp3b3Jk"


def test_one_that_leads_on_and_on_is_left() -> None:
    with rtsp_server(lambda asked: moved(f"{asked.uri}x")) as (rtsp, asked):
        assert "from one address to the next" in str(failure(f"{rtsp}/x", 10))
    assert len(asked) == 9


def test_nobody_there_is_said_as_ever() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert "Connection refused" in str(failure(f"rtsp://127.0.0.1:{port}/x"))


def test_a_server_that_hangs_up() -> None:
    with rtsp_server(lambda _: "") as (rtsp, _):
        assert "the server hung up" in str(failure(f"{rtsp}/x"))


def test_a_server_that_says_nothing_has_so_long_and_no_longer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begin = monotonic()
        error = failure(f"rtsp://127.0.0.1:{silent.getsockname()[1]}/x", 1)
        assert monotonic() - begin >= 1
    assert isinstance(error, MediaTimeoutError)


def test_proxies_of_the_environment_are_not_for_rtsp(
    inside: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{inside.port}")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with rtsp_server(described) as (rtsp, asked):
        assert "404" in str(failure(f"{rtsp}/x"))
    assert asked
    assert inside.calls == []
    assert c_environ("no_proxy") == "127.0.0.1"


def test_a_certificate_that_nobody_has_signed_is_refused(certificate: Path) -> None:
    with rtsp_server(described, certificate=certificate) as (rtsps, asked):
        error = failure(f"{rtsps}/x")
        assert isinstance(error, MediaRefusedError)
        assert re.search(NOT_TRUSTED, str(error))
        assert asked == []
        assert "404" in str(failure(f"{rtsps}/x", verify_certificates=False))
        assert asked


def test_a_certificate_that_the_operator_trusts_is_taken(trusted: Path) -> None:
    with rtsp_server(described, certificate=trusted) as (rtsps, asked):
        assert "404" in str(failure(f"{rtsps}/x"))
    assert [each.method for each in asked] == ["OPTIONS", "DESCRIBE"]


def test_another_host_s_certificate_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    another_s = make_certificate(tmp_path / "other.pem", "DNS:other.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(another_s))
    with rtsp_server(described, certificate=another_s) as (rtsps, asked):
        assert re.search(NOT_TRUSTED, str(failure(f"{rtsps}/x")))
    assert asked == []


def test_a_redirect_from_tls_to_none_takes_no_login_along(trusted: Path) -> None:
    with (
        rtsp_server(lambda _: WHO) as (rtsp, told),
        rtsp_server(lambda _: moved(f"{rtsp}/y"), certificate=trusted) as (rtsps, _),
    ):
        assert "which asks for a login" in str(failure(f"{logging_in(rtsps)}/x"))
    assert {each.authorization for each in told} == {""}
