"""Asking HTTP servers on behalf of one source: redirects, logins, cookies, and connections that stay."""

import logging
import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse
from http.cookiejar import CookieJar
from time import monotonic
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit
from urllib.request import Request

from virtualptz import __version__
from virtualptz.errors import MediaError, MediaRefusedError, MediaTimeoutError

from .failure import network_error
from .guard import Guard
from .http_connection import connection_to, proxy_login
from .http_login import Logins
from .origin import HTTP, Origin, origin_of
from .playlist import in_ascii

log = logging.getLogger(__name__)

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 8
HEADERS = {"User-Agent": f"VirtualPTZ/{__version__}", "Accept": "*/*"}
"""`http.client` adds that nothing is to be packed."""


@dataclass(slots=True)
class Answer:
    """What came, and over what."""

    url: str
    """Where it came from in the end."""
    response: HTTPResponse
    origin: Origin
    connection: HTTPConnection
    line: socket.socket
    """`http.client` forgets it where the answer's end is the connection's."""


class HttpClient:
    """Of one source. One thread asks; `close` may be called by any."""

    def __init__(self, guard: Guard, *, verify: bool) -> None:
        self._guard = guard
        self._verify = verify
        self._cookies = CookieJar()
        self._logins = Logins()
        self._lock = threading.Lock()
        self._closed = False
        self._idle: dict[Origin, HTTPConnection] = {}
        self._lines: set[socket.socket] = set()
        self._open: list[Answer] = []
        self.deadline = 0.0
        """Whatever is to come until then must come."""

    def get(self, url: str, headers: Mapping[str, str]) -> Answer:
        """With a good status. Raises MediaError, with nothing secret in it."""
        for _ in range(MOST_REDIRECTS + 1):
            parts = _parts(url)
            answer = self._asked(url, parts, headers)
            self._open.append(answer)
            status = answer.response.status
            if status == HTTPStatus.UNAUTHORIZED:
                challenges = answer.response.headers.get_all("WWW-Authenticate", [])
                self.drop(answer)
                if not self._logins.asked(parts, challenges):
                    raise _refusal(status)
            elif status in REDIRECTS and (there := answer.response.headers.get("Location")):
                self.drop(answer)
                url = _joined(url, there)
            elif status not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
                self.drop(answer)
                raise _refusal(status)
            else:
                return answer
        raise MediaError("it leads from one address to the next, without end")

    def keep(self, answer: Answer) -> None:
        """That has been read to its end: what it came over may carry another one."""
        if answer.response.will_close or answer.connection.sock is None:
            self.drop(answer)
            return
        answer.response.close()
        self._leave(answer)
        with self._lock:
            before = self._idle.get(answer.origin)
            if not self._closed:
                self._idle[answer.origin] = answer.connection
        if before is not None and before is not answer.connection:
            self._hang_up(before)

    def drop(self, answer: Answer) -> None:
        answer.response.close()
        self._leave(answer)
        self._hang_up(answer.connection)
        self._forget(answer.line)

    def _leave(self, answer: Answer) -> None:
        self._open = [each for each in self._open if each is not answer]

    def close(self) -> None:
        """Whoever waits for something gets an end. More than once does no harm."""
        with self._lock:
            self._closed = True
            lines = list(self._lines)
        for line in lines:
            with suppress(OSError):
                socket.socket.shutdown(line, socket.SHUT_RDWR)  # not TLS's, which another thread may be in

    def end(self) -> None:
        """For the thread that asks, when it has what it wanted."""
        self.close()
        while self._idle:
            self._hang_up(self._idle.popitem()[1])
        while self._open:
            self.drop(self._open.pop())

    def _asked(self, url: str, parts: SplitResult, headers: Mapping[str, str]) -> Answer:
        try:
            return self._answer(url, parts, headers)
        except MediaError:
            raise
        except (OSError, HTTPException, ValueError) as error:
            raise reason(error) from None

    def _answer(self, url: str, parts: SplitResult, headers: Mapping[str, str]) -> Answer:
        origin = origin_of(parts, HTTP)
        self._logins.learn(parts)
        plain = _plain(parts)
        said = {**HEADERS, **headers, **self._personal(parts, plain)}
        with self._lock:
            connection = self._idle.pop(origin, None)
        if connection is not None:
            with suppress(OSError, HTTPException):  # it may have been hung up meanwhile
                return self._over(connection, url, origin, plain, said)
            self._hang_up(connection)
        connection = connection_to(origin, self._guard, verify=self._verify, left=self.left)
        try:
            self._remember(connection)
            return self._over(connection, url, origin, plain, said)
        except BaseException:
            self._hang_up(connection)
            raise

    def _over(
        self, connection: HTTPConnection, url: str, origin: Origin, plain: str, headers: Mapping[str, str]
    ) -> Answer:
        line: socket.socket = connection.sock
        connection.request("GET", self._target(plain), headers=dict(headers))
        response = connection.getresponse()
        self._cookies.extract_cookies(response, Request(plain))  # noqa: S310
        return Answer(url, response, origin, connection, line)

    def _target(self, plain: str) -> str:
        parts = urlsplit(plain)
        if self._guard.proxy is not None and parts.scheme == "http":
            return plain
        return urlunsplit(("", "", parts.path, parts.query, ""))

    def _personal(self, parts: SplitResult, plain: str) -> dict[str, str]:
        found = proxy_login(self._guard) if parts.scheme == "http" else {}
        request = Request(plain)  # noqa: S310 - opens nothing
        self._cookies.add_cookie_header(request)
        for name, value in (
            ("Cookie", request.get_header("Cookie")),
            ("Authorization", self._logins.header(parts, plain)),
        ):
            if value:
                found[name] = value
        return found

    def left(self) -> float:
        """Raises MediaTimeoutError where there is no time left, MediaError where nobody waits any more."""
        if self._closed:
            raise MediaError("it is closed")
        if (left := self.deadline - monotonic()) <= 0:
            raise MediaTimeoutError("nothing came in time")
        return left

    def _remember(self, connection: HTTPConnection) -> None:
        with self._lock:
            self._lines.add(connection.sock)
        self.left()  # whoever closes everything may have been here before

    def _forget(self, line: socket.socket) -> None:
        with self._lock:
            self._lines.discard(line)
        line.close()

    def _hang_up(self, connection: HTTPConnection) -> None:
        if connection.sock is not None:
            self._forget(connection.sock)
        connection.close()


def reason(error: Exception) -> MediaError:
    """What to raise in place of what Python's own library raises."""
    if isinstance(error, MediaError):
        return error
    if isinstance(error, OSError):
        return network_error(error)
    return MediaError(f"the server does not answer as HTTP asks ({type(error).__name__})")


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        origin_of(parts, HTTP)
    except ValueError:
        raise forbidden(url) from None
    return parts


def forbidden(url: str) -> MediaError:
    scheme = url.partition(":")[0][:20]
    if scheme.lower() in ("http", "https") or not scheme.isascii():
        return MediaError("it leads to what is no address", retryable=False)
    text = f"it leads to the protocol {scheme!r}, which is not allowed: only http and https are"
    return MediaError(text, retryable=False)


def _joined(url: str, there: str) -> str:
    try:
        return urljoin(url, there)
    except ValueError:
        raise forbidden("http:") from None


def _plain(parts: SplitResult) -> str:
    """Without a login, and with what a request may hold."""
    authority = parts.netloc.rpartition("@")[2]
    path = parts.path or "/"
    return urlunsplit((parts.scheme, authority, in_ascii(path), in_ascii(parts.query), ""))


def _refusal(status: int) -> MediaError:
    try:
        text = f"the server answers {status} {HTTPStatus(status).phrase}"
    except ValueError:
        text = f"the server answers {status}"
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return MediaRefusedError(text)
    return MediaError(text)
