"""Whether the far side does its part: what the kernel knows of this process's own TCP connections.

Nothing nearer tells: a muxer counts what it gave to the socket, and the kernels at both ends take much more
for a server that has long stopped reading. That it reads is seen by its window: how far it lets us send moves
on with what it reads.
"""

import fcntl
import os
import socket
import stat
import struct
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

TCP_INFO_SIZE = 232
_ACKED, _ACKED_AT = struct.Struct("=Q"), 120
"""`tcpi_bytes_acked` in struct tcp_info (linux/tcp.h); there since Linux 4.1."""
_WINDOW, _WINDOW_AT = struct.Struct("=I"), 228
"""`tcpi_snd_wnd`; there since Linux 5.4."""
SIOCOUTQ = 0x5411
TCP_NOTSENT_LOWAT = 25
PATIENCE_SECONDS = 5.0
READ_SHARE = 0.15
"""Of what came: a server that reads less than this has stopped, and its window closes."""
TELLING_BYTES = 1 << 16
"""A window moves in steps, of a packet or of what its scale can say: less than this tells nothing."""
UNSENT_BYTES = 1 << 16
"""More is not handed to a connection that does not get it away. The kernel would take megabytes, and the
program be late by as much; here it waits where what is old can be dropped."""


@dataclass(frozen=True)
class Connection:
    """One of them at one moment."""

    at: float
    acknowledged: int
    waiting: int
    """Bytes that the socket holds and the far side has not acknowledged."""
    window: int | None
    """Bytes, behind those acknowledged, that the far side has room for; None: this kernel does not tell."""


@dataclass
class Wedge:
    """Looks at all of them, time after time."""

    haste: float = 1.0
    """Of the usual patience."""
    acknowledged: int = 0
    """Bytes, over all connections so far; 0: there was none."""
    _past: dict[int, deque[Connection]] = field(default_factory=dict)

    def seen(self) -> str | None:
        """What is wrong, where a far side has not come on with what it is to do for as long as we wait."""
        found = _connections(time.monotonic())
        self.acknowledged += sum(each.acknowledged - self._had(inode) for inode, each in found.items())
        self._past = {inode: self._past.get(inode, deque()) for inode in found}
        for inode, connection in found.items():
            self._past[inode].append(connection)
            if (trouble := self._trouble(self._past[inode])) is not None:
                return trouble
        return None

    def _had(self, inode: int) -> int:
        past = self._past.get(inode)
        return past[-1].acknowledged if past else 0

    def _trouble(self, past: deque[Connection]) -> str | None:
        patience = PATIENCE_SECONDS * self.haste
        while len(past) > 1 and past[1].at <= past[-1].at - patience:
            past.popleft()
        idle = _not_done(past) if past[-1].at - past[0].at >= patience else None
        return None if idle is None else f"the server {idle} for {patience:g} s"


def _not_done(past: Sequence[Connection]) -> str | None:
    """Of what a far side is to do, from the first of these moments to the last."""
    first, last = past[0], past[-1]
    taken = last.acknowledged - first.acknowledged
    if taken == 0 and all(moment.waiting for moment in past):
        return "has taken nothing"
    if first.window is not None and last.window is not None and taken >= TELLING_BYTES:
        read = taken + last.window - first.window
        return "has hardly read anything" if read < READ_SHARE * taken else None
    return None


def _connections(now: float) -> dict[int, Connection]:
    """By inode."""
    found = {}
    for path in Path("/proc/self/fd").iterdir():
        try:
            status = os.fstat(int(path.name))
            if stat.S_ISSOCK(status.st_mode) and (seen := _connection(int(path.name), now)) is not None:
                found[status.st_ino] = seen
        except OSError:  # closed meanwhile, or no TCP socket
            continue
    return found


def _connection(descriptor: int, now: float) -> Connection | None:
    with socket.socket(fileno=os.dup(descriptor)) as tcp:
        if tcp.type != socket.SOCK_STREAM or tcp.family not in (socket.AF_INET, socket.AF_INET6):
            return None
        info = tcp.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_SIZE)
        if len(info) < _ACKED_AT + _ACKED.size:
            return None
        tcp.setsockopt(socket.IPPROTO_TCP, TCP_NOTSENT_LOWAT, UNSENT_BYTES)
        (acknowledged,) = _ACKED.unpack_from(info, _ACKED_AT)
        tells = len(info) >= _WINDOW_AT + _WINDOW.size
        window = int(_WINDOW.unpack_from(info, _WINDOW_AT)[0]) if tells else None
        return Connection(now, acknowledged, _waiting(tcp), window)


def _waiting(tcp: socket.socket) -> int:
    raw = fcntl.ioctl(tcp.fileno(), SIOCOUTQ, b"\0" * 4)
    return int(struct.unpack("=i", raw)[0])
