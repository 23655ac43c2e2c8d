"""Whether a host's name is what fails: FFmpeg calls that an input/output error."""

import errno
import socket
from urllib.parse import urlsplit


def unknown_name(error: Exception, uri: str) -> str | None:
    """Why the host of `uri` cannot be looked up; None where it can, or where `error` is of another kind.

    Blocks as long as FFmpeg did to find out: for threads that somebody has an eye on.
    """
    if not isinstance(error, OSError) or error.errno != errno.EIO or "://" not in uri:
        return None
    host = urlsplit(uri).hostname
    if not host:
        return None
    try:
        socket.getaddrinfo(host, None)
    except OSError as trouble:
        return f"the host's name cannot be looked up: {trouble.strerror}"
    except UnicodeError:
        return "the host's name cannot be looked up: it is none"
    return None
