"""Which hosts an operator's list lets pass. Names are looked up for real, of this machine only."""

import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtualptz import resolving
from virtualptz.errors import ConfigError
from virtualptz.flags import Flags
from virtualptz.hosts import HostPolicy
from virtualptz.settings import load_settings
from virtualptz.uris import address_in, validate_source

LIST = ("camera.local", "*.cdn.example", "10.1.0.0/16", "192.0.2.7", "2001:db8::/32")


def passes(uri: str, *entries: str) -> bool:
    normal, policy = validate_source(uri, must_exist=False), HostPolicy.parse("RUNNER_SOURCE_HOSTS", entries)
    try:
        policy.check(normal)
    except ConfigError as error:
        return "RUNNER_SOURCE_HOSTS" not in str(error)
    return True


@pytest.mark.parametrize(
    "uri",
    [
        "rtsp://camera.local/live",
        "rtsp://CAMERA.local.:554/live",
        "https://a.cdn.example/x.m3u8",
        "https://a.b.cdn.example/x.m3u8",
        "srt://10.1.255.255:9000",
        "rtsp://user:pa@ss@10.1.0.1/x",
        "rtsp://10.0.0.1:x@10.1.0.1/x",
        "http://0x0a010001/x",
        "http://10.65537/x",
        "http://[::ffff:10.1.2.3]/x",
        "http://192.0.2.7:8080/x",
        "http://[2001:db8::1]:80/x",
        "/media/match.mp4",
        "file:///media/match.mp4",
    ],
)
def test_what_the_list_lets_pass(uri: str) -> None:
    assert passes(uri, *LIST)


@pytest.mark.parametrize(
    "uri",
    [
        "rtsp://10.2.0.1/live",
        "rtsp://127.0.0.1/live",
        "rtsp://10.1.0.1:x@10.2.0.1/live",
        "rtsp://us[er@10.2.0.1/live",
        "http://192.0.2.8/x",
        "http://2130706433/x",
        "http://[::1]/x",
        "http://[::ffff:127.0.0.1]/x",
        "http://[64:ff9b::a01:1]/x",
        "http://localhost/x",
        "srt://:9000?mode=listener",
        "udp://239.1.2.3:5000",
    ],
)
def test_what_it_does_not(uri: str) -> None:
    assert not passes(uri, *LIST)
    assert passes(uri)


@pytest.mark.parametrize("host", ["camera.local.evil.org", "xcamera.local", "cdn.example", "acdn.example"])
def test_a_name_is_that_name_and_a_suffix_begins_at_a_dot(host: str) -> None:
    assert not passes(f"http://{host}/x", "camera.local", "*.cdn.example")


def test_without_ranges_no_name_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", None)
    assert not passes("http://localhost/x", "camera.local")
    assert passes("http://camera.local/x", "camera.local", "10.0.0.0/8")


def test_with_ranges_each_address_of_a_name_must_lie_inside() -> None:
    assert passes("http://localhost/x", "127.0.0.0/8", "::1")
    assert not passes("http://localhost/x", "10.0.0.0/8")
    assert not passes("http://no-such-host.invalid/x", "127.0.0.0/8")


def test_one_address_outside_is_one_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """No name of two addresses exists on every machine: the C library's answer is put in its place."""

    def answer(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(2, 1, 6, "", (address, 0)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    addresses = ["10.0.0.1", "10.0.0.2"]
    assert passes("http://host/x", "10.0.0.0/8")
    addresses = ["10.0.0.1", "127.0.0.1"]
    assert not passes("http://host/x", "10.0.0.0/8")
    addresses = ["169.254.169.254"]
    assert not passes("http://host/x", "0.0.0.0/0")


def test_metadata_is_refused_whatever_the_list_says() -> None:
    for host in ("169.254.169.254", "metadata.google.internal"):
        with pytest.raises(ConfigError, match="link-local"):
            validate_source(f"http://{host}/x")


def test_a_look_up_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    hangs = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: hangs.wait() and [])
    monkeypatch.setattr(resolving, "_slots", threading.BoundedSemaphore(2))
    try:
        for what in ("no answer", "no answer", "too many"):
            with pytest.raises(TimeoutError, match=what):
                resolving.addresses_of("host", seconds=0.05)
    finally:
        hangs.set()
    for thread in [thread for thread in threading.enumerate() if thread.name == "look-up"]:
        thread.join(10)
    assert resolving.addresses_of("host") == ()


@pytest.mark.parametrize(
    "entry",
    ["10.1.0.1/16", "10.1.0.0/33", "1.2.3", "http://host", "host:80", "*", "*.", "a.*.b", "-x", "h\u00f6"],
)
def test_an_entry_that_is_none_stops_the_agent(entry: str) -> None:
    for setting in ("source_hosts", "target_hosts"):
        with pytest.raises(ConfigError, match=f"RUNNER_{setting.upper()}: .* is no host"):
            load_settings(Flags({setting: f"10.0.0.0/8, {entry}"}))


@given(st.ip_addresses())
def test_an_address_is_in_its_own_list_and_not_in_the_other_half(address: object) -> None:
    host = f"[{address}]" if ":" in str(address) else str(address)
    try:
        normal = validate_source(f"http://{host}/x")
    except ConfigError:
        return
    HostPolicy.parse("RUNNER_SOURCE_HOSTS", (str(address_in(host)),)).check(normal)
    other = "10.0.0.0/8" if not str(address_in(host)).startswith("10.") else "192.0.2.0/24"
    with pytest.raises(ConfigError):
        HostPolicy.parse("RUNNER_SOURCE_HOSTS", ("any.name", other)).check(normal)
