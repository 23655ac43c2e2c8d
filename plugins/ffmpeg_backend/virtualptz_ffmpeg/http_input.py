"""What FFmpeg asks for while it reads an HTTP source, fetched for it: it opens no connection itself.

Nothing that FFmpeg calls raises: PyAV would raise that itself, however well FFmpeg goes on without the part
that failed. What fails looks empty, and `failure` and `trouble` say why. And a container is held until it is
closed: PyAV ends the process where one goes away while it has segments open.
"""

import ctypes
import logging
from collections.abc import Mapping
from time import monotonic
from typing import Protocol

from av.container import InputContainer

from virtualptz.errors import MediaError, MediaTimeoutError

from .aes import Decrypted
from .guard import Guard
from .http_body import Body
from .http_client import HttpClient, forbidden
from .quiet import Quiet

log = logging.getLogger(__name__)

CRYPTO = "crypto+"


class File(Protocol):
    """What PyAV reads from."""

    def read(self, size: int) -> bytes: ...

    def close(self) -> None: ...


class HttpInput:
    """Of one source, read by one thread; `close` may be called by any."""

    def __init__(self, uri: str, read_timeout: float, *, verify: bool) -> None:
        self._client = HttpClient(Guard.of_http(uri), verify=verify)
        self._uri = uri
        self._timeout = read_timeout
        self._closed = False
        self._quiet = Quiet()
        self._held: InputContainer | None = None
        self._first: Body | None = None
        self.seekable = False
        """Whether its server can send parts of it."""
        self.failure: MediaError | None = None
        """Why nothing more is read of the source as a whole."""
        self.trouble: MediaError | None = None
        """Why the part that was last asked for is not there."""

    def expect(self, seconds: float | None = None) -> None:
        """From now on, something must come within so many seconds, or else the source's own time-out."""
        self._client.deadline = monotonic() + (self._timeout if seconds is None else seconds)

    def begin(self) -> str | None:
        """Ask for the source itself; its format, where its server knows that better than FFmpeg can.

        Raises MediaError.
        """
        self._first = Body(self._client, self._uri, first=True)
        self.seekable = self._first.seekable
        return "hls" if self._first.is_playlist else None

    def open(self, url: str, _flags: int, options: Mapping[str, str]) -> File:
        """For `av.open`'s `io_open`."""
        if self._first is not None:
            first, self._first = self._first, None
            return _Careful(first, self, whole=True)
        if self.failure is not None:
            return _NOTHING
        try:
            opened = self._part(url, options)
        except Exception as error:  # noqa: BLE001 - the border to FFmpeg
            self.note(error, whole=False)
            return _NOTHING
        self.trouble = None
        return _Careful(opened, self, whole=False)

    def close(self) -> None:
        """From any thread: whoever reads gets no more. More than once does no harm."""
        self._closed = True
        self._client.close()

    def hold(self, container: InputContainer) -> None:
        """Until `end`, also where nobody else does."""
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(container))
        self._held = container

    def end(self) -> None:
        """For who has read, once the container is closed. More than once does no harm."""
        self.close()
        self._client.end()
        held, self._held = self._held, None
        if held is not None:
            ctypes.pythonapi.Py_DecRef(ctypes.py_object(held))

    def note(self, error: Exception, *, whole: bool) -> None:
        if self._closed:
            return
        if not isinstance(error, MediaError):
            log.exception("what reads HTTP sources is broken", exc_info=error)
            error = MediaError(f"what reads HTTP sources is broken ({type(error).__name__})")
        if whole or not error.retryable or isinstance(error, MediaTimeoutError):
            self.failure = self.failure or error
        elif self._quiet.lets_through(str(error)):
            log.warning("a part of the source is left out: %s", error)
        self.trouble = error

    def _part(self, url: str, options: Mapping[str, str]) -> File:
        inner = url.removeprefix(CRYPTO)
        if not inner.lower().startswith(("http://", "https://")):
            raise forbidden(inner)
        start, end = int(options.get("offset", 0)), int(options.get("end_offset", 0))
        body = Body(self._client, inner, start=start, end=end)
        if inner == url:
            return body
        return Decrypted(body, *(bytes.fromhex(options.get(name, "")) for name in ("key", "iv")))


class _Careful:
    """Ends where reading fails. It can be sought in only where `file` can."""

    def __init__(self, file: File, owner: HttpInput, *, whole: bool) -> None:
        self._file = file
        self._owner = owner
        self._whole = whole
        if isinstance(file, Body) and file.seekable:
            self.seek, self.tell = file.seek, file.tell

    def read(self, size: int) -> bytes:
        if self._owner.failure is not None:
            return b""
        try:
            return self._file.read(size)
        except Exception as error:  # noqa: BLE001 - the border to FFmpeg
            self._owner.note(error, whole=self._whole)
            return b""

    def close(self) -> None:
        self._file.close()


class _Nothing:
    def read(self, _: int) -> bytes:
        return b""

    def close(self) -> None: ...


_NOTHING = _Nothing()
