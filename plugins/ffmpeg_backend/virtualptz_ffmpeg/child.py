"""A child process with an owner: its messages are drained, its end is seen, and it never outlives its use."""

import logging
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from virtualptz.errors import MediaError
from virtualptz.redact import holds_secrets

from .hidden import HidingError, reveal, roomy_path
from .messages import Messages

log = logging.getLogger(__name__)

KEPT_LINES = 100
PIECE_BYTES = 1 << 16
START_SECONDS = 20.0
KILL_SECONDS = 5.0
LAUNCHER = Path(__file__).with_name("launch.py")
PLACEHOLDER = "address-not-shown"


@dataclass(frozen=True)
class Command:
    """A program and its arguments, none of them secret; `PLACEHOLDER` stands for `secret`."""

    argv: Sequence[str]
    secret: str | None = None
    tied: bool = False
    """Killed by the kernel when we are gone. Else it must end by itself at the end of its input."""

    @classmethod
    def at(cls, argv: Sequence[str], address: str) -> "Command":
        """With `address` for the placeholder: hidden, which needs ptrace, only where it holds a secret."""
        if holds_secrets(address):
            return cls(argv, address, tied=True)
        return cls([address if word == PLACEHOLDER else word for word in argv], tied=True)


class Child:
    """Started on its own thread, which reads its stderr until it has ended and then reaps it.

    The kernel ties a child's life, and the right to trace it, to the thread that started it: hence one that
    lives exactly as long.
    """

    def __init__(
        self,
        name: str,
        command: Command,
        *,
        stdin: int = subprocess.DEVNULL,
        stdout: int = subprocess.DEVNULL,
        on_line: Callable[[str], None] | None = None,
    ) -> None:
        self.ended = threading.Event()
        self.lines: deque[str] = deque(maxlen=KEPT_LINES)
        self._name = name
        self._command = command
        self._pipes = (stdin, stdout)
        self._on_line = on_line
        self._started = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._error: Exception | None = None
        threading.Thread(target=self._live, name=f"{name}-stderr", daemon=True).start()
        self._started.wait(START_SECONDS)
        if self._process is None:
            raise MediaError(
                f"{name} does not start: {self._error or 'no answer'}", retryable=self._retryable
            )

    @property
    def process(self) -> "subprocess.Popen[bytes]":
        assert self._process is not None  # noqa: S101 - or the constructor has raised
        return self._process

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def exit_code(self) -> int | None:
        return self.process.returncode

    @property
    def last_line(self) -> str | None:
        """The newest of its messages, with nothing secret in it."""
        return self.lines[-1] if self.lines else None

    def stop(self, *, patience: float, mercy: float = 2.0) -> None:
        """Wait `patience` seconds for the end, then SIGTERM, then after `mercy` seconds SIGKILL."""
        if self.ended.wait(patience):
            return
        self.signal(signal.SIGTERM)
        if not self.ended.wait(mercy):
            self.kill()

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        if not self.ended.wait(KILL_SECONDS):
            log.error("%s (pid %d) cannot be killed", self._name, self.pid)

    def signal(self, sign: signal.Signals) -> None:
        """To the child's whole process group."""
        if not self.ended.is_set():
            try:
                os.killpg(self.pid, sign)
            except ProcessLookupError:
                return

    @property
    def _retryable(self) -> bool:
        return not isinstance(self._error, (HidingError, FileNotFoundError, PermissionError))

    def _live(self) -> None:
        try:
            self._process = self._start()
        except OSError as error:
            self._error = error
            return
        finally:
            self._started.set()
        self._drain(self._process)
        self._process.wait()
        self.ended.set()

    def _start(self) -> "subprocess.Popen[bytes]":
        argv, secret = list(self._command.argv), self._command.secret
        if not self._command.tied:
            return self._spawn(argv)
        path = argv[0] if secret is None else roomy_path(argv[0], secret)
        launcher = [sys.executable, "-I", "-S", str(LAUNCHER), str(os.getpid())]
        process = self._spawn([*launcher, "0" if secret is None else "1", path, *argv])
        if secret is not None:
            try:
                self._put_in(process, secret, path)
            except OSError:
                _close_pipes(process)
                raise
        return process

    def _put_in(self, process: "subprocess.Popen[bytes]", secret: str, path: str) -> None:
        status = reveal(process.pid, PLACEHOLDER, secret, path)
        if status is not None:
            process.returncode = os.waitstatus_to_exitcode(status)
            raise HidingError("this system does not let one process hide another's address (ptrace)")

    def _spawn(self, argv: list[str]) -> "subprocess.Popen[bytes]":
        stdin, stdout = self._pipes
        return subprocess.Popen(
            argv,
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.PIPE,
            start_new_session=True,
            close_fds=True,
            env=os.environ,  # not what the C library has while an RTSP source is opened
        )

    def _drain(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stderr is not None  # noqa: S101 - asked for above
        messages = Messages(self._hear)
        with process.stderr as stream:
            while piece := os.read(stream.fileno(), PIECE_BYTES):
                messages.take(piece)
        messages.end()

    def _hear(self, line: str) -> None:
        self.lines.append(line)
        if self._on_line is not None:
            self._on_line(line)


def _close_pipes(process: "subprocess.Popen[bytes]") -> None:
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
