"""What FFmpeg asks of an RTSP server, as it sends it through HTTP: each request a piece of base64."""

import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from .origin import RTSP, Origin, origin_of

MOST_BYTES = 16 * 1024
"""Of a request: FFmpeg's have at most 4 KiB."""
_TARGET = re.compile(rb"[A-Z_]+ ([a-zA-Z]+)://([^/? ]+)")
_PIECES = re.compile(rb"[^=]+=*")


@dataclass(frozen=True, slots=True)
class Request:
    """Its lines, without the empty one at its end."""

    text: bytes

    @property
    def origin(self) -> Origin:
        """Raises ValueError for what is no address of an RTSP server."""
        target = _TARGET.match(self.text)
        if target is None:
            raise ValueError("no address of a server")
        return origin_of(urlsplit(f"{target[1].decode()}://{target[2].decode()}"), RTSP)

    @property
    def agent(self) -> str:
        """What it says of itself."""
        return next((value.decode(errors="replace") for value in self._values(b"user-agent")), "")

    @property
    def has_login(self) -> bool:
        return next(self._values(b"authorization"), None) is not None

    def said_by(self, agent: str, *, logging_in: bool) -> bytes:
        """To be sent."""
        first, *rest = self.text.split(b"\r\n")
        dropped = {b"user-agent"} if logging_in else {b"user-agent", b"authorization"}
        kept = [line for line in rest if _name(line) not in dropped]
        return b"\r\n".join([first, *kept, f"User-Agent: {agent}".encode(), b"", b""])

    def _values(self, name: bytes) -> Iterator[bytes]:
        lines = self.text.split(b"\r\n")[1:]
        return (line.partition(b":")[2].strip() for line in lines if _name(line) == name)


class Requests:
    """Cuts what comes into requests."""

    def __init__(self) -> None:
        self._coded = b""
        self._plain = b""

    def take(self, data: bytes) -> list[Request]:
        """Raises ValueError where it is no request at all."""
        coded = self._coded + data
        whole = len(coded) - len(coded) % 4
        self._coded = coded[whole:]
        for piece in _PIECES.findall(coded[:whole]):
            self._plain += b64decode(piece, validate=True)
        *requests, self._plain = self._plain.split(b"\r\n\r\n")
        if len(self._plain) > MOST_BYTES:
            raise ValueError("a request without end")
        return [Request(text) for text in requests]


def _name(line: bytes) -> bytes:
    return line.partition(b":")[0].strip().lower()
