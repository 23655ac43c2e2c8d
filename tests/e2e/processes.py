"""Processes that tests start: each has a log, an owner, and an end that is checked."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn, TypeVar

import psutil
import pytest

T = TypeVar("T")
POLL_SECONDS = 0.05


def missing(what: str) -> NoReturn:
    """Skip for want of a program; a failure where VPTZ_REQUIRE_SERVERS=1 says that all must be there."""
    reason = f"{what} is not on this machine"
    if os.environ.get("VPTZ_REQUIRE_SERVERS") == "1":
        pytest.fail(f"{reason}, and VPTZ_REQUIRE_SERVERS=1")
    pytest.skip(reason)


def program(name: str) -> str:
    """Where a program is; skips the test where it is nowhere."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    return found or missing(name)


def ffmpeg() -> str:
    """An ffmpeg that speaks SRT: the one that imageio-ffmpeg brings, else the machine's own."""
    try:
        import imageio_ffmpeg  # type: ignore[import-untyped,unused-ignore]
    except ImportError:
        return program("ffmpeg")
    return str(imageio_ffmpeg.get_ffmpeg_exe())


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(
    what: str, condition: Callable[[], T | None], timeout: float = 30.0, every: float = POLL_SECONDS
) -> T:
    """The first true value of `condition`; AssertionError naming `what` where none comes in time."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {timeout} s in vain for {what}; last: {value!r}")
        time.sleep(every)


class Peer:
    """A program that plays the other side of a connection."""

    def __init__(
        self, arguments: Sequence[str], log: Path, *, env: dict[str, str] | None = None, piped: bool = False
    ) -> None:
        self.log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                list(arguments),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if piped else output,
                stderr=output,
                env=env,
                start_new_session=True,
            )

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    def wait_port(self, port: int, timeout: float = 20.0) -> None:
        wait_for(f"port {port} of {self.process.args!r}", lambda: accepts(port) or self._died(), timeout)

    def _died(self) -> bool:
        if self.running:
            return False
        raise AssertionError(f"{self.process.args!r} ended: {self.log.read_text(errors='replace')[-2000:]}")

    def signal(self, number: signal.Signals) -> None:
        os.killpg(self.process.pid, number)

    def kill(self) -> None:
        """End the whole group at once, as a power cut would."""
        if self.running:
            self.signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self, timeout: float = 5.0) -> None:
        if self.running:
            self.signal(signal.SIGTERM)
            try:
                self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.signal(signal.SIGKILL)
        self.process.wait(10)
        if self.process.stdout is not None:
            self.process.stdout.close()


@contextmanager
def peer(
    arguments: Sequence[str], log: Path, *, env: dict[str, str] | None = None, piped: bool = False
) -> Iterator[Peer]:
    started = Peer(arguments, log, env=env, piped=piped)
    try:
        yield started
    finally:
        started.stop()


def family(mark: str) -> list[psutil.Process]:
    """Every live process that carries `mark` in its environment: an agent and all that came of it."""
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        try:
            if mark in process.environ().values() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    return found


def command_lines(processes: Sequence[psutil.Process]) -> list[str]:
    lines: list[str] = []
    for process in processes:
        try:
            lines.append(" ".join(process.cmdline()))
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return lines
