"""Where a source's server may lead. Names are looked up for real, of this machine only."""

import socket
from ipaddress import ip_address
from types import SimpleNamespace

import psutil
import pytest

from virtualptz import reach
from virtualptz.errors import MediaError
from virtualptz.hosts import HostPolicy
from virtualptz.reach import Nearness, Reach, nearness

WORLD, NETWORK, MACHINE = "8.8.8.8", "10.99.98.97", "127.0.0.1"
ANY = "0.0.0.0"  # noqa: S104
HERE = ("127.0.0.1", "127.9.9.9", "2130706433", "0x7f.1", "::1", "::ffff:127.0.0.1", ANY, "localhost")
FORBIDDEN = (
    "169.254.169.254",
    "::ffff:169.254.1.1",
    "0xa9fea9fe",
    "fe80::1",
    "100.100.100.200",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "metadata.google.internal",
)


@pytest.fixture
def known_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """None yet, and none of these later."""
    monkeypatch.setattr(reach, "_farthest", {})


def of(source: str, *entries: str) -> Reach:
    return Reach(f"http://{source}/x", HostPolicy.parse("RUNNER_SOURCE_HOSTS", entries))


def reaches(source: str, host: str, *entries: str) -> bool:
    try:
        return bool(of(source, *entries).addresses(host))
    except MediaError as error:
        return error.retryable


@pytest.mark.parametrize(
    ("address", "near"),
    [
        *((text, Nearness.MACHINE) for text in ("127.0.0.1", "127.1.2.3", ANY, "::1", "::", "2002:7f00:1::")),
        *((text, Nearness.NETWORK) for text in (NETWORK, "192.168.77.3", "172.16.5.4", "100.64.9.9")),
        *((text, Nearness.NETWORK) for text in ("fd99::7", "64:ff9b::a00:1")),
        *((text, Nearness.WORLD) for text in (WORLD, "1.1.1.1", "2606:4700::1111")),
    ],
)
def test_how_near_an_address_is(address: str, near: Nearness) -> None:
    assert nearness(ip_address(address)) is near


def test_what_an_interface_of_this_machine_has_is_this_machine() -> None:
    found = [
        each.address
        for group in psutil.net_if_addrs().values()
        for each in group
        if each.family == socket.AF_INET
    ]
    assert found
    assert {nearness(ip_address(text)) for text in found} == {Nearness.MACHINE}


def test_a_server_in_the_world_leads_to_nothing_nearer() -> None:
    assert reaches(WORLD, "9.9.9.9")
    assert not reaches(WORLD, NETWORK)
    assert [host for host in HERE if reaches(WORLD, host)] == []


def test_a_camera_leads_to_its_network_but_not_to_this_machine() -> None:
    assert reaches(NETWORK, "10.99.98.1")
    assert reaches(NETWORK, WORLD)
    assert [host for host in HERE if reaches(NETWORK, host)] == []


def test_a_server_of_this_machine_leads_anywhere() -> None:
    assert all(reaches(MACHINE, host) for host in (*HERE, NETWORK, WORLD))


@pytest.mark.parametrize("entries", [(), ("0.0.0.0/0", "::/0")])
def test_nobody_leads_to_link_local(entries: tuple[str, ...]) -> None:
    for source in (MACHINE, NETWORK, WORLD):
        assert [host for host in FORBIDDEN if reaches(source, host, *entries)] == []


def test_a_list_decides_by_itself() -> None:
    entries = ("10.0.0.0/8", "localhost", "*.cdn.example")
    assert reaches(NETWORK, "localhost", *entries), "it is named"
    assert reaches(NETWORK, "10.1.2.3", *entries)
    assert not reaches(NETWORK, MACHINE, *entries)
    assert not reaches(NETWORK, WORLD, *entries)
    with pytest.raises(MediaError, match=r"leads to 8\.8\.8\.8, which RUNNER_SOURCE_HOSTS does not allow"):
        of(NETWORK, *entries).addresses(WORLD)


def test_a_name_carries_no_forbidden_address_in(monkeypatch: pytest.MonkeyPatch, known_names: None) -> None:
    found = [tuple(map(ip_address, ("64:ff9b::a9fe:a9fe", "2002:6464:64c8::", "8.8.4.4")))]
    monkeypatch.setattr(reach, "addresses_of", lambda _host, _seconds: found[0])
    assert of(MACHINE).addresses("cdn.example") == (ip_address("8.8.4.4"),)


def test_a_name_that_comes_to_stand_for_something_nearer_is_not_followed_there(
    monkeypatch: pytest.MonkeyPatch, known_names: None
) -> None:
    """DNS rebinding, also from one connection of a source to its next."""
    answer = [ip_address(WORLD)]
    monkeypatch.setattr(reach, "addresses_of", lambda _host, _seconds: tuple(answer))
    assert of("rebound.example").addresses("rebound.example") == (ip_address(WORLD),)
    answer[:] = [ip_address(MACHINE)]
    again = of("Rebound.example.")
    for host in ("rebound.example", MACHINE, NETWORK):
        with pytest.raises(MediaError, match="nearer to this machine than the source is"):
            again.addresses(host)


def test_a_name_that_was_near_at_first_is_as_far_away_as_it_has_come_to_be(
    monkeypatch: pytest.MonkeyPatch, known_names: None
) -> None:
    answer = [ip_address(NETWORK)]
    monkeypatch.setattr(reach, "addresses_of", lambda _host, _seconds: tuple(answer))
    assert of("moving.example").addresses("10.99.98.1")
    answer[:] = [ip_address(WORLD)]
    again = of("moving.example")
    assert again.addresses("moving.example") == (ip_address(WORLD),)
    with pytest.raises(MediaError, match="nearer"):
        again.addresses("10.99.98.1")


def test_a_name_is_as_far_away_as_its_farthest_address(
    monkeypatch: pytest.MonkeyPatch, known_names: None
) -> None:
    found = tuple(map(ip_address, (MACHINE, NETWORK, WORLD)))
    monkeypatch.setattr(reach, "addresses_of", lambda _host, _seconds: found)
    source = of("mixed.example")
    assert source.addresses("mixed.example") == (ip_address(WORLD),)
    with pytest.raises(MediaError, match="nearer"):
        source.addresses(MACHINE)


@pytest.mark.parametrize(
    ("uri", "named"),
    [
        ("srt://:9000?mode=listener", False),
        ("srt://0.0.0.0:9000?mode=listener", False),
        ("udp://239.0.0.1:5000", False),
        ("rtmp://[::1]/live/x", False),
        ("rtmp://user:word@camera.example/live/x", True),
    ],
)
def test_what_must_be_looked_up(uri: str, named: bool) -> None:
    assert Reach.of(uri).is_named == named


@pytest.mark.parametrize("host", ["::1%1", "fe80::1%eth0", "2001:db8::5%1", "::1%x.cdn.example"])
def test_no_address_has_a_scope(host: str) -> None:
    for entries in ((), ("*.cdn.example",), ("::/0",)):
        assert not reaches(MACHINE, host, *entries)


def test_a_second_address_of_an_interface_is_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel begins its way there at the first one."""
    second = SimpleNamespace(address="198.18.0.6"), SimpleNamespace(address="fd00:5::6%eth9")
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: {"eth9": second})
    assert nearness(ip_address("198.18.0.6")) is Nearness.MACHINE
    assert nearness(ip_address("fd00:5::6")) is Nearness.MACHINE
    assert nearness(ip_address("198.18.0.7")) is Nearness.NETWORK


def test_a_name_that_nobody_knows_may_be_known_soon() -> None:
    with pytest.raises(MediaError, match="the host's name cannot be looked up") as caught:
        of(MACHINE).addresses("no-such-name.invalid")
    assert caught.value.retryable


def test_the_old_protocol_is_tried_first(monkeypatch: pytest.MonkeyPatch, known_names: None) -> None:
    found = tuple(map(ip_address, ("::1", "127.0.0.1")))
    monkeypatch.setattr(reach, "addresses_of", lambda _host, _seconds: found)
    assert of(MACHINE).addresses("here.example") == found[::-1]


def test_the_list_is_handed_on_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNNER_SOURCE_HOSTS", "192.0.2.7, *.cdn.example")
    with pytest.raises(MediaError, match="RUNNER_SOURCE_HOSTS"):
        Reach.of("http://192.0.2.7/x").addresses("192.0.2.8")
    assert Reach.of("http://192.0.2.7/x").addresses("192.0.2.7") == (ip_address("192.0.2.7"),)
