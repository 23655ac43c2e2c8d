"""Reads `multipart/x-mixed-replace` frames whose parts say their length (RFC 2046, 5.1)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .runner_client import RunnerUnreachableError

MAX_HEAD = 4096
MAX_JPEG = 64 << 20


@dataclass(frozen=True, slots=True)
class FramePart:
    """A JPEG, or the place of a picture in shared memory."""

    pts: float
    jpeg: bytes
    place: str = ""
    width: int = 0
    height: int = 0
    """Both are told of a shared picture."""


def parts(chunks: Iterable[bytes]) -> Iterator[FramePart]:
    """The parts of a stream that comes in pieces of any size; a part that is cut off at the end is left out.

    Raises RunnerUnreachableError where it is no such stream.
    """
    buffer = bytearray()
    for chunk in chunks:
        buffer += chunk
        while (part := _next(buffer)) is not None:
            yield part


def _next(buffer: bytearray) -> FramePart | None:
    """Take one whole part off the front of the buffer; None where it is not all there yet."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        if len(buffer) > MAX_HEAD:
            raise RunnerUnreachableError("not a stream of frames: no head of a part")
        return None
    fields = _fields(bytes(buffer[:end]))
    try:
        length, pts = int(fields["content-length"]), float(fields["x-frame-pts"])
        place = fields.get("x-frame-shared", "")
        width, height = (int(fields[f"x-frame-{side}"]) if place else 0 for side in ("width", "height"))
    except (KeyError, ValueError) as error:
        raise RunnerUnreachableError(f"not a stream of frames: {error}") from error
    if not 0 <= length <= MAX_JPEG:
        raise RunnerUnreachableError(f"not a stream of frames: a part of {length} bytes")
    begin = end + 4
    if len(buffer) < begin + length:
        return None
    part = FramePart(pts, bytes(buffer[begin : begin + length]), place, width, height)
    del buffer[: begin + length]
    return part


def _fields(head: bytes) -> dict[str, str]:
    lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines if ":" in line)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
