"""The job's process as the agent sees it: a real process, its socket, its files, its end."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from tests.core.camera.replay.logs import build as build_policy
from tests.core.distributions import Site
from virtualptz.camera.replay.log import read_log
from virtualptz.camera.replay.run import replay
from virtualptz.camera.replay.spec import ReplaySpec
from virtualptz.jobs import wire
from virtualptz.jobs.messages import (
    Command,
    Ended,
    FrameHeader,
    Heartbeat,
    Ptz,
    PtzReply,
    Report,
    Stop,
    Tracking,
    Watch,
    read_report,
)
from virtualptz.jobs.paths import JobPaths, short_path
from virtualptz.model import JobSpec, OutputSpec, TrackingUpdate, View
from virtualptz.wire.view import ViewValue

SCRIPTED = """
    from dataclasses import replace

    from virtualptz import hookimpl
    from virtualptz.errors import MediaError
    from virtualptz.model import Extension, NoOptions
    from virtualptz.testing.media import MEDIA, ScriptedBackend, pictures

    FILE = replace(MEDIA, live=False)


    class Backend(ScriptedBackend):
        def open_source(self, source, options):
            if source == "missing":
                raise MediaError("no such file", retryable=False)
            script = pictures(0, 10 if source == "short" else 30 * 600)
            return ScriptedBackend(script, info=FILE).open_source(source, options)


    @hookimpl
    def vptz_media_backends():
        return [Extension("scripted", NoOptions, lambda options: Backend())]
"""

Reports = AsyncIterator[tuple[Report, bytes]]


class Job:
    """A job's folder, and the process that runs it."""

    def __init__(self, folder: Path, site: Path) -> None:
        self.paths = JobPaths(folder)
        self.environ = {**os.environ, "PYTHONPATH": str(site)}
        self.process: subprocess.Popen[bytes] | None = None

    def write_spec(self, source: str, **fields: object) -> None:
        spec = JobSpec.model_validate(
            {
                "job_id": "ing_1",
                "kind": "ingest",
                "source": source,
                "output": OutputSpec(width=64, height=36),
                "media_backend": "scripted",
                **fields,
            }
        )
        self.paths.spec.write_text(spec.model_dump_json())

    def spawn(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "virtualptz.jobs.process", *(arguments or [str(self.paths.folder)])],
            env=self.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    def start(self, source: str = "long", **fields: object) -> None:
        self.write_spec(source, **fields)
        self.process = self.spawn()

    def finish(self) -> tuple[int, str]:
        assert self.process is not None
        _, errors = self.process.communicate(timeout=30)
        return self.process.returncode, errors.decode()

    @property
    def outcome(self) -> object:
        return json.loads(self.paths.outcome.read_text())


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Job]:
    site, folder = tmp_path / "site", tmp_path / "job"
    site.mkdir()
    folder.mkdir()
    Site(site).install("scripted", SCRIPTED)
    it = Job(folder, site)
    yield it
    if it.process is not None:
        it.process.kill()
        it.process.communicate()


class Agent:
    """One connection to a job."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def connect(cls, paths: JobPaths) -> "Agent":
        deadline = time.monotonic() + 30
        while True:
            try:
                with short_path(paths.socket) as address:
                    return cls(*await asyncio.open_unix_connection(address))
            except OSError:
                assert time.monotonic() < deadline, "no socket in 30 s"
                await asyncio.sleep(0.02)

    def send(self, command: Command) -> None:
        self.writer.write(wire.pack(command))

    async def until(self, wanted: Callable[[Report], bool]) -> tuple[Report, bytes]:
        async with asyncio.timeout(30):
            while (message := await wire.read(self.reader)) is not None:
                report = read_report(message[0])
                if wanted(report):
                    return report, message[1]
        raise AssertionError("the job hung up")

    async def close(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()


def streaming(report: Report) -> bool:
    return isinstance(report, Heartbeat) and report.phase == "streaming" and report.frames_out > 0


async def test_it_beats_obeys_and_ends_with_its_last_word(job: Job) -> None:
    job.start()
    agent = await Agent.connect(job.paths)
    beat, _ = await agent.until(lambda report: True)
    assert isinstance(beat, Heartbeat)
    assert job.process is not None
    assert beat.pid == job.process.pid == int(job.paths.pid.read_text().split()[0])
    await agent.until(streaming)
    agent.send(Ptz(id=3, view=ViewValue(center_x=0.3, zoom=2)))
    reply, _ = await agent.until(lambda report: isinstance(report, PtzReply))
    assert reply == PtzReply(id=3, applied=True, queued=False, reason="applied")
    await agent.until(lambda report: isinstance(report, Heartbeat) and report.view.zoom > 1.5)
    agent.send(Stop())
    last, _ = await agent.until(lambda report: isinstance(report, Ended))
    assert last == Ended(state="stopped")
    await agent.close()
    assert job.finish()[0] == 0
    assert job.outcome == {"type": "ended", "state": "stopped", "error": None}
    assert not job.paths.socket.exists()


async def test_frames_come_for_a_watch_and_stop_with_the_connection(job: Job) -> None:
    job.start()
    first = await Agent.connect(job.paths)
    first.send(Watch(tap="t", of="program", scale="32:-1", fps=30))
    header, jpeg = await first.until(lambda report: isinstance(report, FrameHeader))
    assert isinstance(header, FrameHeader)
    assert (header.tap, header.width, header.height) == ("t", 32, 18)
    assert jpeg.startswith(b"jpeg 32x18 q8")
    second = await Agent.connect(job.paths)
    seen: list[type[Report]] = []

    def third_beat(report: Report) -> bool:
        seen.append(type(report))
        return seen.count(Heartbeat) == 3

    await second.until(third_beat)
    assert set(seen) == {Heartbeat}, "the old agent's taps were left running"
    await first.close()
    await second.close()


async def test_a_file_ends_by_itself_with_nobody_listening(job: Job) -> None:
    job.start("short")
    assert job.finish()[0] == 0
    assert job.outcome == {"type": "ended", "state": "stopped", "error": None}


async def test_what_cannot_work_is_failed_not_crashed(job: Job) -> None:
    job.start("missing")
    assert job.finish()[0] == 0
    assert job.outcome == {"type": "ended", "state": "failed", "error": "no such file"}


async def test_an_unknown_backend_fails_and_names_those_there_are(job: Job) -> None:
    job.start(media_backend="nothing")
    assert job.finish()[0] == 0
    outcome = job.outcome
    assert isinstance(outcome, dict)
    assert outcome["state"] == "failed"
    assert "scripted" in outcome["error"]


async def test_sigterm_is_a_clean_stop(job: Job) -> None:
    job.start()
    agent = await Agent.connect(job.paths)
    await agent.until(streaming)
    assert job.process is not None
    job.process.send_signal(signal.SIGTERM)
    await agent.until(lambda report: isinstance(report, Ended))
    await agent.close()
    assert job.finish()[0] == 0


async def test_a_second_process_of_the_same_job_gives_up_and_harms_nothing(job: Job) -> None:
    job.start()
    agent = await Agent.connect(job.paths)
    second = job.spawn()
    second.communicate(timeout=30)
    assert second.returncode == 75
    await agent.until(streaming)
    await agent.close()


async def test_an_orphan_ends_itself(job: Job) -> None:
    job.start(orphan_seconds=0.2)
    assert job.finish()[0] == 0
    assert job.outcome == {"type": "ended", "state": "stopped", "error": "no agent for 0 s"}


async def test_a_spare_runs_the_folder_that_it_is_given(job: Job) -> None:
    job.write_spec("short")
    job.process = job.spawn("--spare")
    _, errors = job.process.communicate(f"{job.paths.folder}\n".encode(), timeout=30)
    assert job.process.returncode == 0, errors.decode()
    assert job.outcome == {"type": "ended", "state": "stopped", "error": None}


async def test_a_spare_that_is_not_needed_leaves(job: Job) -> None:
    job.process = job.spawn("--spare")
    job.process.communicate(b"", timeout=30)
    assert job.process.returncode == 0


async def test_what_the_camera_decided_can_be_played_again(job: Job) -> None:
    job.start(
        smoothing_policy="spring",
        plugin_options={"spring": {"frequency": "3"}},
        lookahead_seconds=0.2,
        decision_log=True,
        target="rtmp://u:secret@host/live",
    )
    agent = await Agent.connect(job.paths)
    await agent.until(streaming)
    agent.send(Tracking(update=TrackingUpdate(tracking_confidence=0.9, target_x=0.7, target_zoom=2)))
    await agent.until(lambda report: isinstance(report, Heartbeat) and report.view.center_x > 0.55)
    agent.send(Ptz(id=1, view=ViewValue(center_x=0.3, zoom=2)))
    await agent.until(lambda report: isinstance(report, Heartbeat) and report.view.center_x < 0.45)
    agent.send(Stop())
    await agent.until(lambda report: isinstance(report, Ended))
    await agent.close()
    assert job.finish()[0] == 0
    text = job.paths.decisions.read_text()
    assert "secret" not in text
    log = read_log(job.paths.decisions)
    assert (log.skipped, log.dropped, log.update_count) == (0, 0, 1)
    assert log.start is not None
    assert log.start.policy_options == {"spring": {"frequency": "3"}}
    logged = [(view.at, view.view) for view in log.sections[0].views]
    again = replay(log, ReplaySpec(fps=None), log.start, build_policy).path.pictures
    assert len(again) > 30
    assert [(each.at, _rounded(each.view)) for each in again] == logged
    assert {"auto", "manual"} <= {each.holder for each in again}


def _rounded(view: View) -> View:
    return View(round(view.center_x, 9), round(view.center_y, 9), round(view.zoom, 9))


async def test_a_job_writes_nothing_down_unless_it_is_asked_to(job: Job) -> None:
    job.start("short")
    assert job.finish()[0] == 0
    assert not job.paths.decisions.exists()


async def test_a_deep_state_folder_has_a_socket_too(tmp_path: Path, job: Job) -> None:
    deep = tmp_path.joinpath(*["a-rather-long-folder-name"] * 6)
    deep.mkdir(parents=True)
    job.paths = JobPaths(deep)
    job.start()
    agent = await Agent.connect(job.paths)
    await agent.until(streaming)
    await agent.close()
