"""SRT and UDP sources at the addresses of their names."""

from ipaddress import ip_address

import pytest

import virtualptz.reach
from virtualptz.errors import MediaError
from virtualptz_ffmpeg.addressing import at_an_address


@pytest.fixture(autouse=True)
def two_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    found = (ip_address("2001:db8::7"), ip_address("192.0.2.7"))
    monkeypatch.setattr(virtualptz.reach, "addresses_of", lambda *_: found)
    monkeypatch.setattr(virtualptz.reach, "_farthest", {})


@pytest.mark.parametrize("uri", ["srt://0.0.0.0:9000?mode=listener", "udp://239.0.0.1:5000"])
def test_an_address_stays_as_it_is(uri: str) -> None:
    with at_an_address(uri) as there:
        assert there == uri


def fail(uri: str) -> None:
    with at_an_address(uri):
        raise MediaError("nobody there")


def test_a_name_is_gone_to_at_the_next_of_its_addresses_once_one_has_failed() -> None:
    behind = "streamid=a/b&passphrase=0123456789"
    uri = f"srt://both.example:9000?{behind}"
    first, second = f"srt://192.0.2.7:9000?{behind}", f"srt://[2001:db8::7]:9000?{behind}"
    for at in (first, second, first):
        for _ in range(2):
            with at_an_address(uri) as there:
                assert there == at
        with pytest.raises(MediaError, match="nobody there"):
            fail(uri)


def test_one_that_may_not_be_gone_to_says_what_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNNER_SOURCE_HOSTS", "10.0.0.0/8")
    with (
        pytest.raises(MediaError, match=r"opening udp://other.example:5000.*does not allow"),
        at_an_address("udp://other.example:5000"),
    ):
        pytest.fail("it was opened")
