"""A job's folder, as the agent reads and writes it. Blocking, but short: called off the event loop."""

import fcntl
import logging
import os
import shutil
from pathlib import Path

from pydantic import ValidationError

from ...model import JobOutcome, JobSpec
from ...redact import mask
from ..children.logs import mask_log
from ..children.processes import holder_of, stat_of
from ..messages import Ended
from ..paths import JobPaths

logger = logging.getLogger(__name__)


def write_spec(paths: JobPaths, spec: JobSpec) -> None:
    """Make the folder with its spec, readable by this user alone; whole, or not at all."""
    paths.folder.mkdir(mode=0o700, exist_ok=True)
    _write_private(paths.spec, spec.model_dump_json())


def rebuild(paths: JobPaths, spec: JobSpec, pid: int | None) -> None:
    """For a folder that was taken away under a job: what the next agent needs to end its process.

    Its socket and its lock cannot be had back, so it cannot be taken over.
    """
    write_spec(paths, spec)
    stat = None if pid is None else stat_of(pid)
    if stat is not None:
        _write_private(paths.pid, f"{stat.pid} {stat.start_time}")


def refresh_spec(paths: JobPaths, spec: JobSpec) -> None:
    """Write the spec for the next process; with no room for it, the one that is there has to do."""
    try:
        write_spec(paths, spec)
    except OSError as error:
        if not paths.spec.exists():
            raise
        logger.warning("job %s: its older spec is used: %s", spec.job_id, error)


def read_spec(paths: JobPaths) -> JobSpec | None:
    """None where there is none that this version can read."""
    try:
        spec = JobSpec.of_any_version(paths.spec.read_bytes())
    except (OSError, ValidationError):
        return None
    return spec if spec.job_id == paths.folder.name else None


def close_folder(paths: JobPaths, outcome: JobOutcome) -> None:
    """Leave how the job ended where its process could not, and no password or picture behind.

    Without its spec it has ended, also where there is no room to say how.
    """
    if not paths.folder.is_dir():
        return
    for path in (paths.spec, paths.slate, paths.slate_part):
        path.unlink(missing_ok=True)
    mask_log(paths.log)
    if read_outcome(paths) is None:
        _write_private(paths.outcome, Ended(state=outcome.state, error=outcome.error).model_dump_json())


def has_ended(paths: JobPaths) -> bool:
    """True where a process of the job once ran, and the agent has put its folder away since."""
    return paths.lock.exists() and not paths.spec.exists()


def read_outcome(paths: JobPaths) -> JobOutcome | None:
    try:
        ended = Ended.of_any_version(paths.outcome.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
    return JobOutcome(ended.state, None if ended.error is None else mask(ended.error))


def note_aired(paths: JobPaths) -> None:
    """For the next agent: the job is to be kept on air."""
    if not paths.aired.exists():
        paths.aired.touch(mode=0o600)


def has_aired(paths: JobPaths) -> bool:
    return paths.aired.exists()


def forget_outcome(paths: JobPaths) -> None:
    """The job goes on although its process has ended."""
    paths.outcome.unlink(missing_ok=True)


def has_started(paths: JobPaths) -> bool:
    """True where a process of the job was started whose end nobody has seen to yet."""
    return paths.pid.exists()


def forget_process(paths: JobPaths) -> None:
    """To be called when nothing of the job's last process is left."""
    paths.pid.unlink(missing_ok=True)


def find_living(paths: JobPaths) -> int | None:
    """The pid of the job's process, beyond doubt: pid, start time and held lock all say so.

    Pid and start time alone could name a stranger after a reboot; nobody but the job's process holds its
    lock. Where there was no room to write them down, the kernel knows who that is.
    """
    if not paths.pid.exists():
        return holder_of(paths.lock)
    pid = _noted(paths)
    return pid if is_locked(paths) else None


def left_without_folder(paths: JobPaths) -> int | None:
    """The pid of a process whose folder was taken away, and made anew (`rebuild`)."""
    return None if paths.lock.exists() else _noted(paths)


def _noted(paths: JobPaths) -> int | None:
    """The pid in the folder, where that is still the same process."""
    try:
        pid, start_time = (int(word) for word in paths.pid.read_text().split())
    except (FileNotFoundError, ValueError):
        return None
    stat = stat_of(pid)
    if stat is None or stat.start_time != start_time or stat.state in "ZX":
        return None
    return pid


def is_locked(paths: JobPaths) -> bool:
    try:
        lock = os.open(paths.lock, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def remove_folder(paths: JobPaths) -> None:
    if paths.folder.is_dir():
        shutil.rmtree(paths.folder)


def _write_private(path: Path, text: str) -> None:
    whole = path.with_name(path.name + ".new")
    whole.unlink(missing_ok=True)
    descriptor = os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    whole.replace(path)
