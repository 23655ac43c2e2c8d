"""How a message crosses the job's unix socket: an 8-byte head, a JSON body, and an optional payload.

The head is two big-endian uint32: the length of the JSON, and of the payload (a JPEG) behind it.
"""

import asyncio
import struct

from ..model import Frozen

HEAD = struct.Struct("!II")
MAX_JSON = 1 << 20
MAX_PAYLOAD = 64 << 20


class WireError(ConnectionError):
    """The other side sent something that is no message, or went away in the middle of one."""


def pack(message: Frozen, payload: bytes = b"") -> bytes:
    body = message.model_dump_json().encode()
    return HEAD.pack(len(body), len(payload)) + body + payload


async def read(reader: asyncio.StreamReader) -> tuple[bytes, bytes] | None:
    """The next message's JSON and payload; None where the other side closed between two messages."""
    try:
        head = await reader.readexactly(HEAD.size)
    except asyncio.IncompleteReadError as error:
        if not error.partial:
            return None
        raise WireError("cut within a message's head") from error
    json_length, payload_length = HEAD.unpack(head)
    if json_length > MAX_JSON or payload_length > MAX_PAYLOAD:
        raise WireError(f"a message of {json_length}+{payload_length} bytes")
    try:
        return await reader.readexactly(json_length), await reader.readexactly(payload_length)
    except asyncio.IncompleteReadError as error:
        raise WireError("cut within a message") from error
