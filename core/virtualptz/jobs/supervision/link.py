"""The agent's end of a job's socket."""

import asyncio
import logging
from collections.abc import AsyncIterator

from pydantic import ValidationError

from .. import wire
from ..messages import REPORTS, Command, Report
from ..paths import JobPaths, short_path

logger = logging.getLogger(__name__)

READ_AHEAD = 1 << 20
BACKLOG_BYTES = 1 << 20
"""A job that leaves this much unread hangs; it is about to be killed for its silence."""


class Link:
    """One connection. Used on the event loop alone."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def connect(cls, paths: JobPaths) -> "Link":
        """Raises OSError where nobody listens (yet)."""
        with short_path(paths.socket) as address:
            reader, writer = await asyncio.open_unix_connection(address, limit=READ_AHEAD)
        return cls(reader, writer)

    def send(self, command: Command) -> bool:
        """Hand over for sending; False where the connection is gone or the job does not read."""
        transport = self._writer.transport
        if transport.is_closing() or transport.get_write_buffer_size() > BACKLOG_BYTES:
            return False
        self._writer.write(wire.pack(command))
        return True

    async def reports(self) -> AsyncIterator[tuple[Report, bytes]]:
        """All that the job says, with each message's payload, until it hangs up. Raises ConnectionError.

        What this version does not understand (a job started by another one) is logged once and left out.
        """
        warned = False
        while (message := await wire.read(self._reader)) is not None:
            try:
                report = REPORTS.validate_json(message[0])
            except ValidationError as error:
                if not warned:
                    logger.warning("a job sent a message that is not understood: %s", error)
                warned = True
                continue
            yield report, message[1]

    async def close(self) -> None:
        self._writer.transport.abort()
        try:
            await self._writer.wait_closed()
        except ConnectionError:
            return
