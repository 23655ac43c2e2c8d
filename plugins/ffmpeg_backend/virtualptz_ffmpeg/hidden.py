"""Gives a program one argument that no process list shows.

FFmpeg takes an output's address from its arguments and from nowhere else, and `/proc/PID/cmdline` shows
these to everybody. So the program is started with a placeholder, stopped before its first instruction
(ptrace), and its argument vector is pointed at the real text, which lies where the kernel put the program's
own file name: behind arguments and environment, so that neither list shows it. Linux, any 64- or 32-bit
architecture; where ptrace is not allowed the launch fails rather than show the address.
"""

import ctypes
import os
import signal
import struct
from pathlib import Path
from typing import BinaryIO, cast

PTRACE_CONT = 7
PTRACE_DETACH = 17
AT_EXECFN = 31
START_STACK = 25
"""Index of `startstack` in /proc/PID/stat, counted behind the command's closing bracket."""
WORD = struct.Struct("P")
MAX_PATH = 4000


class HidingError(OSError):
    """The system does not let us; the program was not started."""


def roomy_path(path: str, secret: str) -> str:
    """The same file under a name that is at least as long as `secret`."""
    missing = len(secret.encode()) + 1 - len(path)
    if len(secret.encode()) > MAX_PATH:
        raise HidingError("the address is too long")
    return "/" * max(0, missing) + path


def reveal(pid: int, placeholder: str, secret: str, path: str) -> int | None:
    """Wait for the traced child to stop in its new program, exchange the argument and let it run.

    Only on the thread that started the child: it is the tracer. Returns the child's wait status where it
    ended instead.
    """
    status = _stopped(pid)
    if not os.WIFSTOPPED(status):
        return status
    try:
        _exchange(pid, placeholder.encode(), secret.encode(), path.encode())
    except OSError as error:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise HidingError(f"cannot hide an argument: {error.strerror or error}") from None
    _ptrace(PTRACE_DETACH, pid, 0)
    return None


def _stopped(pid: int) -> int:
    while True:
        _, status = os.waitpid(pid, 0)
        if not os.WIFSTOPPED(status) or os.WSTOPSIG(status) == signal.SIGTRAP:
            return status
        _ptrace(PTRACE_CONT, pid, os.WSTOPSIG(status))


def _exchange(pid: int, placeholder: bytes, secret: bytes, path: bytes) -> None:
    with Path(f"/proc/{pid}/mem").open("r+b", buffering=0) as memory:
        name_at = _auxiliary(pid)[AT_EXECFN]
        memory.seek(name_at)
        if memory.read(len(path) + 1) != path + b"\0":
            raise HidingError("the program's name is not where the kernel says")
        slot = _argument_slot(cast(BinaryIO, memory), _start_stack(pid), placeholder)
        memory.seek(name_at)
        memory.write(secret + b"\0")
        memory.seek(slot)
        memory.write(WORD.pack(name_at))


def _argument_slot(memory: BinaryIO, stack: int, placeholder: bytes) -> int:
    """Address of the argument's pointer. On the stack lie the count, then the pointers (System V ABI)."""
    memory.seek(stack)
    (count,) = WORD.unpack(memory.read(WORD.size))
    vector = memory.read(WORD.size * count)
    for index, (address,) in enumerate(WORD.iter_unpack(vector)):
        memory.seek(address)
        if memory.read(len(placeholder) + 1) == placeholder + b"\0":
            return int(stack + WORD.size * (index + 1))
    raise HidingError("the argument to exchange is not there")


def _start_stack(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[START_STACK])


def _auxiliary(pid: int) -> dict[int, int]:
    words = [word for (word,) in WORD.iter_unpack(Path(f"/proc/{pid}/auxv").read_bytes())]
    return dict(zip(words[::2], words[1::2], strict=True))


def _ptrace(request: int, pid: int, data: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
    if libc.ptrace(request, pid, None, ctypes.c_void_p(data)) != 0:
        raise HidingError(os.strerror(ctypes.get_errno()))
