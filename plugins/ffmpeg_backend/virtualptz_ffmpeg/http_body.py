"""One file of an HTTP server, as it comes, and from another place on where it is sought in."""

import re
from http.client import HTTPException, IncompleteRead

from virtualptz.errors import MediaError

from . import playlist
from .http_client import Answer, HttpClient, reason

_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
NEAR = 64 * 1024
"""Bytes that are rather read than asked for anew."""
NO_PARTS = "the server cannot send parts of a file"


class Body:
    """Raises MediaError, also where it is made. `end` 0: to its end."""

    def __init__(
        self, client: HttpClient, url: str, *, first: bool = False, start: int = 0, end: int = 0
    ) -> None:
        self._client = client
        self._url = url
        self._at = self._wanted = start
        self._ahead = b""
        self._size: int | None = None
        self._answer: Answer | None = None
        self.seekable = False
        self._ask(start, end, look=first)
        self.is_playlist = False
        self._look()

    def read(self, size: int) -> bytes:
        """Some of what has come, at most `size`; b"" at the end."""
        if self._wanted != self._at:
            self._go()
        if self._ahead:
            data, self._ahead = self._ahead[:size], self._ahead[size:]
        else:
            data = self._next(size)
        self._at += len(data)
        self._wanted = self._at
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        """Asks for nothing yet: FFmpeg goes to the end only to see how far that is."""
        base = (0, self._wanted, self._size or 0)[whence]
        self._wanted = max(base + offset, 0)
        return self._wanted

    def tell(self) -> int:
        return self._wanted

    def close(self) -> None:
        answer, self._answer = self._answer, None
        if answer is not None:
            self._finish(answer)

    def _ask(self, start: int, end: int = 0, *, look: bool = False) -> None:
        asks = {"Range": f"bytes={start}-{end - 1 if end else ''}"} if start or end or look else {}
        self._answer = self._client.get(self._url, asks)
        headers, status = self._answer.response.headers, self._answer.response.status
        begins, of = _range(headers.get("Content-Range", "")) if status == 206 else (0, None)
        length = self._answer.response.length
        self._size = of if of is not None else (length if not start else self._size)
        self.seekable = self._size is not None and (
            status == 206 or "bytes" in headers.get("Accept-Ranges", "")
        )
        if headers.get("Content-Encoding", "identity").lower() != "identity":
            self._fail("the server packs what it was not asked to pack")
        if begins != start:
            self._fail(NO_PARTS)

    def _fail(self, why: str) -> None:
        self.close()
        raise MediaError(why)

    def _go(self) -> None:
        gap = self._wanted - self._at
        if 0 < gap <= NEAR:
            while self._at < self._wanted and (data := self._skip(self._wanted - self._at)):
                self._at += len(data)
            if self._at == self._wanted:
                return
        self.close()
        self._ahead = b""
        self._at = self._wanted
        if self._size is None or self._wanted < self._size:
            self._ask(self._wanted)

    def _skip(self, size: int) -> bytes:
        if self._ahead:
            data, self._ahead = self._ahead[:size], self._ahead[size:]
            return data
        return self._next(size)

    def _next(self, size: int) -> bytes:
        answer = self._answer
        if answer is None:
            return b""
        try:
            data = answer.response.read1(size)
        except (OSError, ValueError, HTTPException) as error:
            self.close()
            raise _broken(error) from None
        if not data:
            left = answer.response.length
            self._answer = None
            self._finish(answer)
            if left:
                raise MediaError("the connection broke off")
        return data

    def _finish(self, answer: Answer) -> None:
        if answer.response.length == 0 or answer.response.isclosed():
            self._client.keep(answer)
        else:
            self._client.drop(answer)

    def _look(self) -> None:
        """Whether it is a playlist, by its beginning: then FFmpeg gets it as it can read it."""
        assert self._answer is not None  # noqa: S101 - it has just been asked
        kind, url = self._answer.response.headers.get_content_type(), self._answer.url
        begins = self._read_ahead(len(playlist.BEGINS))
        self.is_playlist = begins == playlist.BEGINS and kind in playlist.TYPES
        if begins == playlist.BEGINS:
            if len(self._read_ahead(playlist.LONGEST)) == playlist.LONGEST:
                self._fail("its playlist has no end")
            self._ahead = playlist.at(url, self._ahead)
            self.seekable = False

    def _read_ahead(self, size: int) -> bytes:
        while len(self._ahead) < size and (data := self._next(size - len(self._ahead))):
            self._ahead += data
        return self._ahead[:size]


def _range(text: str) -> tuple[int, int | None]:
    found = _RANGE.match(text)
    if found is None:
        return 0, None
    return int(found[1]), None if found[2] == "*" else int(found[2])


def _broken(error: Exception) -> MediaError:
    if isinstance(error, IncompleteRead):
        return MediaError("the connection broke off")
    return reason(error)
