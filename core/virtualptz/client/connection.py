"""What both clients know of their connection: the address, the key, time-outs, and what can go wrong."""

import ipaddress
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from math import inf
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2

from ..errors import ConfigError
from .call import Request
from .errors import RunnerUnreachableError

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 30.0

Key = str | Callable[[], str]
"""A key, or a way to look it up that is used for each call: keys are replaced. It must not block."""


def environment_key() -> str:
    """RUNNER_API_KEY, else the first key of the file that RUNNER_API_KEY_FILE names; "" without any.

    Raises ConfigError where the file holds none.
    """
    key = os.environ.get("RUNNER_API_KEY", "").strip()
    file = os.environ.get("RUNNER_API_KEY_FILE", "")
    if key or not file:
        return key
    from ..keys import read_keys  # settings and all that they need, for the few who have such a file

    return read_keys(Path(file))[0]


def http_options(base_url: str, api_key: Key, headers: Mapping[str, str] | None) -> dict[str, Any]:
    """What httpx2's clients are made with. Raises ConfigError."""
    return {"base_url": _checked_url(base_url), "auth": _access(api_key), "headers": dict(headers or {})}


def request_options(request: Request, seconds: float) -> dict[str, Any]:
    """What they are asked with."""
    patience = request.seconds or seconds
    return {
        "method": request.method,
        "url": request.path,
        "params": dict(request.query) or None,
        "json": None if request.body is None else dict(request.body),
        "headers": dict(request.headers),
        "timeout": httpx2.Timeout(None if patience == inf else patience, connect=CONNECT_SECONDS),
    }


@contextmanager
def errors_told(http: httpx2.Client | httpx2.AsyncClient) -> Iterator[None]:
    """What httpx2 raises, as RunnerUnreachableError."""
    try:
        yield
    except httpx2.TimeoutException as error:
        raise RunnerUnreachableError(f"no answer in time ({type(error).__name__})") from error
    except httpx2.HTTPError as error:
        raise RunnerUnreachableError(str(error) or type(error).__name__) from error
    except RuntimeError as error:
        if not http.is_closed:
            raise
        raise RunnerUnreachableError("the connection was closed on this side") from error


def is_loopback(base_url: str) -> bool:
    """Whether the agent is reached at this machine's own address."""
    host = urlsplit(base_url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _checked_url(base_url: str) -> str:
    try:
        parts = urlsplit(base_url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ConfigError("the runner's base URL must look like http://127.0.0.1:9001")
    return base_url


def _access(api_key: Key) -> Callable[[httpx2.Request], httpx2.Request]:
    key_now = api_key if callable(api_key) else partial(str, api_key)
    _check_key(key_now())

    def sign(request: httpx2.Request) -> httpx2.Request:
        if key := key_now():
            request.headers["Authorization"] = f"Bearer {key}"
        return request

    return sign


def _check_key(api_key: str) -> None:
    if not (api_key.isascii() and api_key.isprintable()) or " " in api_key:
        raise ConfigError("the API key may hold printable ASCII characters only, no spaces")
