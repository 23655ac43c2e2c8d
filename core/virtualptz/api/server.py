"""The agent's own server: uvicorn, set up so that it stops when told to."""

import copy
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from uvicorn.config import LOGGING_CONFIG

from ..settings import Settings
from .app import create_app
from .logs import OURS
from .services import OpenServices, open_services

DRAIN_SECONDS = 3
FAILED_TO_START = 3


def serve(settings: Settings, host: str, port: int, *, services: OpenServices = open_services) -> int:
    """Run the agent until SIGTERM or SIGINT; the exit code: 0, or 3 where it could not start.

    Where no public base URL is set, preview URLs name this port on this machine; where no agent URL is set,
    the workers that the agent runs use this host and port.
    """
    here = {"public_base_url": f"http://127.0.0.1:{port}", "agent_url": url_from_here(host, port)}
    unset = here.keys() - settings.model_fields_set
    settings = settings.model_copy(update={name: here[name] for name in unset})
    config = uvicorn.Config(
        create_app(settings, services=services),
        host=host,
        port=port,
        lifespan="on",
        log_config=log_config(),
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    server = uvicorn.Server(config)
    with _signals_that_end_nothing():
        try:
            server.run()
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else FAILED_TO_START
    return 0 if server.started else FAILED_TO_START


def url_from_here(host: str, port: int) -> str:
    """Where programs on this machine reach a server that listens on `host`."""
    everywhere = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - they are replaced
    named = f"[{host}]" if ":" in host else host
    return f"http://{everywhere.get(host, named)}:{port}"


def log_config() -> dict[str, Any]:
    """uvicorn's, with our loggers and all others' warnings beside its own."""
    config: dict[str, Any] = copy.deepcopy(LOGGING_CONFIG)
    config["loggers"][OURS] = {"level": "INFO"}
    config["root"] = {"handlers": ["default"], "level": "WARNING"}
    return config


@contextmanager
def _signals_that_end_nothing() -> Iterator[None]:
    """uvicorn, having stopped for a signal, raises it again for whoever had it before: a clean stop is 0."""
    stopping = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda _number, _frame: None) for number in stopping}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
