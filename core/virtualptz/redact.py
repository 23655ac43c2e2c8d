"""Keeps credentials out of logs and answers.

Two nets. Every URL in a text loses all but scheme, host and port, known to us or not (FFmpeg quotes them in
forms like `Did you mean file:rtsp://user:pass@host`). And each secret of a registered URI is replaced
wherever it stands by itself, as written, percent-decoded or percent-encoded.
"""

import logging
import re
from collections import OrderedDict
from threading import Lock
from urllib.parse import quote, unquote

MASK = "***"
MAX_URIS = 512
"""How many URIs are remembered; the oldest is forgotten first."""
MIN_SECRET = 4
"""Shorter ones would mask half of every line; they are still masked inside of URLs."""
MIN_KEY = 8
"""A last path part as short as `court1` is a name that logs need, a longer one may be a stream key."""
PUBLIC_OPTIONS = frozenset({"mode", "latency", "pkt_size", "transtype", "timeout", "connect_timeout"})

_URL = re.compile(r"\b(?:rtmp\w?|rtsps?|srt|udp|https?)://[^\s\"'<>]+", re.IGNORECASE)
_PARTS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)(.*)", re.DOTALL)
_HOST_PORT = re.compile(r"(?:\[[0-9A-Fa-f:.]*\]|[A-Za-z0-9_.-]*)(?::[0-9]{0,5})?")
_FORMATTER = logging.Formatter()


def redact_uri(uri: str) -> str:
    """`scheme://host:port/***`, or the path of a file: what a log or an answer may show.

    What cannot be parsed beyond doubt is masked whole: a `/` in a password moves the host.
    """
    parts = _PARTS.fullmatch(uri)
    if parts is None:
        return uri if ":" not in uri or uri.startswith("/") else MASK
    scheme, authority, tail = parts.groups()
    if scheme.lower() == "file":
        return MASK if authority or "://" in tail else uri
    host = authority.rpartition("@")[2]
    if "@" in tail or _HOST_PORT.fullmatch(host) is None:
        return f"{scheme}://{MASK}"
    return f"{scheme}://{host}/{MASK}" if tail not in ("", "/") else f"{scheme}://{host}"


def holds_secrets(uri: str) -> bool:
    """Whether a network URI names more than a public place: a user, a path that may be a key, an option."""
    parts = _PARTS.fullmatch(uri)
    if parts is None:
        return ":" in uri
    path, _, query = parts.group(3).partition("?")
    options = {option.partition("=")[0].lower() for option in query.split("&") if option}
    return "@" in uri or path not in ("", "/") or not options <= PUBLIC_OPTIONS


class SecretRegistry:
    """The secrets of the URIs seen lately. Any thread may use it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._by_uri: OrderedDict[str, frozenset[str]] = OrderedDict()
        self._pattern: re.Pattern[str] | None = None

    def register(self, uri: str) -> None:
        secrets = frozenset(_spellings(_secrets(uri)))
        if not secrets:
            return
        with self._lock:
            self._by_uri[uri] = secrets
            self._by_uri.move_to_end(uri)
            if len(self._by_uri) > MAX_URIS:
                self._by_uri.popitem(last=False)
            every = sorted(frozenset().union(*self._by_uri.values()), key=lambda text: (-len(text), text))
            self._pattern = re.compile("|".join(map(re.escape, every)))

    def mask(self, text: str) -> str:
        """`text` with URLs redacted and registered secrets replaced."""
        masked = _URL.sub(lambda match: redact_uri(match.group()), text)
        pattern = self._pattern
        return masked if pattern is None else pattern.sub(MASK, masked)


_REGISTRY = SecretRegistry()


def register_secret(uri: str) -> None:
    """Have this process's logs and `mask` hide what is secret in a URI from now on."""
    _REGISTRY.register(uri)


def mask(text: str) -> str:
    """`text` as a log or an answer may show it."""
    return _REGISTRY.mask(text)


class SecretFilter(logging.Filter):
    """Masks messages, arguments and tracebacks. For handlers: a logger's filter misses its children."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(mask(arg) if isinstance(arg, str) else arg for arg in record.args)
        message = record.getMessage()
        if (masked := mask(message)) != message:
            record.msg, record.args = masked, ()
        if record.exc_info and not record.exc_text:
            record.exc_text = _FORMATTER.formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = mask(record.exc_text)
        if record.stack_info:
            record.stack_info = mask(record.stack_info)
        return True


def install_secret_filter(logger: logging.Logger | None = None) -> None:
    """Put a SecretFilter on every handler of a logger (default: the root), once."""
    for handler in (logger or logging.getLogger()).handlers:
        if not any(isinstance(present, SecretFilter) for present in handler.filters):
            handler.addFilter(SecretFilter())


def _secrets(uri: str) -> list[str]:
    parts = _PARTS.fullmatch(uri)
    if parts is None or parts.group(1).lower() == "file":
        return []
    authority, tail = parts.group(2), parts.group(3)
    user = authority.rpartition("@")[0]
    path, _, query = tail.partition("?")
    options = [part.partition("=") for part in query.split("&")]
    values = [value or name for name, _, value in options if name.lower() not in PUBLIC_OPTIONS]
    found = [user, user.partition(":")[2], *values]
    keys = [path.strip("/"), path.rstrip("/").rpartition("/")[2]]
    return [text for text in found if len(text) >= MIN_SECRET] + [k for k in keys if len(k) >= MIN_KEY]


def _spellings(secrets: list[str]) -> list[str]:
    return [form for text in secrets for form in (text, unquote(text), quote(unquote(text), safe=""))]
