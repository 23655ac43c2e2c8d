"""Runs the demonstration from beginning to end."""

import json
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from types import FrameType
from typing import Any

from virtualptz.errors import VirtualPtzError
from virtualptz.plugins import PluginHost

from .agent import Agent, running_agent
from .ingest import ingest_with_tour, ingest_with_tracking
from .options import DemoError, Options, parse
from .recording import follow

SOURCE_SECONDS = 15.0


def ffmpeg_serves() -> bool:
    """Whether the machine has all that the media backend asks of it."""
    return all(found.ok for name, found in PluginHost.load().findings() if name == "ffmpeg")


def draw_court(options: Options) -> str:
    """The clip of the drawn court, kept for the next time."""
    clip = options.folder / f"court-{options.seconds:g}s-{options.size}.mp4"
    if not clip.exists():
        say(f"Drawing {options.seconds:g} s of basketball as a fixed wide camera sees it ...")
        part = clip.with_name(f"part-{clip.name}")
        part.unlink(missing_ok=True)
        command = [sys.executable, "-m", "virtualptz", "court", "--seconds", f"{options.seconds:g}"]
        command += ["--size", options.size, "--output", str(part)]
        done = subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
        if done.returncode:
            raise DemoError("the court could not be drawn")
        part.replace(clip)
    return str(clip)


def show(options: Options, stop: threading.Event) -> None:
    """The whole demonstration."""
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.recording is not None:
        follow(options, options.recording, stop)
        return
    options.program.unlink(missing_ok=True)
    source = options.source or draw_court(options)
    with ExitStack() as stack:
        agent = stack.enter_context(running_agent(options))
        if options.source is None:
            job = ingest_with_tracking(agent, source, options.folder / "tracking.log")
        else:
            say("Nobody measures the play of this source here, so a scripted operator looks around in it.")
            job = ingest_with_tour(agent, source)
        job_id = stack.enter_context(job)
        hints(agent, job_id, source, options)
        status = watch(agent, job_id, options.seconds, stop)
    report(options, status)


def hints(agent: Agent, job_id: str, source: str, options: Options) -> None:
    def call(path: str, **body: object) -> str:
        words = [
            "curl",
            "-s",
            "-H",
            "Content-Type: application/json",
            "-d",
            json.dumps(body),
            agent.base + path,
        ]
        return shlex.join(words)

    say(f"""
On air. Watch the program in a browser:
  {agent.base}/runner/preview/stream/{job_id}

Try in another terminal:
  {call("/runner/ptz/update", job_id=job_id, center_x=0.3, zoom=2.5)}
  {call("/runner/job/status", job_id=job_id)}
  {call("/runner/tracking/status", job_id=job_id)}
  {call("/runner/preview/start", source_uri_ref=source)}

The agent's log is {options.folder / "agent.log"}. Ctrl-C stops everything.
""")


def watch(agent: Agent, job_id: str, seconds: float, stop: threading.Event) -> dict[str, Any]:
    """Show how the job does until it was on air that long, it ends, or somebody stops it; its last status."""
    asked = time.monotonic()
    on_air: float | None = None
    while True:
        status = agent.post("/runner/job/status", job_id=job_id)
        now = time.monotonic()
        if on_air is None and status.get("phase") == "streaming":
            on_air = now
        progress(0.0 if on_air is None else now - on_air, status)
        end = asked + SOURCE_SECONDS + seconds if on_air is None else on_air + seconds
        if status["state"] != "running" or now >= end or stop.wait(min(1.0, end - now)):
            say()
            return status


def progress(seconds: float, status: dict[str, Any]) -> None:
    line = progress_line(seconds, status)
    if sys.stdout.isatty():
        line = f"\r{line[: shutil.get_terminal_size().columns - 1]}\x1b[K"
    print(line, end="" if sys.stdout.isatty() else "\n", flush=True)


def progress_line(seconds: float, status: dict[str, Any]) -> str:
    words = [f"{seconds:4.0f} s", status.get("phase") or status["state"]]
    if status.get("fps_out"):
        words.append(f"{status['fps_out']:.0f} frames/s")
    if view := status.get("view"):
        words.append(f"camera at {view['center_x']:.2f}, {view['center_y']:.2f}, zoom {view['zoom']:.2f}")
        words.append(f"({status.get('holder') or 'none'})")
    words += [f"{status['restart_count']} restarts", status["last_error"] or ""]
    return "  ".join(words).rstrip()


def report(options: Options, status: dict[str, Any]) -> None:
    if status.get("state") == "failed":
        raise DemoError(f"the job failed: {status['last_error']}")
    if not options.program.exists():
        raise DemoError(f"nothing was written; see {options.folder / 'agent.log'}")
    info = PluginHost.load().media_backend("ffmpeg").probe(str(options.program), SOURCE_SECONDS)
    size = options.program.stat().st_size / 1e6
    say(
        f"Wrote {options.program}: {info.duration or 0:.1f} s, {info.video.width}x{info.video.height}, "
        f"{size:.1f} MB; restarts: {status.get('restart_count', 0)}."
    )


def say(text: str = "") -> None:
    print(text, flush=True)


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    if options.find_ffmpeg:
        return 0 if ffmpeg_serves() else 1
    stop = threading.Event()

    def asked(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, asked)
    try:
        show(options, stop)
    except (DemoError, VirtualPtzError) as error:
        print(f"scripts/demo: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
