"""What the publishing server itself was sent, decoded as it comes: no player's own waiting is in it."""

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..e2e.processes import wait_for
from ..e2e.servers import Nginx
from ..media.watch import Recording, Seen, Viewer

QUICK = {"fflags": "nobuffer", "probesize": "4096", "analyzeduration": "0"}
"""For a player of RTMP that is to show what it gets at once."""
QUICK_TS = {"fflags": "nobuffer", "probesize": "100000", "analyzeduration": "500000"}
"""The same of MPEG-TS, in which streams are not announced."""
LATE_SECONDS = 0.5
"""A picture that is no later than this against the steady stream is of now, and was not kept meanwhile."""


class Growing:
    """A file that somebody still writes, to be read as a stream."""

    POLL_SECONDS = 0.01

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self._over = threading.Event()

    def read(self, size: int) -> bytes:
        while not (data := self._file.read(size)) and not self._over.wait(self.POLL_SECONDS):
            continue
        return data

    def end(self) -> None:
        self._over.set()

    def close(self) -> None:
        self._file.close()


class Piped:
    """A process's standard output, as it comes: Popen's own file waits for as much as was asked for."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        self._descriptor = process.stdout.fileno()

    def read(self, size: int) -> bytes:
        return os.read(self._descriptor, size)


@contextmanager
def taken(server: Nginx, name: str, publisher: int = 0) -> Iterator[Viewer]:
    """Decodes what the publisher of that number sends as `name` to the application `kept`, as it is sent."""
    path = wait_for(f"publisher {publisher} of {name}", lambda: _recording(server, name, publisher))
    growing = Growing(path)
    viewer = Viewer(growing, options=QUICK, timeout=60)  # type: ignore[arg-type]
    try:
        yield viewer
    finally:
        growing.end()
        viewer.close()
        growing.close()


def _recording(server: Nginx, name: str, publisher: int) -> Path | None:
    found = server.recordings(name)
    return found[publisher] if len(found) > publisher else None


def current(recording: Recording, steady: int = 50) -> Seen | None:
    """The first picture that is as new as those of the steady stream are: of the newest `steady` ones.

    None where fewer have come. What a publisher had kept while nobody took it comes in a rush before that.
    """
    behind = [frame.arrived - frame.pts for frame in recording.frames]
    if len(behind) <= steady:
        return None
    usual = min(behind[-steady:])
    return next(
        (frame for frame, late in zip(recording.frames, behind, strict=True) if late < usual + LATE_SECONDS),
        None,
    )
