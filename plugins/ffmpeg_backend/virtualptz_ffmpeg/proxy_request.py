"""The head of a request to an HTTP proxy."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_AUTHORITY = re.compile(r"^http://[^/?]*")


@dataclass(frozen=True, slots=True)
class ProxyRequest:
    """Of one request."""

    host: str
    port: int
    tunnel: bool
    """What follows is for the server alone: TLS."""
    text: bytes
    """As the server itself is to have it."""

    @classmethod
    def of(cls, text: bytes) -> "ProxyRequest":
        """Raises ValueError for what is no request to a proxy."""
        line, _, rest = text.partition(b"\r\n")
        method, target, version = line.decode("latin-1").split(" ")
        if method == "CONNECT":
            url = urlsplit(f"//{target}")
            return cls(url.hostname or "", url.port or 443, tunnel=True, text=b"")
        url = urlsplit(target)
        if url.scheme != "http" or not url.hostname:
            raise ValueError("not a whole http address")
        path = _AUTHORITY.sub("", target)
        own = f"{method} {'' if path.startswith('/') else '/'}{path} {version}\r\n".encode("latin-1")
        return cls(url.hostname, url.port or 80, tunnel=False, text=own + rest)
