"""Whether the far side takes what is sent: the kernel's own count of bytes acknowledged, per TCP connection.

Nothing nearer tells: a muxer counts what it gave to the socket, and the kernel takes megabytes for a server
that has long stopped reading.
"""

import fcntl
import os
import socket
import stat
import struct
import time
from dataclasses import dataclass, field
from pathlib import Path

TCP_INFO_SIZE = 192
_BYTES_ACKED = struct.Struct("=Q")
_BYTES_ACKED_AT = 120
"""Offset of `tcpi_bytes_acked` in struct tcp_info (linux/tcp.h); there since Linux 4.1."""
SIOCOUTQ = 0x5411
PATIENCE_SECONDS = 5.0


@dataclass(frozen=True)
class Progress:
    acknowledged: int
    waiting: int
    """Bytes that the socket holds and the far side has not acknowledged."""


@dataclass
class Wedge:
    """Looks at this process's own connections, time after time."""

    patience: float = PATIENCE_SECONDS
    _since: dict[int, tuple[int, float]] = field(default_factory=dict)

    def seen(self) -> bool:
        """Whether a connection holds bytes and has had none acknowledged for `patience` seconds."""
        now = time.monotonic()
        found = dict(_connections())
        self._since = {
            inode: self._mark(inode, progress, now) for inode, progress in found.items() if progress.waiting
        }
        return any(now - since > self.patience for _, since in self._since.values())

    def _mark(self, inode: int, progress: Progress, now: float) -> tuple[int, float]:
        acknowledged, since = self._since.get(inode, (progress.acknowledged, now))
        return (
            (acknowledged, since) if acknowledged == progress.acknowledged else (progress.acknowledged, now)
        )


def _connections() -> list[tuple[int, Progress]]:
    found = []
    for path in Path("/proc/self/fd").iterdir():
        try:
            status = os.fstat(int(path.name))
            if stat.S_ISSOCK(status.st_mode) and (progress := _progress(int(path.name))) is not None:
                found.append((status.st_ino, progress))
        except OSError:  # closed meanwhile, or no TCP socket
            continue
    return found


def _progress(descriptor: int) -> Progress | None:
    with socket.socket(fileno=os.dup(descriptor)) as connection:
        if connection.type != socket.SOCK_STREAM or connection.family not in (
            socket.AF_INET,
            socket.AF_INET6,
        ):
            return None
        info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_SIZE)
        if len(info) < _BYTES_ACKED_AT + _BYTES_ACKED.size:
            return None
        (acknowledged,) = _BYTES_ACKED.unpack_from(info, _BYTES_ACKED_AT)
        return Progress(acknowledged, _waiting(connection))


def _waiting(connection: socket.socket) -> int:
    raw = fcntl.ioctl(connection.fileno(), SIOCOUTQ, b"\0" * 4)
    return int(struct.unpack("=i", raw)[0])
