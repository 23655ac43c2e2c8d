"""FFmpeg's errors as the project's own, with nothing in them that is secret."""

import os
import ssl

import av.error

from virtualptz.errors import MediaError, MediaRefusedError, MediaTimeoutError
from virtualptz.redact import mask, redact_uri

from .naming import unknown_name

_HOPELESS = (
    av.error.DecoderNotFoundError,
    av.error.DemuxerNotFoundError,
    av.error.ProtocolNotFoundError,
    av.error.FileNotFoundError,
    av.error.OptionNotFoundError,
)

_REFUSED = (av.error.HTTPUnauthorizedError, av.error.HTTPForbiddenError)


def media_error(error: Exception, uri: str, doing: str, *, live: bool) -> MediaError:
    """What to raise in place of `error`, met while `doing` something with `uri`.

    A live source is worth another try whatever it sent: a server may hand out half a playlist. A network may
    also forbid a way for a moment. What a file holds stays as it is.
    """
    if isinstance(error, MediaError):
        return error
    where = redact_uri(uri)
    if isinstance(error, (av.error.ExitError, av.error.TimeoutError)):
        return MediaTimeoutError(f"{doing} {where}: nothing came in time")
    if live and isinstance(error, _REFUSED):
        return MediaRefusedError(f"{doing} {where}: {_reason(error, uri)}")
    return MediaError(
        f"{doing} {where}: {_reason(error, uri)}", retryable=live and not isinstance(error, _HOPELESS)
    )


def network_error(error: OSError) -> MediaError:
    """What to raise in place of what Python's own sockets raise."""
    if isinstance(error, TimeoutError):
        return MediaTimeoutError("nothing came in time")
    if isinstance(error, ssl.SSLCertVerificationError):
        return MediaRefusedError(
            f"the server's certificate is not to be trusted ({error.verify_message}); name who signed it in "
            "SSL_CERT_FILE, or set RUNNER_PLUGIN_FFMPEG_VERIFY_CERTIFICATES=false"
        )
    if isinstance(error, ssl.SSLError):
        return MediaError(f"no TLS with this server: {error.reason or 'it hangs up'}")
    return MediaError(error.strerror or "the connection broke off")


def named(error: MediaError, uri: str, doing: str) -> MediaError:
    """`error`, with what it was met in."""
    text = str(error)
    if not text.startswith(f"{doing} "):
        text = f"{doing} {redact_uri(uri)}: {text}"
    if isinstance(error, (MediaTimeoutError, MediaRefusedError)):
        return type(error)(text)
    return MediaError(text, retryable=error.retryable)


def _reason(error: Exception, uri: str) -> str:
    if isinstance(error, av.error.InvalidDataError):
        return "not media, or of a kind that is not allowed"
    if (trouble := unknown_name(error, uri)) is not None:
        return trouble
    if isinstance(error, OSError) and error.errno and error.errno > 0:
        return os.strerror(error.errno)
    text = error.strerror if isinstance(error, av.error.FFmpegError) else str(error)
    return mask(text or type(error).__name__)
