"""What the agent's logs may hold: no query of a URL in the access log, no credential anywhere."""

import logging

from ..redact import install_secret_filter

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
OURS = "virtualptz"
UPDATES = "/runner/tracking/update"
HANDLERS_OF = ("", OURS, "uvicorn", "uvicorn.error", "uvicorn.access")


class QueryFilter(logging.Filter):
    """Cuts the query off the path in uvicorn's access log: a preview URL's token stands there.

    Detectors report ten times a second, which would bury all else: what they report well is left out.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple) and len(record.args) == 5:
            client, method, path, version, status = record.args
            record.args = (client, method, str(path).partition("?")[0], version, status)
            return (method, path, status) != ("POST", UPDATES, 200)
        return True


def guard_logs() -> None:
    """Filters on uvicorn's and the root's handlers, under whatever command the server was started.

    Plain uvicorn configures no logger but its own: the root then gets a handler here, or all other warnings
    would go to stderr without time, name and filter.
    """
    access = logging.getLogger("uvicorn.access")
    if not any(isinstance(present, QueryFilter) for present in access.filters):
        access.addFilter(QueryFilter())
    root = logging.getLogger()
    if not root.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter(FORMAT))
        root.addHandler(handler)
        logging.getLogger(OURS).setLevel(logging.INFO)
    for name in HANDLERS_OF:
        install_secret_filter(logging.getLogger(name))
