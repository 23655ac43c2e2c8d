"""A job's own process: `python -m virtualptz.jobs.process JOB_FOLDER`.

With `--spare` it imports everything, then reads the folder from stdin: a start without Python's own start-up
time. The folder holds the spec (see `paths`). Exit codes: 0 the job ended and said how, 75 another process
runs this job, anything else a crash.
"""

import asyncio
import faulthandler
import fcntl
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from ...camera.choice import policy_for
from ...camera.operator import NamedPolicy
from ...errors import VirtualPtzError
from ...logs import start_logging
from ...model import JobOutcome, JobSpec
from ...plugins import PluginHost
from ...redact import register_secret
from .. import fence
from ..messages import EXIT_LOCKED, JOB_ENVIRON, Ended, FrameHeader
from ..paths import JobPaths, open_log
from .decisions import decision_log
from .pipeline import Pipeline
from .server import Server
from .slate import SlateKeeper, read_slate
from .thinning import Thinning

log = logging.getLogger(__name__)


def main(arguments: Sequence[str]) -> int:
    """Runs the job to its end; returns the exit code."""
    faulthandler.enable()
    fence.INGEST.put_up()
    folder = _await_folder(arguments)
    if folder is None:
        return 0
    paths = JobPaths(folder)
    lock = _take_lock(paths.lock)
    if lock is None:
        return EXIT_LOCKED
    with lock:
        start_logging(Thinning(), job=folder.name)
        paths.outcome.unlink(missing_ok=True)
        _write_whole(paths.pid, f"{os.getpid()} {_start_time()}")
        outcome = _run_job(paths)
        _leave_outcome(paths, outcome)
        paths.socket.unlink(missing_ok=True)
    return 0


def _await_folder(arguments: Sequence[str]) -> Path | None:
    """The job's folder; None where a spare's agent went away without needing it."""
    if arguments[:1] != ["--spare"]:
        return Path(arguments[0])
    PluginHost.load(disabled=arguments[1].split(",") if len(arguments) > 1 else ())
    line = sys.stdin.readline().strip()
    if not line:
        return None
    _move_in(JobPaths(Path(line)))
    return Path(line)


def _move_in(paths: JobPaths) -> None:
    """From here on a spare is what a process started for this very job would be."""
    os.environ[JOB_ENVIRON] = paths.folder.name
    log_file, nothing = open_log(paths), os.open(os.devnull, os.O_RDONLY)
    for old, new in ((nothing, 0), (log_file, 1), (log_file, 2)):
        os.dup2(old, new)
    os.close(log_file)
    os.close(nothing)


def _take_lock(path: Path) -> TextIO | None:
    lock = path.open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def _start_time() -> int:
    """This process's start in clock ticks since boot: field 22 of proc(5)'s stat."""
    return int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])


def _run_job(paths: JobPaths) -> JobOutcome:
    try:
        spec = JobSpec.of_any_version(paths.spec.read_bytes())
        register_secret(spec.source)
        register_secret(spec.target)
        if spec.kind == "preview":
            fence.volunteer(fence.PREVIEW.expendable - fence.INGEST.expendable)
        return asyncio.run(_serve_job(spec, paths))
    except VirtualPtzError as error:
        log.error("the job cannot start: %s", error)  # noqa: TRY400  # a message for people, no trace
        return JobOutcome("failed", str(error))


async def _serve_job(spec: JobSpec, paths: JobPaths) -> JobOutcome:
    plugins = PluginHost.load(disabled=spec.plugins_disabled, options=spec.plugin_options)
    loop = asyncio.get_running_loop()
    done: asyncio.Future[JobOutcome] = loop.create_future()

    def send(header: FrameHeader, jpeg: bytes) -> None:
        loop.call_soon_threadsafe(server.send_frame, header, jpeg)

    decisions = decision_log(spec, paths, plugins.policy_options)
    backend = plugins.media_backend(spec.media_backend)
    pipeline = Pipeline(
        spec,
        backend,
        lambda asked, lookahead: _policy(plugins, asked, lookahead),
        send,
        ended=lambda outcome: _settle(loop, done, outcome),
        journal=decisions,
        slate=read_slate(paths, spec, backend),
        keeper=None if spec.output is None else SlateKeeper(paths),
    )
    if decisions is not None:
        decisions.start()
    server = Server(pipeline, spec.orphan_seconds)
    await server.listen(paths)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, pipeline.stop)
    pipeline.start()
    beats = asyncio.create_task(server.beat(), name="heartbeat")
    outcome = await done
    beats.cancel()
    if decisions is not None:
        await asyncio.to_thread(decisions.close)
    _leave_outcome(paths, outcome)
    await server.close(Ended(state=outcome.state, error=outcome.error))
    return outcome


def _policy(plugins: PluginHost, asked: str, lookahead: float) -> NamedPolicy:
    name = policy_for(asked, lookahead)
    return NamedPolicy(name, plugins.smoothing_policy(name, lookahead=lookahead))


def _settle(loop: asyncio.AbstractEventLoop, done: "asyncio.Future[JobOutcome]", outcome: JobOutcome) -> None:
    loop.call_soon_threadsafe(done.set_result, outcome)


def _leave_outcome(paths: JobPaths, outcome: JobOutcome) -> None:
    """For an agent that was not there to hear it."""
    _write_whole(paths.outcome, Ended(state=outcome.state, error=outcome.error).model_dump_json())


def _write_whole(path: Path, text: str) -> None:
    """An agent may look at any moment: it finds all of it, or nothing.

    A disk without room for it is no reason not to be on air: the lock tells who the job's process is as well.
    """
    new = path.with_suffix(".new")
    try:
        new.write_text(text)
        new.replace(path)
    except OSError as error:
        log.warning("%s cannot be written: %s", path.name, error)


if __name__ == "__main__":
    code = main(sys.argv[1:])
    logging.shutdown()
    # A media library's thread that hangs must not keep a process alive whose job has ended.
    os._exit(code)
