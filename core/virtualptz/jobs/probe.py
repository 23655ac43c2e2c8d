"""Looks at a source in a process of its own: `python -m virtualptz.jobs.probe`, request and answer as JSON on
stdin and stdout (a URI holds passwords, so it is no argument)."""

import logging
import os
import sys
from time import monotonic

from pydantic import Field

from ..errors import MediaError, MediaTimeoutError, VirtualPtzError
from ..logs import start_logging
from ..model import Frozen, MediaInfo
from ..plugins import PluginHost
from ..redact import mask, register_secret
from .fence import PROBE


class ProbeRequest(Frozen):
    source: str = Field(repr=False)
    deadline: float
    """On the machine's monotonic clock, which all its processes share."""
    media_backend: str
    plugins_disabled: tuple[str, ...] = ()
    plugin_options: dict[str, dict[str, str]] = Field(default_factory=dict)


class ProbeAnswer(Frozen):
    """What was found, or what went wrong, credentials removed."""

    media: MediaInfo | None = None
    error: str = ""
    timed_out: bool = False
    retryable: bool = False


def probe(request: ProbeRequest) -> ProbeAnswer:
    register_secret(request.source)
    try:
        plugins = PluginHost.load(request.plugins_disabled, request.plugin_options)
        backend = plugins.media_backend(request.media_backend)
        left = request.deadline - monotonic()
        if left <= 0:
            return ProbeAnswer(timed_out=True)
        return ProbeAnswer(media=backend.probe(request.source, left))
    except MediaError as error:
        timed_out = isinstance(error, MediaTimeoutError)
        return ProbeAnswer(error=mask(str(error)), timed_out=timed_out, retryable=error.retryable)
    except VirtualPtzError as error:
        return ProbeAnswer(error=mask(str(error)))


def main() -> None:
    PROBE.put_up()
    start_logging(others=logging.WARNING)
    answer = probe(ProbeRequest.model_validate_json(sys.stdin.buffer.read()))
    sys.stdout.write(answer.model_dump_json())
    sys.stdout.flush()


if __name__ == "__main__":
    main()
    # A media library's thread that hangs must not keep the answer waiting.
    os._exit(0)
