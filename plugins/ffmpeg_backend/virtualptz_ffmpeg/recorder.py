"""A file that is written whole, in this process: for recordings that nobody waits for."""

from fractions import Fraction

import av
import av.error

from virtualptz.errors import MediaError

from .coded import Coded
from .remux import Remuxer, read_header
from .targets import Target, prepare


class Recorder:
    """Muxes at once. What the disk refuses is a MediaError; nothing is ever dropped."""

    def __init__(self, target: Target, header: bytes, time_bases: list[Fraction]) -> None:
        """Raises MediaError where the file cannot be made."""
        self._target = prepare(target)
        self._early: list[Coded] = []
        self._begun = False
        self.bytes_written = 0
        try:
            output = av.open(
                self._target.url, "w", format=self._target.format, options=self._target.muxer_options
            )
            self._remuxer = Remuxer(output, read_header(header), time_bases)
        except (av.error.FFmpegError, OSError) as error:
            raise unwritable(self._target, error) from None

    @property
    def shown(self) -> str:
        return self._target.shown

    def write(self, packet: Coded) -> None:
        """Sound that comes before the first picture waits for it: a muxer would move the pictures."""
        if not self._begun and not packet.starts_gop:
            self._early.append(packet)
            return
        self._begun = True
        self._write(packet)
        while self._early:
            self._write(self._early.pop(0))

    def close(self) -> None:
        try:
            self._remuxer.close()
        except (av.error.FFmpegError, OSError) as error:
            raise unwritable(self._target, error) from None

    def _write(self, packet: Coded) -> None:
        try:
            self._remuxer.write(packet)
        except (av.error.FFmpegError, OSError) as error:
            raise unwritable(self._target, error) from None
        self.bytes_written += len(packet.data)


def unwritable(target: Target, error: Exception) -> MediaError:
    reason = getattr(error, "strerror", None) or str(error)
    return MediaError(f"cannot write {target.shown}: {reason}", retryable=False)
