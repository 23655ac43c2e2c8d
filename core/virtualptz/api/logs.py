"""What the agent's logs may hold: no query of a URL in the access log, no credential anywhere."""

import logging
import time
from collections import deque
from collections.abc import Callable

from uvicorn.logging import ColourizedFormatter

from ..logs import OURS, Formatter, JsonLines, formatter, level_of
from ..redact import install_secret_filter

ROUTINE = {("POST", "/runner/tracking/update", 200), ("GET", "/runner/jobs", 200)}
"""What workers do all the time, and how it ends when all is well."""
REFUSED = (401, 403)
REFUSED_LINES, REFUSED_SECONDS = 20, 60.0
NONSENSE = ("Invalid HTTP request", "Unsupported upgrade request", "No supported WebSocket library")
"""How uvicorn's lines about requests begin that anybody can send, with a key or without."""
OWN_FORMS = (ColourizedFormatter, Formatter, JsonLines)
"""Of uvicorn and of us: not those of a configuration of somebody's."""
HANDLERS_OF = ("", OURS, "uvicorn", "uvicorn.error", "uvicorn.access")


class QueryFilter(logging.Filter):
    """Cuts the query off the path in uvicorn's access log: a preview URL's token stands there.

    Detectors report ten times a second and look for jobs every two, which would bury all else: where that
    goes well it is left out.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple) and len(record.args) == 5:
            client, method, path, version, status = record.args
            record.args = (client, method, str(path).partition("?")[0], version, status)
            return (method, record.args[2], status) not in ROUTINE
        return True


class _Sparse(logging.Filter):
    """So many lines a minute of those that `is_one` knows."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._shown: deque[float] = deque(maxlen=REFUSED_LINES)

    def is_one(self, record: logging.LogRecord) -> bool:
        raise NotImplementedError

    def filter(self, record: logging.LogRecord) -> bool:
        if not self.is_one(record):
            return True
        now = self._clock()
        if len(self._shown) == REFUSED_LINES and now - self._shown[0] < REFUSED_SECONDS:
            return False
        self._shown.append(now)
        return True


class RefusedFilter(_Sparse):
    """Of requests without a right key: `refusals` tells how many there were."""

    def is_one(self, record: logging.LogRecord) -> bool:
        return isinstance(record.args, tuple) and len(record.args) == 5 and record.args[4] in REFUSED


class NonsenseFilter(_Sparse):
    """Of requests that are none."""

    def is_one(self, record: logging.LogRecord) -> bool:
        return str(record.msg).startswith(NONSENSE)


def guard_logs(form: str = "", level: str = "") -> None:
    """Filters on uvicorn's and the root's handlers, under whatever command the server was started.

    uvicorn's own formatters give way to ours; those of a configuration of somebody's stay. `form`,
    `level`: of the settings; "": as the environment says.

    Plain uvicorn configures no logger but its own: the root then gets a handler here, or all other warnings
    would go to stderr without time, name and filter.
    """
    for name, kind in (
        ("uvicorn.access", QueryFilter),
        ("uvicorn.access", RefusedFilter),
        ("uvicorn.error", NonsenseFilter),
    ):
        server = logging.getLogger(name)
        if not any(isinstance(present, kind) for present in server.filters):
            server.addFilter(kind())
    root = logging.getLogger()
    if not root.handlers:
        first = logging.StreamHandler()
        first.setFormatter(formatter(form))
        root.addHandler(first)
    dress_handlers(form)
    if any(isinstance(handler.formatter, OWN_FORMS) for handler in root.handlers):
        set_levels(level)


def dress_handlers(form: str = "") -> None:
    """Our form and the filter on the handlers that there are."""
    for name in HANDLERS_OF:
        logger = logging.getLogger(name)
        for handler in logger.handlers:
            if isinstance(handler.formatter, OWN_FORMS):
                handler.setFormatter(formatter(form, getattr(handler, "stream", None)))
        install_secret_filter(logger)


def set_levels(level: str = "") -> None:
    """Of ours as asked; what others say is shown from warnings on, uvicorn's from its usual `info` on."""
    lowest = level_of(level)
    logging.getLogger(OURS).setLevel(lowest)
    logging.getLogger().setLevel(max(lowest, logging.WARNING))
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).setLevel(max(lowest, logging.INFO))
