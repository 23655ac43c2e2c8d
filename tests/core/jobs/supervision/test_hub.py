"""Fan-out over a real socket: what the job is asked, and what each viewer gets."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from virtualptz.jobs import wire
from virtualptz.jobs.messages import COMMANDS, Aim, Command, FrameHeader, Unwatch, Watch
from virtualptz.jobs.paths import JobPaths, listen_at
from virtualptz.jobs.status import FrameStreamRequest, JpegFrame
from virtualptz.jobs.supervision import hub as hub_module
from virtualptz.jobs.supervision.hub import FrameStream, Hub
from virtualptz.jobs.supervision.link import Link
from virtualptz.wire.view import ViewValue

from ..harness import VIEW, until

PROGRAM = FrameStreamRequest("program", fps=20, scale="640:-1", quality=8)
DETECTOR = FrameStreamRequest("source", fps=10, scale="960:-1", quality=4)
OVERLAY = FrameStreamRequest("overlay", fps=20, scale="640:-1", quality=8)


class Job:
    """The far end of the socket: remembers what it was asked."""

    def __init__(self, folder: Path) -> None:
        self.paths = JobPaths(folder)
        self.asked: list[Command] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (message := await wire.read(reader)) is not None:
            self.asked.append(COMMANDS.validate_json(message[0]))
        writer.close()

    def of(self, kind: type[Command]) -> list[Command]:
        return [command for command in self.asked if isinstance(command, kind)]


@pytest.fixture
async def job(tmp_path: Path) -> AsyncIterator[Job]:
    job = Job(tmp_path)
    server = await listen_at(job.paths.socket, job.serve)
    yield job
    server.close()
    await server.wait_closed()


@pytest.fixture
async def link(job: Job) -> AsyncIterator[Link]:
    link = await Link.connect(job.paths)
    yield link
    await link.close()


@pytest.fixture
def hub(link: Link) -> Hub:
    hub = Hub()
    hub.connect(link)
    return hub


def frame(hub: Hub, number: int, tap: str = "ing/program/640:-1/20/8") -> None:
    hub.deliver(FrameHeader(tap=tap, pts=number / 10, width=64, height=36), b"%d" % number)


async def test_pictures_in_shared_memory_are_a_tap_of_their_own(hub: Hub, job: Job) -> None:
    shared = hub.join("ing", replace(DETECTOR, shared=True), None)
    plain = hub.join("ing", DETECTOR, None)
    await until(lambda: len(job.of(Watch)) == 2, "two taps")
    watches = [command for command in job.asked if isinstance(command, Watch)]
    assert [watch.shared for watch in watches] == [True, False]
    hub.deliver(FrameHeader(watches[0].tap, 0.5, 64, 36, "1/2/3/4"), b"")
    assert await anext(shared) == JpegFrame(0.5, 64, 36, b"", "1/2/3/4")
    for viewer in (shared, plain):
        await viewer.aclose()


async def test_ten_viewers_are_one_watch_and_get_the_same_frame(hub: Hub, job: Job) -> None:
    viewers = [hub.join("ing", PROGRAM, None) for _ in range(10)]
    detector = hub.join("ing", DETECTOR, None)
    await until(lambda: len(job.asked) == 2, "two taps")
    frame(hub, 1)
    frames = [await anext(viewer) for viewer in viewers]
    assert [one.jpeg for one in frames] == [b"1"] * 10
    assert all(one is frames[0] for one in frames)
    assert hub.viewers == 11
    for viewer in (*viewers, detector):
        await viewer.aclose()
    await until(lambda: len(job.of(Unwatch)) == 2, "no tap")
    assert (len(job.of(Watch)), hub.viewers) == (2, 0)


async def test_a_slow_viewer_gets_the_newest_and_holds_nobody_up(hub: Hub) -> None:
    slow, quick = hub.join("ing", PROGRAM, None), hub.join("ing", PROGRAM, None)
    for number in range(5):
        frame(hub, number)
        assert (await anext(quick)).jpeg == b"%d" % number
    assert (await anext(slow)).jpeg == b"4"
    waiting = asyncio.ensure_future(anext(slow))
    await asyncio.sleep(0)
    assert not waiting.done(), "each frame comes once"
    frame(hub, 5)
    assert (await waiting).pts == 0.5


async def test_who_takes_nothing_loses_the_place(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "PATIENCE_SECONDS", 0.0)
    stuck, quick = hub.join("ing", PROGRAM, None), hub.join("ing", PROGRAM, None)
    for number in range(3):
        frame(hub, number)
        assert (await anext(quick)).jpeg == b"%d" % number
    assert hub.viewers == 1
    assert [one async for one in stuck] == []


async def test_a_closed_stream_ends_a_wait_for_it(hub: Hub) -> None:
    viewer = hub.join("ing", PROGRAM, None)
    waiting = asyncio.ensure_future(anext(viewer, None))
    await asyncio.sleep(0)
    viewer.close()
    viewer.close()
    assert await waiting is None
    assert await anext(viewer, None) is None


async def test_a_new_process_is_asked_again(hub: Hub, job: Job) -> None:
    viewer = hub.join("ing", PROGRAM, None)
    hub.connect(None)
    detector = hub.join("ing", DETECTOR, None)
    again = await Link.connect(job.paths)
    hub.connect(again)
    await until(lambda: len(job.of(Watch)) == 3, "both are asked for")
    frame(hub, 1)
    assert (await anext(viewer)).jpeg == b"1"
    detector.close()
    await again.close()


async def test_aiming_moves_the_view_of_that_job_alone(hub: Hub, job: Job) -> None:
    hub.join("prv_1", DETECTOR, ViewValue())
    hub.join("prv_1", DETECTOR, None)
    hub.join("prv_2", DETECTOR, ViewValue())
    hub.aim("prv_1", VIEW)
    await until(lambda: job.of(Aim), "the job is told")
    assert job.of(Aim) == [Aim(tap="prv_1/view/960:-1/10/4", view=VIEW)]
    hub.connect(hub._link)
    await until(lambda: len(job.of(Watch)) == 6, "a later process begins there")
    assert [each.view for each in job.of(Watch)[3:] if isinstance(each, Watch)] == [VIEW, None, ViewValue()]


async def test_viewers_move_with_their_job(hub: Hub, job: Job) -> None:
    other = Hub()
    moving, staying = hub.join("prv", PROGRAM, None), hub.join("ing", PROGRAM, None)
    hub.move("prv", other)
    await until(lambda: job.of(Unwatch), "no longer asked for here")
    assert (hub.viewers, other.viewers) == (1, 1)
    frame(other, 7, tap="prv/program/640:-1/20/8")
    assert (await anext(moving)).jpeg == b"7"
    moving.close()
    assert other.viewers == 0
    frame(hub, 8)
    assert (await anext(staying)).jpeg == b"8"


async def test_the_end_of_a_job_ends_its_streams_alone(hub: Hub) -> None:
    ended, other = hub.join("prv", PROGRAM, None), hub.join("ing", PROGRAM, None)
    hub.end("prv")
    assert [one async for one in ended] == []
    frame(hub, 1)
    assert (await anext(other)).jpeg == b"1"
    hub.end()
    assert [one async for one in other] == []


async def test_a_frame_that_nobody_asked_for_is_dropped(hub: Hub) -> None:
    frame(hub, 1, tap="old")
    assert hub.viewers == 0


def test_a_stream_needs_no_running_loop_to_be_made() -> None:
    assert isinstance(Hub().join("ing", PROGRAM, None), FrameStream)


async def test_an_overlay_is_asked_for_once_the_process_has_said_that_it_draws_one(
    hub: Hub, job: Job, link: Link
) -> None:
    viewers = [hub.join("ing", OVERLAY, None) for _ in range(3)]
    program = hub.join("ing", PROGRAM, None)
    await until(lambda: len(job.asked) == 1, "the program's tap")
    hub.draws(True)
    hub.draws(True)
    await until(lambda: len(job.asked) == 2, "the overlay's tap")
    assert [getattr(command, "of", None) for command in job.asked] == ["program", "overlay"]
    frame(hub, 1, "ing/overlay/640:-1/20/8")
    assert [(await anext(viewer)).jpeg for viewer in viewers] == [b"1"] * 3
    hub.connect(link)
    await until(lambda: len(job.asked) == 3, "the next process's first tap")
    hub.draws(True)
    await until(lambda: len(job.asked) == 4, "the next process's overlay")
    for viewer in (*viewers, program):
        await viewer.aclose()


async def test_a_process_that_draws_no_overlay_is_never_asked_and_its_viewers_are_not_kept_waiting(
    hub: Hub, job: Job
) -> None:
    overlay, program = hub.join("ing", OVERLAY, None), hub.join("ing", PROGRAM, None)
    hub.draws(False)
    with pytest.raises(StopAsyncIteration):
        await anext(overlay)
    frame(hub, 1)
    assert (await anext(program)).jpeg == b"1"
    await program.aclose()
    await until(lambda: job.of(Unwatch), "the end of the program's tap")
    assert [command.tap for command in job.of(Watch) if isinstance(command, Watch)] == [
        "ing/program/640:-1/20/8"
    ]
