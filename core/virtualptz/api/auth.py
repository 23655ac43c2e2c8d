"""Who may call: bearers of the key, this machine where no key is set, and holders of a preview URL."""

import ipaddress
import socket
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from .refusals import Refusal
from .services import Services

OPEN_PATHS = frozenset({"/health", "/healthz", "/readyz"})
_MARK = "virtualptz.by_preview_url"
STREAM_PREFIX = "/runner/preview/stream/"
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")
STRANGER = Refusal(
    "stranger",
    "not-local",
    "no API key is set, so only clients on this machine that call it 127.0.0.1 or localhost are served; "
    "set RUNNER_API_KEY",
)
NO_KEY = Refusal("no_key", "no-key", "send the API key: Authorization: Bearer <RUNNER_API_KEY>")
WRONG_KEY = Refusal("wrong_key", "wrong-key", "wrong API key")
STALE_PREVIEW = Refusal(
    "stale_preview", "stale-preview", "this preview URL is not valid, or no longer: start the preview anew"
)


class AuthMiddleware:
    """Answers 401 or 403 before a body is read or a path looked up."""

    def __init__(self, app: ASGIApp, services: Callable[[], Services]) -> None:
        self._app = app
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        if refusal is None:
            await self._app(scope, receive, send)
            return
        access, client = self._services().access, _client(scope)
        access.refusals.note(refusal, client)
        if refusal is WRONG_KEY:
            await access.delays.after_failure(client)
        await refusal.answer()(scope, receive, send)

    def _refusal(self, scope: Scope) -> Refusal | None:
        path = _path(scope)
        if path in OPEN_PATHS and scope["method"] in ("GET", "HEAD"):
            return None
        services = self._services()
        keys = services.access.keys
        if not keys:
            return None if is_local(scope) else STRANGER
        scheme, _, given = Headers(scope=scope).get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            # Header text is Latin-1 of the bytes on the wire.
            return None if keys.opens(given.strip(" \t").encode("latin-1")) else WRONG_KEY
        token = _preview_token(scope, path)
        if token is None:
            return NO_KEY
        scope[_MARK] = True
        return None if services.tokens.opens(token, path.removeprefix(STREAM_PREFIX)) else STALE_PREVIEW


def by_token(scope: Scope) -> bool:
    """Whether it was let in for the sake of a preview's URL, which anybody may have been given."""
    return bool(scope.get(_MARK))


def is_local(scope: Scope) -> bool:
    """Whether a program on this machine asks, and not for somebody else.

    A request that a proxy or another site's page passes on comes from here too, so forwarding headers, a
    foreign `Origin` and a foreign `Host` (a name that another site lets point here) rule it out. A unix
    socket has no address: only this machine reaches it.
    """
    headers = Headers(scope=scope)
    if any(name in headers for name in FORWARDED) or headers.get("sec-fetch-site") == "cross-site":
        return False
    origin = headers.get("origin")
    if origin is not None and not _is_loopback(urlsplit(origin).hostname or ""):
        return False
    client = scope.get("client")
    return client is None or (_is_loopback(client[0]) and _names_this_machine(headers))


def _names_this_machine(headers: Headers) -> bool:
    """By its `Host`, without the port; what sends none is no browser."""
    if "host" not in headers:
        return True
    try:
        host = urlsplit(f"//{headers['host']}").hostname or ""
    except ValueError:
        return False
    return _is_loopback(host) or host == socket.gethostname().lower()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def _client(scope: Scope) -> str:
    """Its address; a unix socket's has none."""
    host: str = (scope.get("client") or ["this machine"])[0]
    return host


def _path(scope: Scope) -> str:
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def _preview_token(scope: Scope, path: str) -> str | None:
    if scope["method"] not in ("GET", "HEAD") or not path.startswith(STREAM_PREFIX):
        return None
    values = parse_qs(scope["query_string"].decode("latin-1")).get("token")
    return values[0] if values else None
