"""The job's side of its socket: commands in, heartbeats and frames out. Runs in the job's main thread."""

import asyncio
import contextlib
import logging
import os
import time

from ...camera.gate import Decision
from ...model import View
from ...wire.view import ViewValue
from .. import wire
from ..messages import (
    COMMANDS,
    Aim,
    Command,
    Ended,
    FrameHeader,
    Ptz,
    PtzReply,
    Recall,
    Recalled,
    Rule,
    Stop,
    Tracking,
    Unwatch,
    Watch,
)
from ..paths import JobPaths, listen_at
from .pipeline import Pipeline
from .spare_memory import SpareMemory

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 0.5
BACKLOG_BYTES = 1 << 20
"""With this much unsent, new frames are left out: the agent is slow, and wants the newest anyway."""


class Server:
    """One agent at a time; a new connection replaces the old one (an agent that was killed leaves none)."""

    def __init__(self, pipeline: Pipeline, orphan_seconds: float) -> None:
        self._pipeline = pipeline
        self._orphan_seconds = orphan_seconds
        self._agent: asyncio.StreamWriter | None = None
        self._agent_left = time.monotonic()
        self._server: asyncio.Server | None = None
        self._news = asyncio.Event()

    async def listen(self, paths: JobPaths) -> None:
        loop = asyncio.get_running_loop()

        def tell() -> None:
            loop.call_soon_threadsafe(self._news.set)

        self._pipeline.progress.on_news = tell
        paths.socket.unlink(missing_ok=True)
        self._server = await listen_at(paths.socket, self._serve)

    async def beat(self) -> None:
        """Heartbeats until cancelled, and at once where there is news; ends the job where no agent has been
        there for too long."""
        spare = SpareMemory()
        while True:
            if self._agent is not None and self._pipeline.alive:
                self._agent.write(wire.pack(self._pipeline.heartbeat(os.getpid())))
            elif self._agent is None and time.monotonic() - self._agent_left > self._orphan_seconds:
                self._pipeline.stop(f"no agent for {self._orphan_seconds:.0f} s")
            spare.give_back()
            await self._pause()

    async def _pause(self) -> None:
        self._news.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), HEARTBEAT_SECONDS)

    def send_frame(self, header: FrameHeader, jpeg: bytes) -> None:
        """On the loop's thread."""
        agent = self._agent
        if agent is not None and agent.transport.get_write_buffer_size() < BACKLOG_BYTES:
            agent.write(wire.pack(header, jpeg))

    async def close(self, last_word: Ended) -> None:
        agent, self._agent = self._agent, None
        if self._server is not None:
            self._server.close()
        if agent is not None:
            agent.write(wire.pack(self._pipeline.heartbeat(os.getpid())))
            agent.write(wire.pack(last_word))
            await _close(agent)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        old, self._agent = self._agent, writer
        if old is not None:
            log.info("another agent took over")
            self._pipeline.taps.clear()
            old.close()
        writer.write(wire.pack(self._pipeline.heartbeat(os.getpid())))
        try:
            while (message := await wire.read(reader)) is not None:
                self._obey(COMMANDS.validate_json(message[0]), writer)
        except (ConnectionError, ValueError) as error:
            log.warning("agent's connection: %s", error)
        finally:
            if self._agent is writer:
                self._agent, self._agent_left = None, time.monotonic()
                self._pipeline.taps.clear()
            writer.close()

    def _obey(self, command: Command, writer: asyncio.StreamWriter) -> None:
        pipeline = self._pipeline
        match command:
            case Ptz():
                decision = pipeline.operator.steer(_view(command.view))
                writer.write(wire.pack(_reply(command.id, decision)))
            case Recall():
                seconds = pipeline.operator.recall(_view(command.view), command.glide_seconds, command.name)
                writer.write(wire.pack(Recalled(id=command.id, glide_seconds=seconds)))
            case Rule():
                writer.write(wire.pack(pipeline.rule(command)))
            case Tracking():
                pipeline.track(command.update)
            case Watch():
                pipeline.taps.watch(command)
            case Aim():
                pipeline.taps.aim(command.tap, command.view)
            case Unwatch():
                pipeline.taps.unwatch(command.tap)
            case Stop():
                pipeline.stop()


def _view(value: ViewValue) -> View:
    return View(value.center_x, value.center_y, value.zoom)


def _reply(number: int, decision: Decision) -> PtzReply:
    return PtzReply(id=number, applied=decision.applied, queued=decision.queued, reason=decision.reason)


async def _close(writer: asyncio.StreamWriter) -> None:
    """What was written must arrive, unless the agent does not read."""
    writer.close()
    try:
        await asyncio.wait_for(writer.wait_closed(), timeout=1.0)
    except (TimeoutError, ConnectionError) as error:
        log.warning("the agent did not take the last word: %r", error)
