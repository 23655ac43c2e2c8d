"""What the engine makes events of."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.core.jobs.harness import VIEW, ingest, new_engine, settings_for, source
from virtualptz.errors import LimitError, StoreError, UnknownJobError
from virtualptz.jobs.engine import JobEngine
from virtualptz.jobs.rules import RuleChange
from virtualptz.jobs.status import FrameStreamRequest
from virtualptz.jobs.supervision.events import EventStream, Wanted
from virtualptz.model import TrackingUpdate
from virtualptz.plugins import PluginStatus

DEADLINE = 30.0
Seen = list[tuple[str, dict[str, Any]]]


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[JobEngine]:
    engine = new_engine(settings_for(tmp_path, max_viewers=3))
    await engine.start()
    yield engine
    await engine.close()


async def until(stream: EventStream, kind: str, **wanted: object) -> Seen:
    """All events up to the first of this type that says so."""
    seen: Seen = []
    async with asyncio.timeout(DEADLINE):
        async for told in stream:
            data = json.loads(told.data)
            seen.append((told.type, data))
            if told.type == kind and all(data[name] == value for name, value in wanted.items()):
                return seen
    raise AssertionError(f"it ended; so far: {seen}")


async def test_a_job_from_its_start_to_its_end(engine: JobEngine) -> None:
    stream = engine.events.open(Wanted(frozenset({"job"})))
    job_id = await ingest(engine, "stream")
    seen = await until(stream, "job", phase="streaming")
    assert {data["job_id"] for _, data in seen} == {job_id}
    assert (seen[0][1]["phase"], seen[0][1]["state"], seen[0][1]["kind"]) == (
        "connecting",
        "running",
        "ingest",
    )
    await engine.stop(job_id)
    seen += await until(stream, "job", state="stopped")
    assert seen[-1][1]["phase"] == "ended"
    told = [{name: value for name, value in data.items() if name != "at"} for _, data in seen]
    assert [one for one, two in pairwise(told) if one == two] == [], "none tells nothing new"


async def test_a_process_that_dies_is_told_of(engine: JobEngine) -> None:
    stream = engine.events.open(Wanted(frozenset({"job"})))
    await ingest(engine, "once-crash")
    seen = await until(stream, "job", phase="streaming", restart_count=1)
    lost = [data for _, data in seen if data["restart_count"] == 1]
    assert lost[0]["phase"] == "reconnecting"
    assert lost[0]["last_error"]


async def test_tracking_and_camera_are_told_where_their_state_changes(engine: JobEngine) -> None:
    job_id = await ingest(engine, "stream")
    jobs = engine.events.open(Wanted(frozenset({"job"})), "of another agent")
    await until(jobs, "job", phase="streaming")
    stream = engine.events.open(Wanted(frozenset({"tracking", "camera"}), job_id))
    update = TrackingUpdate(tracking_confidence=0.9, tracking_state="stable", source="test")
    for confidence in (0.9, 0.8, 0.7):
        await engine.update_tracking(job_id, replace_confidence(update, confidence))
    await engine.update_tracking(job_id, update.model_copy(update={"tracking_state": "lost"}))
    seen = await until(stream, "tracking", tracking_state="lost")
    told = [data for kind, data in seen if kind == "tracking"]
    assert [(data["tracking_state"], data["tracking_confidence"]) for data in told] == [
        ("stable", 0.9),
        ("lost", 0.9),
    ]
    await engine.cameras.rule(job_id, RuleChange(mode="manual"))
    await until(stream, "camera", mode="manual")
    await engine.ptz(job_id, VIEW)


def replace_confidence(update: TrackingUpdate, confidence: float) -> TrackingUpdate:
    return update.model_copy(update={"tracking_confidence": confidence})


async def test_the_next_agent_tells_how_all_is(tmp_path: Path) -> None:
    first = new_engine(settings_for(tmp_path, keep_jobs_on_shutdown=True))
    await first.start()
    stream = first.events.open(Wanted())
    ended, running = await ingest(first, "stream"), await ingest(first, "stream")
    await first.stop(ended)
    await until(stream, "job", job_id=ended, state="stopped")
    async with asyncio.timeout(DEADLINE):
        last_id = (await anext(stream)).id if stream.newest == "" else stream.newest
    await first.close()
    async with asyncio.timeout(DEADLINE):
        assert [told async for told in stream] == []
    second = new_engine(settings_for(tmp_path))
    await second.start()
    try:
        back = second.events.open(Wanted(frozenset({"job"})), last_id)
        seen = await until(back, "job", job_id=running, phase="streaming")
        assert [kind for kind, _ in seen[:3]] == ["gap", "job", "job"]
        assert {data["job_id"]: data["state"] for _, data in seen[1:3]} == {
            ended: "stopped",
            running: "running",
        }
    finally:
        await second.close()


async def test_a_start_that_comes_to_nothing_is_no_event(engine: JobEngine, tmp_path: Path) -> None:
    stream = engine.events.open(Wanted(frozenset({"job"})))
    host = await ingest(engine, "stream")
    await until(stream, "job", phase="streaming")
    other = sqlite3.connect(tmp_path / "jobs.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError):
        await engine.start_preview(source=source("stream"), fps=10, scale="64:-1", q=8)
    other.execute("ROLLBACK")
    other.close()
    guest = await engine.start_preview(source=source("stream"), fps=10, scale="64:-1", q=8)
    seen = await until(stream, "job", job_id=guest.job_id, phase="streaming")
    assert {data["job_id"] for _, data in seen} <= {host, guest.job_id}
    assert seen[-1][1]["publish_state"] is None, "what its host publishes is the host's"


async def test_readers_are_viewers(engine: JobEngine) -> None:
    job_id = await ingest(engine, "stream")
    readers = [engine.events.open(Wanted()) for _ in range(2)]
    engine.frames(job_id, FrameStreamRequest("source"))
    with pytest.raises(LimitError, match="RUNNER_MAX_VIEWERS"):
        engine.events.open(Wanted())
    with pytest.raises(LimitError, match="RUNNER_MAX_VIEWERS"):
        engine.frames(job_id, FrameStreamRequest("source"))
    readers[0].close()
    engine.events.open(Wanted()).close()
    with pytest.raises(UnknownJobError):
        engine.events.open(Wanted(job_id="nobody"))


async def test_plugins_that_change(engine: JobEngine) -> None:
    stream = engine.events.open(Wanted(frozenset({"plugin"})))
    good, bad = PluginStatus("good", "loaded"), PluginStatus("bad", "failed", reason="ImportError: x")
    engine.events.look_at_plugins([good, bad])
    engine.events.look_at_plugins([good, bad])
    engine.events.look_at_plugins([good, replace(bad, state="loaded", reason=None)])
    engine.events.look_at_plugins([replace(good, version="2"), PluginStatus("new", "disabled")])
    seen = await until(stream, "plugin", state="removed")
    told = [(data["name"], data["state"], data["version"]) for _, data in seen]
    assert told == [
        ("bad", "loaded", ""),
        ("good", "loaded", "2"),
        ("new", "disabled", ""),
        ("bad", "removed", ""),
    ]
