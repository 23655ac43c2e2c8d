"""Reads `multipart/x-mixed-replace` frames whose parts say their length (RFC 2046, 5.1)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .errors import RunnerUnreachableError

MAX_HEAD = 4096
MAX_JPEG = 64 << 20


@dataclass(frozen=True, slots=True)
class FramePart:
    """A JPEG, or the place of a picture in shared memory."""

    pts: float
    """Seconds of the job's stream time."""
    jpeg: bytes
    place: str = ""
    width: int = 0
    height: int = 0
    """Pixels; 0 where an older agent does not tell."""

    @classmethod
    def of(cls, fields: Mapping[str, str], jpeg: bytes) -> "FramePart":
        """With what the fields of its head say. Raises RunnerUnreachableError."""
        try:
            width, height = (int(fields.get(f"x-frame-{side}", "0")) for side in ("width", "height"))
            return cls(float(fields["x-frame-pts"]), jpeg, fields.get("x-frame-shared", ""), width, height)
        except (KeyError, ValueError) as error:
            raise RunnerUnreachableError(f"not a picture of a job: {error}") from error


class FrameReader:
    """Of one stream, which comes in pieces of any size; a part that is cut off at the end is left out."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def __call__(self, chunk: bytes) -> Iterator[FramePart]:
        """Raises RunnerUnreachableError where it is no such stream."""
        self._buffer += chunk
        while (part := _next(self._buffer)) is not None:
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
        length = int(fields["content-length"])
    except (KeyError, ValueError) as error:
        raise RunnerUnreachableError(f"not a stream of frames: {error}") from error
    if not 0 <= length <= MAX_JPEG:
        raise RunnerUnreachableError(f"not a stream of frames: a part of {length} bytes")
    begin = end + 4
    if len(buffer) < begin + length:
        return None
    part = FramePart.of(fields, bytes(buffer[begin : begin + length]))
    del buffer[: begin + length]
    return part


def _fields(head: bytes) -> dict[str, str]:
    lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines if ":" in line)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
