"""How a stream treats its viewers: the newest frame, a sign of life, and no patience with the dead."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
from starlette.types import Message, Scope

from virtualptz.api.connection import abort, keep_transport
from virtualptz.api.mjpeg import MjpegResponse, part
from virtualptz.jobs.status import JpegFrame

SOON = 10.0


def frame(number: int) -> JpegFrame:
    return JpegFrame(float(number), 4, 2, b"jpeg-%d" % number)


class Viewer:
    """The other side of a response. `reads` cleared: it takes nothing any more."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.reads = asyncio.Event()
        self.reads.set()
        self.leaves = asyncio.Event()
        self.offered = asyncio.Event()
        self.got = asyncio.Condition()
        self.scope: Scope = {"type": "http"}
        self.transport = self
        self.room: int | None = None
        keep_transport(self.scope, self.send)

    def abort(self) -> None:
        self.leaves.set()

    def set_write_buffer_limits(self, high: int) -> None:
        self.room = high

    def get_extra_info(self, name: str) -> None:
        """It has no socket."""

    async def send(self, message: Message) -> None:
        if not self.reads.is_set():
            self.offered.set()
            await self.reads.wait()
        async with self.got:
            self.sent.append(message)
            self.got.notify_all()

    async def receive(self) -> Message:
        await self.leaves.wait()
        return {"type": "http.disconnect"}

    @property
    def bodies(self) -> list[bytes]:
        return [message["body"] for message in self.sent if message["type"] == "http.response.body"]

    async def has(self, body: bytes, times: int = 1) -> None:
        async with asyncio.timeout(SOON), self.got:
            await self.got.wait_for(lambda: self.bodies.count(body) >= times)


class Frames:
    """A camera: `newest` is what is seen now, and each is given once."""

    def __init__(self) -> None:
        self.newest: JpegFrame | None = None
        self.changed = asyncio.Event()
        self.ended = False
        self.closed = False
        self.fails = False

    def show(self, number: int) -> None:
        self.newest = frame(number)
        self.changed.set()

    def end(self, *, fails: bool = False) -> None:
        self.ended, self.fails = True, fails
        self.changed.set()

    async def frames(self) -> AsyncGenerator[JpegFrame, None]:
        try:
            while not self.ended:
                await self.changed.wait()
                self.changed.clear()
                if self.newest is not None:
                    shown, self.newest = self.newest, None
                    yield shown
            if self.fails:
                raise ValueError("lost")
        finally:
            self.closed = True


async def until_done(task: asyncio.Task[None]) -> None:
    async with asyncio.timeout(SOON):
        await task


def stream(viewer: Viewer, response: MjpegResponse) -> asyncio.Task[None]:
    return asyncio.create_task(response(viewer.scope, viewer.receive, viewer.send))


async def test_each_frame_is_sent_as_it_comes_and_the_end_is_told() -> None:
    viewer, camera = Viewer(), Frames()
    task = stream(viewer, MjpegResponse(camera.frames()))
    await viewer.has(b"--frame\r\n")
    for number in (1, 2):
        camera.show(number)
        await viewer.has(part(frame(number)))
    camera.end()
    await until_done(task)
    assert viewer.bodies == [b"--frame\r\n", part(frame(1)), part(frame(2)), b""]
    assert viewer.sent[-1]["more_body"] is False
    assert not viewer.leaves.is_set()
    assert camera.closed


async def test_the_last_frame_comes_again_while_nothing_new_does() -> None:
    viewer, camera = Viewer(), Frames()
    task = stream(viewer, MjpegResponse(camera.frames(), repeat_after=0.01))
    camera.show(1)
    await viewer.has(part(frame(1)), times=4)
    camera.show(2)
    await viewer.has(part(frame(2)), times=2)
    camera.end()
    await until_done(task)


async def test_a_detector_gets_no_frame_twice() -> None:
    viewer, camera = Viewer(), Frames()
    task = stream(viewer, MjpegResponse(camera.frames(), repeat_after=None))
    for number in (1, 2):
        camera.show(number)
        await viewer.has(part(frame(number)))
    camera.end()
    await until_done(task)
    assert len(viewer.bodies) == 4
    assert viewer.room == 0, "pictures would wait in a buffer"


async def test_a_slow_viewer_gets_the_newest() -> None:
    viewer, camera = Viewer(), Frames()
    task = stream(viewer, MjpegResponse(camera.frames()))
    camera.show(1)
    await viewer.has(part(frame(1)))
    viewer.reads.clear()
    camera.show(2)
    async with asyncio.timeout(SOON):
        await viewer.offered.wait()
    for number in (3, 4, 5):
        camera.show(number)
        await asyncio.sleep(0.01)
    viewer.reads.set()
    await viewer.has(part(frame(5)))
    camera.end()
    await until_done(task)
    assert viewer.bodies == [b"--frame\r\n", *(part(frame(number)) for number in (1, 2, 5)), b""]


async def test_a_viewer_who_takes_nothing_is_dropped() -> None:
    viewer, camera = Viewer(), Frames()
    task = stream(viewer, MjpegResponse(camera.frames(), send_timeout=0.05))
    await viewer.has(b"--frame\r\n")
    viewer.reads.clear()
    camera.show(1)
    await until_done(task)
    assert viewer.leaves.is_set()
    assert camera.closed


async def test_one_who_stops_reading_before_the_end_is_dropped_too() -> None:
    viewer, camera = Viewer(), Frames()
    task = stream(viewer, MjpegResponse(camera.frames(), send_timeout=0.05))
    await viewer.has(b"--frame\r\n")
    viewer.reads.clear()
    camera.end()
    await until_done(task)
    assert viewer.leaves.is_set()


async def test_a_viewer_who_leaves_frees_the_frames() -> None:
    for shown in (False, True):
        viewer, camera = Viewer(), Frames()
        task = stream(viewer, MjpegResponse(camera.frames()))
        if shown:
            camera.show(1)
            await viewer.has(part(frame(1)))
        else:
            await viewer.has(b"--frame\r\n")
        viewer.leaves.set()
        await until_done(task)
        assert camera.closed
        assert b"" not in viewer.bodies


async def test_frames_that_fail_cut_the_connection() -> None:
    viewer, camera = Viewer(), Frames()
    task = stream(viewer, MjpegResponse(camera.frames()))
    camera.show(1)
    await viewer.has(part(frame(1)))
    camera.end(fails=True)
    with pytest.raises(ValueError, match="lost"):
        await until_done(task)
    assert viewer.leaves.is_set()


async def test_a_cancelled_stream_leaves_nothing_open() -> None:
    viewer, camera = Viewer(), Frames()
    task = stream(viewer, MjpegResponse(camera.frames()))
    camera.show(1)
    await viewer.has(part(frame(1)))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await until_done(task)
    assert viewer.leaves.is_set()
    assert camera.closed
    assert [one.get_name() for one in asyncio.all_tasks() if one.get_name().startswith("viewer")] == []


async def test_a_server_without_a_transport_is_no_error() -> None:
    scope: Scope = {"type": "http"}

    async def send(message: Message) -> None: ...

    keep_transport(scope, send)
    abort(scope)
