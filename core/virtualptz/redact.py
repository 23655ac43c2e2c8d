"""Keeps credentials out of logs and answers.

Three nets. A registered URI is found whole, as written, percent-decoded (it may hold spaces then) or
percent-encoded. Every other URL in a text loses all but scheme, host and port (FFmpeg quotes them in forms
like `Did you mean file:rtsp://user:pass@host`). And each secret of a registered URI is replaced wherever it
stands by itself, in the same spellings.
"""

import logging
import re
from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping
from threading import Lock
from urllib.parse import quote, unquote

MASK = "***"
MAX_URIS = 512
"""How many URIs are remembered beside those of jobs; the oldest is forgotten first."""
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
        self._by_uri: OrderedDict[str, tuple[dict[str, str], dict[str, str]]] = OrderedDict()
        self._kept: Counter[str] = Counter()
        self._uris: Mapping[str, str] = {}
        self._secrets: Mapping[str, str] = {}

    def register(self, uri: str) -> None:
        secrets = dict.fromkeys(_spellings(_secrets(uri)), MASK)
        if not secrets:
            return
        whole = dict.fromkeys(_spellings([uri]), redact_uri(uri))
        with self._lock:
            known = uri in self._by_uri
            self._by_uri[uri] = whole, secrets
            self._by_uri.move_to_end(uri)
            if known:
                return
            self._forget_oldest()
            self._uris = _merged(whole for whole, _ in self._by_uri.values())
            self._secrets = _merged(secrets for _, secrets in self._by_uri.values())

    def keep(self, uri: str) -> None:
        """Register it, and forget it for no other, until it is released as often as it was kept."""
        with self._lock:
            self._kept[uri] += 1
        self.register(uri)

    def release(self, uri: str) -> None:
        with self._lock:
            self._kept -= Counter((uri,))

    def _forget_oldest(self) -> None:
        passing = [uri for uri in self._by_uri if uri not in self._kept]
        for uri in passing[: max(0, len(passing) - MAX_URIS)]:
            del self._by_uri[uri]

    def mask(self, text: str) -> str:
        """`text` with URLs redacted and registered secrets replaced."""
        masked = _replaced(text, self._uris) if "/" in text or "%2F" in text else text
        masked = _URL.sub(lambda match: redact_uri(match.group()), masked)
        return _replaced(masked, self._secrets)


def _merged(parts: Iterable[Mapping[str, str]]) -> Mapping[str, str]:
    return {key: value for part in parts for key, value in part.items()}


def _replaced(text: str, shown: Mapping[str, str]) -> str:
    """Each key by its value, the longest first. One pattern of all would take 0.1 s to make."""
    for found in sorted((key for key in shown if key in text), key=len, reverse=True):
        text = text.replace(found, shown[found])
    return text


_REGISTRY = SecretRegistry()


def register_secret(uri: str) -> None:
    """Have this process's logs and `mask` hide what is secret in a URI from now on."""
    _REGISTRY.register(uri)


def keep_secrets(uris: Iterable[str]) -> None:
    """The same for as long as a job is known, however many other URIs are seen meanwhile."""
    for uri in uris:
        _REGISTRY.keep(uri)


def release_secrets(uris: Iterable[str]) -> None:
    for uri in uris:
        _REGISTRY.release(uri)


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
    options = [part.partition("=") for part in tail.partition("?")[2].split("&")]
    values = [value or name for name, _, value in options if name.lower() not in PUBLIC_OPTIONS]
    fragment = tail.partition("#")[2]
    # RTMP sends a '#' along, HTTP does not: a path or a value may end there or go on.
    found = [user, user.partition(":")[2], fragment, *_both(values)]
    paths = _both([tail.partition("?")[0]])
    keys = [key for path in paths for key in (path.strip("/"), path.rstrip("/").rpartition("/")[2])]
    return [text for text in found if len(text) >= MIN_SECRET] + [k for k in keys if len(k) >= MIN_KEY]


def _both(texts: list[str]) -> list[str]:
    """With what may be a fragment at its end, and without."""
    return texts + [text.partition("#")[0] for text in texts if "#" in text]


def _spellings(secrets: list[str]) -> list[str]:
    return [form for text in secrets for form in _forms(text)]


def _forms(text: str) -> tuple[str, ...]:
    return text, unquote(text), quote(unquote(text), safe=""), quote(text, safe="")
