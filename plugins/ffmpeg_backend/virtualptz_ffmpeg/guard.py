"""Where the servers of one source may be: nothing is connected to that the source may not lead to.

Redirects and playlists name hosts: each name is looked up here, judged, and gone to at the address that was
judged.
"""

import logging
import os
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from time import monotonic
from urllib.parse import SplitResult, urlsplit
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]

from virtualptz.reach import Reach

log = logging.getLogger(__name__)

CONNECT_SECONDS = 3.0
"""For one address, where another one is left to try."""


@dataclass(frozen=True, slots=True)
class Guard:
    """Opens the connections of one source."""

    reach: Reach
    proxy: SplitResult | None = None
    """Of the environment, for HTTP: then its rules hold, wherever the source leads."""

    @classmethod
    def of_http(cls, uri: str) -> "Guard":
        """`http_proxy` is heeded for HTTPS too, as FFmpeg does; what `no_proxy` names is gone to directly."""
        reach = Reach.of(uri)
        proxy = os.environ.get("http_proxy", "")
        bypassed = {"no": os.environ.get("no_proxy", "")}
        if not proxy.startswith("http://") or proxy_bypass_environment(reach.host, bypassed):
            return cls(reach)
        return cls(reach, urlsplit(proxy))

    def connect(self, host: str, port: int, seconds: float) -> socket.socket:
        """Raises MediaError where it may not be gone to, OSError where nobody answers."""
        if self.proxy is not None:
            return socket.create_connection((host, port), seconds)
        deadline = monotonic() + seconds
        *others, last = self.reach.addresses(host)
        for address in others:
            try:
                return _connected(address, port, min(CONNECT_SECONDS, _left(deadline)))
            except OSError as error:
                log.debug("%s does not answer (%s): the next one is tried", address, error)
        return _connected(last, port, _left(deadline))


def _left(deadline: float) -> float:
    left = deadline - monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _connected(address: IPv4Address | IPv6Address, port: int, seconds: float) -> socket.socket:
    return socket.create_connection((str(address), port), seconds)
