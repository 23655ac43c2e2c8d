"""Text that comes line by line."""

from collections.abc import Iterator

from .errors import RunnerUnreachableError

LONGEST_LINE = 1 << 20


class LineReader:
    """Of one stream, which comes in pieces of any size; a line that is cut off at the end is left out."""

    def __init__(self) -> None:
        self._rest = b""

    def __call__(self, chunk: bytes) -> Iterator[str]:
        """Lines without their ends. Raises RunnerUnreachableError for one that has none."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            raise RunnerUnreachableError("a line without an end")
        for line in lines:
            yield line.removesuffix(b"\r").decode(errors="replace")
