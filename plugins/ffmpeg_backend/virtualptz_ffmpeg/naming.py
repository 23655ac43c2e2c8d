"""Whether a host's name is what fails: FFmpeg calls that an input/output error."""

import errno
from urllib.parse import urlsplit

from virtualptz.resolving import addresses_of

SECONDS = 1.0


def unknown_name(error: Exception, uri: str) -> str | None:
    """Why the host of `uri` cannot be looked up; None where it can, or where `error` is of another kind.

    Blocks for a second at most.
    """
    if not isinstance(error, OSError) or error.errno != errno.EIO or "://" not in uri:
        return None
    host = urlsplit(uri).hostname
    if not host:
        return None
    try:
        addresses_of(host, SECONDS)
    except OSError as trouble:
        return f"the host's name cannot be looked up: {trouble.strerror or trouble}"
    return None
