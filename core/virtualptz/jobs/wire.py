"""How a message crosses the job's unix socket: an 8-byte head, a body, and an optional payload.

The head is two big-endian uint32: the length of the body (JSON, but for a frame's header), and of the payload
(a JPEG) behind it.
"""

import asyncio
import struct
from typing import Protocol

from ..model import Frozen

HEAD = struct.Struct("!II")
MAX_BODY = 1 << 20
MAX_PAYLOAD = 64 << 20


class WireError(ConnectionError):
    """The other side sent something that is no message, or went away in the middle of one."""


class Packed(Protocol):
    """A message with a form of its own."""

    def pack(self) -> bytes: ...


def pack(message: Frozen | Packed, payload: bytes = b"") -> bytes:
    body = message.model_dump_json().encode() if isinstance(message, Frozen) else message.pack()
    return HEAD.pack(len(body), len(payload)) + body + payload


def split(data: memoryview) -> tuple[bytes, bytes, int] | None:
    """Body, payload and whole length of the message that `data` begins with; None where not all is here."""
    if len(data) < HEAD.size:
        return None
    body_length, payload_length = _lengths(data)
    middle = HEAD.size + body_length
    end = middle + payload_length
    if len(data) < end:
        return None
    return bytes(data[HEAD.size : middle]), bytes(data[middle:end]), end


async def read(reader: asyncio.StreamReader) -> tuple[bytes, bytes] | None:
    """The next message's body and payload; None where the other side closed between two messages."""
    try:
        head = await reader.readexactly(HEAD.size)
    except asyncio.IncompleteReadError as error:
        if not error.partial:
            return None
        raise WireError("cut within a message's head") from error
    body_length, payload_length = _lengths(head)
    try:
        return await reader.readexactly(body_length), await reader.readexactly(payload_length)
    except asyncio.IncompleteReadError as error:
        raise WireError("cut within a message") from error


def _lengths(data: bytes | memoryview) -> tuple[int, int]:
    body, payload = HEAD.unpack_from(data)
    if body > MAX_BODY or payload > MAX_PAYLOAD:
        raise WireError(f"a message of {body}+{payload} bytes")
    return body, payload
