"""What the agent hears of a job, however the bytes come."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from virtualptz.jobs import wire
from virtualptz.jobs.messages import Ended, FrameHeader, Heartbeat, Report, read_report
from virtualptz.jobs.paths import JobPaths, listen_at
from virtualptz.jobs.supervision.link import ROOM_BYTES, Link
from virtualptz.model import SourceReport

FRAME = FrameHeader(tap="ing/program/640:-1/20/8", pts=12.345678, width=640, height=360)
SHARED = FrameHeader("ing/source/640:-1/10/5/shared", 12.345678, 640, 360, "12/7/0123456789abcdef/3")
LAST = Ended(state="stopped")


@asynccontextmanager
async def saying(folder: Path, *pieces: bytes) -> AsyncIterator[Link]:
    """A link to a job that says this, piece by piece, and hangs up."""

    all_said = asyncio.Event()

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0.001)
        writer.close()
        all_said.set()

    paths = JobPaths(folder)
    server = await listen_at(paths.socket, serve)
    link = await Link.connect(paths)
    try:
        yield link
    finally:
        await link.close()
        await all_said.wait()
        server.close()
        await server.wait_closed()


async def heard(folder: Path, *pieces: bytes) -> list[tuple[Report, bytes]]:
    messages: list[tuple[Report, bytes]] = []
    async with saying(folder, *pieces) as link, asyncio.timeout(30):
        await link.listen(lambda report, payload: messages.append((report, payload)))
    return messages


def test_a_frames_header_comes_back_as_it_was() -> None:
    assert read_report(FRAME.pack()) == FRAME
    assert read_report(SHARED.pack()) == SHARED
    assert read_report(LAST.model_dump_json().encode()) == LAST


def test_what_a_newer_job_tells_besides_is_left_out() -> None:
    beat = Heartbeat(job_id="ing_a", pid=1, phase="streaming", source=SourceReport(state="streaming"))
    newer = {**beat.model_dump(), "news": {"of": "tomorrow"}, "source": {"state": "streaming", "mood": 1}}
    assert read_report(json.dumps(newer).encode()) == beat


@pytest.mark.parametrize(
    "body", [b"", b"\0", b"\0" * 16, b"x" * 40, b"{}", b'{"type":"news"}', FRAME.pack() + b"\xff"]
)
def test_what_is_no_report_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - pydantic's, struct's and our own words
        read_report(body)


async def test_messages_come_in_order_however_they_are_cut(tmp_path: Path) -> None:
    said = wire.pack(FRAME, b"jpeg") + wire.pack(LAST) + wire.pack(FRAME, b"")
    expected = [(FRAME, b"jpeg"), (LAST, b""), (FRAME, b"")]
    assert await heard(tmp_path, said) == expected
    assert await heard(tmp_path, *(said[at : at + 1] for at in range(len(said)))) == expected
    assert await heard(tmp_path, said[:-30], said[-30:]) == expected


async def test_a_frame_may_be_larger_than_the_room_for_it(tmp_path: Path) -> None:
    large = bytes(range(256)) * (3 * ROOM_BYTES // 256)
    said = wire.pack(FRAME, large) + wire.pack(FRAME, b"small")
    assert await heard(tmp_path, said) == [(FRAME, large), (FRAME, b"small")]


async def test_what_comes_before_anybody_listens_is_kept(tmp_path: Path) -> None:
    messages: list[Report] = []
    async with saying(tmp_path, wire.pack(LAST)) as link:
        await asyncio.sleep(0.05)
        await link.listen(lambda report, _: messages.append(report))
    assert messages == [LAST]


async def test_what_is_not_understood_is_left_out_and_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    strange = wire.HEAD.pack(4, 1) + b"news!"
    with caplog.at_level(logging.WARNING):
        assert await heard(tmp_path, strange + strange + wire.pack(LAST)) == [(LAST, b"")]
    assert [record.message for record in caplog.records if "not understood" in record.message] != []
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (wire.pack(LAST)[:-1], "cut within a message"),
        (wire.pack(LAST)[:3], "cut within a message"),
        (wire.HEAD.pack(1 << 30, 0), "a message of"),
        (wire.HEAD.pack(0, 1 << 30), "a message of"),
    ],
)
async def test_what_is_no_message_breaks_the_connection(tmp_path: Path, said: bytes, words: str) -> None:
    with pytest.raises(wire.WireError, match=words):
        await heard(tmp_path, said)


async def test_a_listener_may_break_it_off(tmp_path: Path) -> None:
    def refuse(report: Report, payload: bytes) -> None:
        raise wire.WireError("this is another job")

    async with saying(tmp_path, wire.pack(LAST) + wire.pack(LAST)) as link:
        with pytest.raises(wire.WireError, match="another job"):
            await link.listen(refuse)
