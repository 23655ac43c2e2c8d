"""Frames and previews, from a process's taps to the viewers."""

import os
import signal

import pytest

from virtualptz.errors import ConfigError, JobNotRunningError
from virtualptz.jobs.status import FrameStreamRequest
from virtualptz.wire.view import ViewValue

from ..conftest import Agents
from ..harness import ingest, live, preview, until, until_live

OVERLAY = FrameStreamRequest("overlay", fps=20, scale="640:-1", quality=8)


async def test_viewers_of_one_kind_share_one_tap(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine)
    streams = [engine.frames(job_id) for _ in range(10)]
    for stream in streams:
        frame = await anext(stream)
        assert (frame.width, frame.height) == (4, 2)
    folder = agents.folder(job_id)
    assert len(folder.noted('{"type":"watch"')) == 1
    for stream in streams:
        await stream.aclose()
    await until(lambda: len(folder.noted('{"type":"unwatch"')) == 1, "nothing is encoded any more")


async def test_a_stream_goes_on_over_a_restart_and_ends_with_its_job(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine)
    stream = engine.frames(job_id, FrameStreamRequest("source", fps=10, scale="320:-1", quality=4))
    first = int((await anext(stream)).jpeg.split()[0])
    os.kill(first, signal.SIGKILL)
    async for frame in stream:
        if int(frame.jpeg.split()[0]) != first:
            break
    await engine.stop(job_id)
    assert [frame async for frame in stream] == []


async def test_an_agent_that_is_to_end_ends_its_streams_and_those_to_come(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine)
    stream = engine.frames(job_id)
    await anext(stream)
    engine.ask_close()
    assert [frame async for frame in stream] == []
    assert [frame async for frame in engine.frames(job_id)] == []


async def test_a_preview_shows_its_view_and_can_be_aimed(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await preview(engine)
    stream = engine.frames(job_id)
    assert b"center_x=0.25" in (await anext(stream)).jpeg
    assert await engine.aim_preview(job_id, ViewValue(center_x=0.5)) == "subpixel_crop"
    folder = agents.folder(job_id)
    await until(lambda: folder.noted('{"type":"aim"'), "the process is told")
    os.kill(folder.starts[0], signal.SIGKILL)
    async for frame in stream:
        if frame.jpeg.split()[0] != str(folder.starts[0]).encode():
            assert b"center_x=0.5" in frame.jpeg
            break
    whole = engine.frames(job_id, FrameStreamRequest("source", 5, "64:-1", 8))
    assert b"None" in (await anext(whole)).jpeg


async def test_a_preview_of_a_running_ingest_needs_no_decode_of_its_own(agents: Agents) -> None:
    engine = await agents.start()
    host = await ingest(engine)
    await until_live(engine, host)
    job_id = await preview(engine)
    stream = engine.frames(job_id)
    pid = int((await anext(stream)).jpeg.split()[0])
    assert pid == agents.folder(host).starts[0]
    assert agents.folder(job_id).starts == []
    assert engine.counts() == (1, 1)
    assert engine.status(job_id).phase == "streaming"
    await until(agents.folder(job_id).paths.spec.exists, "its spec is on disk")
    await engine.stop(host)
    async for frame in stream:
        if int(frame.jpeg.split()[0]) != pid:
            break
    assert engine.status(job_id).state == "running"
    assert len(agents.folder(job_id).starts) == 1
    await engine.stop(job_id)
    assert [frame async for frame in stream] == []


async def test_stopping_a_guest_leaves_its_host_alone(agents: Agents) -> None:
    engine = await agents.start()
    host = await ingest(engine)
    await until_live(engine, host)
    job_id = await preview(engine)
    stream = engine.frames(job_id)
    await anext(stream)
    await engine.stop(job_id)
    assert [frame async for frame in stream] == []
    assert engine.status(job_id).state == "stopped"
    assert live(engine, host)


async def test_a_preview_moves_in_with_an_ingest_that_starts_later(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await preview(engine)
    stream = engine.frames(job_id)
    own = int((await anext(stream)).jpeg.split()[0])
    host = await ingest(engine)
    async for frame in stream:
        if int(frame.jpeg.split()[0]) != own:
            break
    assert int(frame.jpeg.split()[0]) == agents.folder(host).starts[0]
    await until(lambda: agents.folder(job_id).living == [], "its own process is gone")
    status = engine.status(job_id)
    assert (status.state, status.restart_count, status.phase) == ("running", 0, "streaming")
    await engine.stop(host)
    async for frame in stream:
        if int(frame.jpeg.split()[0]) in agents.folder(job_id).starts[1:]:
            break
    assert engine.status(job_id).state == "running"


async def test_all_who_watch_an_overlay_of_one_size_share_one_tap(agents: Agents) -> None:
    engine = await agents.start()
    job_id = await ingest(engine)
    streams = [engine.frames(job_id, OVERLAY) for _ in range(4)]
    frames = [await anext(stream) for stream in streams]
    assert len({frame.jpeg for frame in frames}) == 1
    [asked] = agents.folder(job_id).noted('{"type":"watch"')
    assert '"of":"overlay"' in asked
    for stream in streams:
        await stream.aclose()


async def test_there_is_no_overlay_of_a_preview_nor_of_a_process_that_an_older_version_started(
    agents: Agents,
) -> None:
    engine = await agents.start()
    old = await ingest(engine, "old")
    await until_live(engine, old)
    with pytest.raises(JobNotRunningError, match="older version"):
        engine.frames(old, OVERLAY)
    shown = await preview(engine)
    with pytest.raises(ConfigError, match="the job_id of an ingest"):
        engine.frames(shown, OVERLAY)
    assert (await anext(engine.frames(old))).jpeg
