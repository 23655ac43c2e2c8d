"""Whom an address is of: logins and connections belong to one origin (RFC 6454)."""

from collections.abc import Collection
from urllib.parse import SplitResult

Origin = tuple[str, str, int]
"""Scheme, host and port."""
HTTP = frozenset({"http", "https"})
RTMP = frozenset({"rtmp", "rtmps"})
RTSP = frozenset({"rtsp", "rtsps"})
WITH_TLS = frozenset({"https", "rtmps", "rtsps"})
PORTS = {"http": 80, "https": 443, "rtmp": 1935, "rtmps": 443, "rtsp": 554, "rtsps": 322}


def origin_of(url: SplitResult, schemes: Collection[str]) -> Origin:
    """Raises ValueError for what is no address of a server of these schemes."""
    if url.scheme not in schemes or not url.hostname:
        raise ValueError("no address of a server")
    return url.scheme, url.hostname, url.port or PORTS[url.scheme]
