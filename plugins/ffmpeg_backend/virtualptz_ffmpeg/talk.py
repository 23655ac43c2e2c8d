"""Carries what FFmpeg and one server say to each other, until either of them hangs up."""

import socket
from collections.abc import Callable
from select import POLLIN, poll

from virtualptz.errors import MediaError

PIECE_BYTES = 64 * 1024
LAST_WORDS_MS = 1000
"""For what is still to be said by who hears no more: RTSP's TEARDOWN."""


class Talk:
    """FFmpeg asks on `asks` and hears on `hears`, which may be the same; `said`: what the server is told."""

    def __init__(
        self, line: socket.socket, asks: socket.socket, hears: socket.socket, said: Callable[[bytes], bytes]
    ) -> None:
        self._line = line
        self._asks = asks
        self._hears = hears
        self._said = said
        self._piece = memoryview(bytearray(PIECE_BYTES))

    def hold(self) -> None:
        """Raises MediaError, OSError where the server ends it, and what `said` raises."""
        poller = poll()
        poller.register(self._asks, POLLIN)
        poller.register(self._line, POLLIN)
        is_heard = True
        while ready := [number for number, _ in poller.poll(None if is_heard else LAST_WORDS_MS)]:
            if self._asks.fileno() in ready and not self._pass_on():
                return
            if self._line.fileno() in ready and not self._hand_back():
                poller.unregister(self._line)
                is_heard = False

    def _pass_on(self) -> bool:
        """Whether there may be more."""
        try:
            data = self._asks.recv(PIECE_BYTES)
        except OSError:
            return False
        if data:
            self._line.sendall(self._said(data))
        return bool(data)

    def _hand_back(self) -> bool:
        """Whether anybody hears it."""
        size = self._line.recv_into(self._piece)
        if not size:
            raise MediaError("the server hung up")
        try:
            self._hears.sendall(self._piece[:size])
        except OSError:
            return False
        return True
