from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtualptz.client import FramePart, RunnerUnreachableError
from virtualptz.client.multipart import FrameReader

frames = st.lists(st.tuples(st.floats(0, 1e6), st.binary(max_size=300)), max_size=6)


def _parts(chunks: Iterable[bytes]) -> list[FramePart]:
    read = FrameReader()
    return [part for chunk in chunks for part in read(chunk)]


def _stream(made: list[tuple[float, bytes]]) -> bytes:
    """As the agent sends it: the next boundary right behind each part."""
    text = b"--frame\r\n"
    for pts, jpeg in made:
        head = f"Content-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\nX-Frame-Pts: {pts!r}\r\n\r\n"
        text += head.encode() + jpeg + b"\r\n--frame\r\n"
    return text


@given(frames, st.integers(1, 400))
def test_parts_come_whole_in_whatever_pieces_the_stream_comes(
    made: list[tuple[float, bytes]], piece: int
) -> None:
    stream = _stream(made)
    chunks = [stream[begin : begin + piece] for begin in range(0, len(stream), piece)]
    assert _parts(chunks) == [FramePart(pts, jpeg) for pts, jpeg in made]


def test_a_part_that_is_cut_off_is_left_out() -> None:
    stream = _stream([(1.0, b"x" * 100), (2.0, b"y" * 100)])
    assert [part.pts for part in _parts([stream[:-60]])] == [1.0]


@pytest.mark.parametrize(
    "stream",
    [
        b"<html>" * 1000,
        b"Content-Length: 3\r\n\r\nabc",
        b"Content-Length: many\r\nX-Frame-Pts: 1\r\n\r\n",
        b"Content-Length: -5\r\nX-Frame-Pts: 1\r\n\r\n",
        b"Content-Length: 99999999999\r\nX-Frame-Pts: 1\r\n\r\n",
    ],
)
def test_what_is_no_stream_of_frames_is_said_to_be_none(stream: bytes) -> None:
    with pytest.raises(RunnerUnreachableError, match=r"not a (stream of frames|picture of a job)"):
        _parts([stream])
