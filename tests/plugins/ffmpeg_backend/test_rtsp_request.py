"""FFmpeg's requests, cut out of what comes through its tunnel."""

from base64 import b64encode
from itertools import pairwise
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtualptz_ffmpeg.origin import RTSP, Origin, origin_of
from virtualptz_ffmpeg.rtsp_request import MOST_BYTES, Request, Requests

OPTIONS = b"OPTIONS rtsp://camera.example:8554/a b?x=1 RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: it"
PLAY = b"PLAY rtsp://camera.example:8554/ RTSP/1.0\r\nauthorization: Basic eA==\r\nCSeq: 12"
TEARDOWN = b"TEARDOWN rtsp://camera.example/ RTSP/1.0\r\nCSeq: 123"
CODED = b"".join(b64encode(text + b"\r\n\r\n") for text in (OPTIONS, PLAY, TEARDOWN))


@given(st.sets(st.integers(1, len(CODED) - 1)))
def test_however_they_come_they_are_the_same(cuts: set[int]) -> None:
    requests = Requests()
    edges = [0, *sorted(cuts), len(CODED)]
    found = [request for begin, end in pairwise(edges) for request in requests.take(CODED[begin:end])]
    assert [each.text for each in found] == [OPTIONS, PLAY, TEARDOWN]


def test_one_tells_where_it_goes_who_asks_and_whether_it_logs_in() -> None:
    assert Request(OPTIONS).origin == ("rtsp", "camera.example", 8554)
    assert Request(TEARDOWN).origin == ("rtsp", "camera.example", 554)
    assert (Request(OPTIONS).agent, Request(PLAY).agent) == ("it", "")
    assert [Request(text).has_login for text in (OPTIONS, PLAY, TEARDOWN)] == [False, True, False]


def test_nothing_but_who_asks_is_changed() -> None:
    said = Request(OPTIONS).said_by("VirtualPTZ/7", logging_in=True)
    assert said == OPTIONS.replace(b"User-Agent: it", b"User-Agent: VirtualPTZ/7") + b"\r\n\r\n"
    assert Request(PLAY).said_by("x", logging_in=True) == PLAY + b"\r\nUser-Agent: x\r\n\r\n"
    without = PLAY.replace(b"authorization: Basic eA==\r\n", b"")
    assert Request(PLAY).said_by("x", logging_in=False) == without + b"\r\nUser-Agent: x\r\n\r\n"


@pytest.mark.parametrize("line", [b"", b"x", b"GET / HTTP/1.1", b"PLAY http://a/ RTSP/1.0", b"PLAY rtsp:///"])
def test_what_goes_nowhere_is_no_request(line: bytes) -> None:
    with pytest.raises(ValueError, match="no address of a server"):
        _ = Request(line).origin


def of(uri: str) -> Origin:
    return origin_of(urlsplit(uri), RTSP)


@pytest.mark.parametrize("uri", ["rtsp://host:99999/", "rtsp://[::1/", "rtsp://", "//host/", "rtspu://host"])
def test_what_is_no_address(uri: str) -> None:
    with pytest.raises(ValueError, match=r"out of range|Invalid IPv6|no address"):
        of(uri)


def test_an_address_s_case_is_all_the_same() -> None:
    assert of("RTSPS://u:p@Camera.Example/x") == ("rtsps", "camera.example", 322)
    assert of("rtsp://[2001:DB8::1]:8554") == ("rtsp", "2001:db8::1", 8554)


@pytest.mark.parametrize("data", [b"$\x00\x00\x00", b"\xff\xff\xff\xff", b64encode(b"x" * (MOST_BYTES + 1))])
def test_what_is_none_is_not_waited_for(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"base64|without end"):
        Requests().take(data)
