"""A job process for the engine's tests: the real protocol, files and lock, but no media.

The last part of its source says how it behaves:

normal      streams until it is stopped
silent      connects, but never says anything
crash       dies two heartbeats after it was first connected to
hang        stops turning two heartbeats after it was first connected to
deaf        ignores Stop and SIGTERM
slow        takes two seconds to stop, as if it had a file to finish
fail, end   ends by itself as failed before it was on air, or as stopped
fall        ends by itself as failed two heartbeats after it was on air
tell        quotes its source, password and all, as its last error
late        takes two seconds to listen
child       has a publisher that outlives it, as if it had a file to finish
finish      the same, and ends by itself
file        a source with an end, which streams from `start_seconds` on and is read far ahead of that
mute        streams, but answers nothing
tardy       moves its camera at once, says so a second later, and then looks elsewhere
stubborn    keeps to its camera's rules
greedy      takes 100 MB

`once-X` behaves as X the first time, and then as normal. All that happens is written to `journal`.
"""

import asyncio
import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from virtualptz.camera.choice import policy_for
from virtualptz.jobs import wire
from virtualptz.jobs.messages import (
    COMMANDS,
    JOB_ENVIRON,
    Aim,
    Ended,
    FrameHeader,
    Heartbeat,
    Ptz,
    PtzReply,
    Recall,
    Recalled,
    Report,
    Rule,
    Ruled,
    Stop,
    Tracking,
    Unwatch,
    Watch,
)
from virtualptz.jobs.paths import JobPaths, listen_at
from virtualptz.jobs.rules import CameraRules, RuleChange
from virtualptz.model import CameraReport, JobSpec, View
from virtualptz.wire.job import MediaSummary
from virtualptz.wire.view import ViewValue

BEAT = 0.1
READ_AHEAD = 1000.0
FRAME = 0.03
ELSEWHERE = ViewValue(center_x=0.75, center_y=0.5, zoom=1.5)
PUBLISHER = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"


class StandIn:
    def __init__(self, paths: JobPaths, spec: JobSpec) -> None:
        self.paths = paths
        self.spec = spec
        self.behaviour = self._behaviour()
        self.view = ViewValue(**dict(zip(("center_x", "center_y", "zoom"), spec.initial_view, strict=True)))
        self.rules = CameraRules.of(spec)
        self.taps: dict[str, Watch] = {}
        self.agent: asyncio.StreamWriter | None = None
        self.done: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()
        self.began = time.monotonic()
        self.beats = 0
        self.error: str | None = None

    def _behaviour(self) -> str:
        behaviour = self.spec.source.rpartition("/")[2]
        if not behaviour.startswith("once-"):
            return behaviour
        mark = self.paths.folder / "once"
        if mark.exists():
            return "normal"
        mark.touch()
        return behaviour.removeprefix("once-")

    def note(self, text: str) -> None:
        with (self.paths.folder / "journal").open("a") as journal:
            journal.write(f"{os.getpid()} {text}\n")

    @property
    def pts(self) -> float:
        return time.monotonic() - self.began

    async def run(self) -> Ended:
        takings = b"x" * (100_000_000 if self.behaviour == "greedy" else 0)
        if self.behaviour == "late":
            await asyncio.sleep(2)
        if self.behaviour in ("child", "finish"):
            subprocess.Popen([sys.executable, "-c", PUBLISHER])  # noqa: ASYNC220
        loop = asyncio.get_running_loop()
        if self.behaviour == "deaf":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        else:
            loop.add_signal_handler(signal.SIGTERM, self.end, "stopped", "SIGTERM")
        self.paths.socket.unlink(missing_ok=True)
        server = await listen_at(self.paths.socket, self.serve)
        work = [asyncio.create_task(self.beat()), asyncio.create_task(self.shoot())]
        ended = await self.done
        del takings
        for task in work:
            task.cancel()
        self.paths.outcome.write_text(ended.model_dump_json())
        self.send(self.heartbeat().model_copy(update={"phase": "ended"}))
        self.send(ended)
        server.close()
        if self.agent is not None:
            self.agent.close()
            await self.agent.wait_closed()
        return ended

    def end(self, state: str, error: str | None = None) -> None:
        if not self.done.done():
            self.done.set_result(Ended(state="failed" if state == "failed" else "stopped", error=error))

    def send(self, message: Report, payload: bytes = b"") -> None:
        mute = self.behaviour == "mute" and isinstance(message, PtzReply | Recalled | Ruled)
        if not mute and self.agent is not None and not self.agent.is_closing():
            self.agent.write(wire.pack(message, payload))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        old, self.agent = self.agent, writer
        self.taps.clear()
        if old is not None:
            old.close()
        self.note("connected")
        if self.behaviour != "silent":
            self.send(self.heartbeat())
        try:
            while (message := await wire.read(reader)) is not None:
                self.obey(message[0])
        except ConnectionError as error:
            self.note(f"connection: {error!r}")
        if self.agent is writer:
            self.agent = None
        writer.close()

    def obey(self, message: bytes) -> None:
        command = COMMANDS.validate_json(message)
        self.note(message.decode())
        match command:
            case Ptz():
                self.move(command)
            case Recall():
                self.view = command.view
                self.send(Recalled(id=command.id, glide_seconds=command.glide_seconds + 0.25))
            case Rule():
                self.send(self.rule(command))
            case Watch():
                self.taps[command.tap] = command
            case Unwatch():
                self.taps.pop(command.tap, None)
            case Stop() if self.behaviour == "slow":
                asyncio.get_running_loop().call_later(2, self.end, "stopped")
            case Stop() if self.behaviour != "deaf":
                self.end("stopped")
            case Stop() | Tracking() | Aim():
                pass

    def move(self, command: Ptz) -> None:
        self.view = command.view
        reply = PtzReply(id=command.id, applied=True, queued=False, reason="applied")
        if self.behaviour == "tardy":
            asyncio.get_running_loop().call_later(1, self.answer_late, reply)
        else:
            self.send(reply)

    def answer_late(self, reply: PtzReply) -> None:
        self.send(reply)
        self.view = ELSEWHERE

    def rule(self, rule: Rule) -> Ruled:
        if self.behaviour == "stubborn":
            return Ruled(id=rule.id, camera=self.camera, error="it has its own mind")
        change = RuleChange(rule.mode, rule.policy, rule.lookahead_seconds, rule.limits)
        self.rules = self.rules.after(change)
        return Ruled(id=rule.id, camera=self.camera)

    @property
    def camera(self) -> CameraReport:
        rules, view = self.rules, self.view
        return CameraReport(
            view=View(view.center_x, view.center_y, view.zoom),
            mode=rules.mode,
            policy=policy_for(rules.policy, rules.lookahead_seconds),
            lookahead_seconds=rules.lookahead_seconds,
            limits=rules.limits,
        )

    async def beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT)
            if self.agent is None or self.behaviour == "silent":
                continue
            self.beats += 1
            self.send(self.heartbeat())
            if self.beats == 2:
                self.misbehave()

    def misbehave(self) -> None:
        match self.behaviour:
            case "crash":
                os.kill(os.getpid(), signal.SIGKILL)
            case "hang":
                time.sleep(120)
            case "fail" | "fall":
                self.end("failed", "not media")
            case "tell":
                self.error = f"cannot read {self.spec.source}"
            case "end" | "finish":
                self.end("stopped")

    async def shoot(self) -> None:
        while True:
            await asyncio.sleep(FRAME)
            for tap in self.taps.values():
                header = FrameHeader(tap=tap.tap, pts=self.pts, width=4, height=2)
                self.send(header, f"{os.getpid()} {tap.view}".encode())

    def heartbeat(self) -> Heartbeat:
        return Heartbeat(
            job_id=self.spec.job_id,
            pid=os.getpid(),
            phase="streaming",
            media=MediaSummary(
                codec="h264", width=64, height=36, frame_rate="30000/1001", live=self.behaviour != "file"
            ),
            pts_in=self.pts + (READ_AHEAD if self.behaviour == "file" else 0.0),
            pts_out=None if self.behaviour == "fail" else self.pts,
            frames_in=self.beats,
            view=self.view,
            last_error=self.error,
            camera=self.camera if self.spec.kind == "ingest" else None,
            overlay=self.spec.kind == "ingest" and self.behaviour != "old",
        )


def hold(path: Path) -> int | None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return None
    return descriptor


async def live(paths: JobPaths) -> None:
    spec = JobSpec.model_validate_json(paths.spec.read_bytes())
    job = StandIn(paths, spec)
    job.note(f"started {spec.initial_view} {spec.start_seconds:.2f}")
    rules = job.rules
    job.note(f"rules {rules.mode} {rules.policy} {rules.lookahead_seconds:g} {rules.limits.left:g}")
    ended = await job.run()
    job.note(f"ended {ended.state}")


def main() -> int:
    folder = sys.stdin.readline().strip() if sys.argv[1] == "--spare" else sys.argv[1]
    if not folder:
        return 0
    os.environ[JOB_ENVIRON] = Path(folder).name
    paths = JobPaths(Path(folder))
    if hold(paths.lock) is None:
        return 75
    stat = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    paths.outcome.unlink(missing_ok=True)
    written = paths.pid.with_suffix(".new")
    written.write_text(f"{os.getpid()} {stat[19]}")
    written.replace(paths.pid)
    asyncio.run(live(paths))
    return 0


if __name__ == "__main__":
    sys.exit(main())
