"""RTSP sources: what FFmpeg asks is read, and each server is judged before anything goes there.

FFmpeg follows a server's redirect wherever that leads, gives whoever is there the source's login, and looks
a name up again after it was judged. So it is made to speak to this process alone (`rtsp_entrance`), which
carries what is said; what a server answers is handed back as it is.
"""

import secrets
import socket
from urllib.parse import urlsplit

from virtualptz import __version__
from virtualptz.errors import MediaError, MediaRefusedError

from .carrier import Carrier
from .origin import RTSP, Origin, origin_of
from .rtsp_request import Request, Requests

AGENT = f"VirtualPTZ/{__version__}"
MOST_REDIRECTS = 8


class RtspInput(Carrier):
    """Of one source."""

    def __init__(self, uri: str, open_timeout: float, *, verify: bool) -> None:
        super().__init__(uri, open_timeout, verify=verify)
        self.name = secrets.token_hex(16)
        """By which its requests are known: FFmpeg says it, and nobody else knows it."""
        self._origin = origin_of(urlsplit(uri), RTSP)
        self._connections = 0
        self._withheld_from: str | None = None
        """The host of a server that would have got another one's login."""

    def carry(
        self, asked: list[Request], requests: Requests, asks: socket.socket, hears: socket.socket
    ) -> None:
        """One connection: FFmpeg asks on `asks`, `asked` to begin with, and is answered on `hears`.

        Until either end hangs up.
        """
        if not self._take_up(hears):
            return
        try:
            origin = self._next(asked[0])
        except MediaError as error:
            self._note(error, hears)
            return
        self._withheld_from = None

        def said(these: list[Request]) -> bytes:
            return b"".join(self._said_to(origin, each) for each in these)

        self._carry(origin, asks, hears, lambda data: said(requests.take(data)), said(asked))

    def why(self, error: MediaError) -> MediaError:
        if self.failure is None and self._withheld_from and isinstance(error, MediaRefusedError):
            who = f"it leads to {self._withheld_from}, which asks for a login"
            return MediaRefusedError(f"{who}: the source's is for its own server alone")
        return super().why(error)

    def _next(self, request: Request) -> Origin:
        """Where this connection is to go. Raises MediaError where it is not."""
        self._connections += 1
        if self._connections > 1 + MOST_REDIRECTS:
            raise MediaError("it leads from one address to the next, without end")
        try:
            return request.origin
        except ValueError:
            raise MediaError("it leads to what is no address of an RTSP server", retryable=False) from None

    def _said_to(self, origin: Origin, request: Request) -> bytes:
        """FFmpeg takes the login along, wherever it is led."""
        is_own = origin == self._origin
        if request.has_login and not is_own:
            self._withheld_from = origin[1]
        return request.said_by(AGENT, logging_in=is_own)
