"""Who may call: bearers of the key, this machine where no key is set, and holders of a preview URL."""

import hmac
import ipaddress
import logging
import time
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from .services import Services

log = logging.getLogger(__name__)

OPEN_PATH = "/health"
STREAM_PREFIX = "/runner/preview/stream/"
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")
WARN_EVERY = 60.0
"""Seconds between two lines about refused strangers: they must not be able to fill the log."""
NO_KEY = "no API key is set, so only clients on this machine are served; set RUNNER_API_KEY"


class AuthMiddleware:
    """Answers 401 or 403 before a body is read or a path looked up."""

    def __init__(
        self, app: ASGIApp, services: Callable[[], Services], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        self._services = services
        self._clock = clock
        self._warned_at = -WARN_EVERY

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> JSONResponse | None:
        path = _path(scope)
        if path == OPEN_PATH and scope["method"] in ("GET", "HEAD"):
            return None
        services = self._services()
        key = services.settings.api_key.get_secret_value().strip()
        if not key:
            return None if is_local(scope) else self._refuse_stranger(scope)
        headers = Headers(scope=scope)
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return None if _same(given.strip(" \t"), key) else _answer(403, "wrong API key")
        token = _preview_token(scope, path)
        if token is None:
            return _answer(401, "send the API key: Authorization: Bearer <RUNNER_API_KEY>")
        if services.tokens.opens(token, path.removeprefix(STREAM_PREFIX)):
            return None
        return _answer(403, "this preview URL is not valid, or no longer: start the preview anew")

    def _refuse_stranger(self, scope: Scope) -> JSONResponse:
        now = self._clock()
        if now - self._warned_at >= WARN_EVERY:
            self._warned_at = now
            log.warning("refused %s: %s", (scope.get("client") or ["a client"])[0], NO_KEY)
        return _answer(403, NO_KEY)


def is_local(scope: Scope) -> bool:
    """Whether a program on this machine asks, and not for somebody else.

    A request that a proxy or another site's page passes on comes from here too, so forwarding headers and a
    foreign `Origin` rule it out. A unix socket has no address: only this machine reaches it.
    """
    headers = Headers(scope=scope)
    if any(name in headers for name in FORWARDED):
        return False
    origin = headers.get("origin")
    if origin is not None and not _is_loopback(urlsplit(origin).hostname or ""):
        return False
    client = scope.get("client")
    return client is None or _is_loopback(client[0])


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def _same(given: str, key: str) -> bool:
    """Header text is Latin-1 of the bytes on the wire; a key is UTF-8."""
    return hmac.compare_digest(given.encode("latin-1"), key.encode())


def _path(scope: Scope) -> str:
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def _preview_token(scope: Scope, path: str) -> str | None:
    if scope["method"] not in ("GET", "HEAD") or not path.startswith(STREAM_PREFIX):
        return None
    values = parse_qs(scope["query_string"].decode("latin-1")).get("token")
    return values[0] if values else None


def _answer(status: int, detail: str) -> JSONResponse:
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return JSONResponse({"detail": detail}, status, headers)
