"""The agent's end of a job's socket."""

import asyncio
import logging
from collections.abc import Callable

from .. import wire
from ..messages import Command, Report, read_report
from ..paths import JobPaths, short_path

logger = logging.getLogger(__name__)

ROOM_BYTES = 1 << 18
BACKLOG_BYTES = 1 << 20
"""A job that leaves this much unread hangs; it is about to be killed for its silence."""

Hear = Callable[[Report, bytes], None]


class Link:
    """One connection. Used on the event loop alone."""

    def __init__(self, transport: asyncio.WriteTransport, inbox: "_Inbox") -> None:
        self._transport = transport
        self._inbox = inbox
        self._warned = False

    @classmethod
    async def connect(cls, paths: JobPaths) -> "Link":
        """Raises OSError where nobody listens (yet)."""
        loop = asyncio.get_running_loop()
        with short_path(paths.socket) as address:
            transport, inbox = await loop.create_unix_connection(_Inbox, address)
        return cls(transport, inbox)

    def send(self, command: Command) -> bool:
        """Hand over for sending; False where the connection is gone or the job does not read."""
        transport = self._transport
        if transport.is_closing() or transport.get_write_buffer_size() > BACKLOG_BYTES:
            return False
        transport.write(wire.pack(command))
        return True

    async def listen(self, hear: Hear) -> None:
        """Calls `hear` with all that the job says and each message's payload, until it hangs up.

        Raises ConnectionError. What this version does not understand (a job started by another one) is logged
        once and left out.
        """
        self._inbox.open(lambda body, payload: self._understand(body, payload, hear))
        await self._inbox.ended.wait()
        if (error := self._inbox.error) is not None:
            raise error
        if self._inbox.holds_a_piece:
            raise wire.WireError("cut within a message")

    async def close(self) -> None:
        self._transport.abort()
        await self._inbox.ended.wait()

    def _understand(self, body: bytes, payload: bytes, hear: Hear) -> None:
        try:
            report = read_report(body)
        except ValueError as error:
            if not self._warned:
                logger.warning("a job sent a message that is not understood: %s", error)
            self._warned = True
            return
        hear(report, payload)


class _Inbox(asyncio.BufferedProtocol):
    """Cuts what comes into messages and hands them on as they are complete: no task wakes for a frame."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()
        self.error: Exception | None = None
        """What broke the connection, if anything did."""
        self._transport: asyncio.BaseTransport | None = None
        self._room = bytearray(ROOM_BYTES)
        self._filled = 0
        self._take: Callable[[bytes, bytes], None] | None = None

    @property
    def holds_a_piece(self) -> bool:
        """The beginning of a message has come, and no more."""
        return self._filled > 0

    def open(self, take: Callable[[bytes, bytes], None]) -> None:
        """From now on; what has come before is kept until then."""
        self._take = take
        self._hand_on()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - the protocol's
        if self._filled == len(self._room):
            self._room = self._room + bytes(len(self._room))
        return memoryview(self._room)[self._filled :]

    def buffer_updated(self, nbytes: int) -> None:
        self._filled += nbytes
        self._hand_on()

    def connection_lost(self, error: Exception | None) -> None:
        self.error = self.error or error
        self.ended.set()

    def _hand_on(self) -> None:
        if self._take is None:
            return
        begin, data = 0, memoryview(self._room)[: self._filled]
        try:
            while (message := wire.split(data[begin:])) is not None:
                begin += message[2]
                self._take(message[0], message[1])
        except wire.WireError as error:
            self._break(error)
            return
        self._filled -= begin
        self._room[: self._filled] = bytes(data[begin:])

    def _break(self, error: wire.WireError) -> None:
        self.error, self._take = error, None
        assert self._transport is not None  # noqa: S101 - bytes came from it
        self._transport.close()
