"""The agent's own server: uvicorn, set up so that it stops when told to."""

import asyncio
import copy
import faulthandler
import logging
import signal
import socket
from types import FrameType
from typing import Any, cast

import uvicorn
from fastapi import FastAPI
from uvicorn.config import LOGGING_CONFIG

from ..errors import ConfigError
from ..logs import OURS, formatter, level_of
from ..settings import Settings, load_settings
from ..uris import url_from_here
from .app import create_app
from .listening import listeners
from .notify import keep_alive, tell
from .protocol import protocol
from .services import OpenServices, Services, open_services
from .signals import SIGNALS

log = logging.getLogger(__name__)

STUCK_SECONDS = 1.0
"""Who has not taken by then what was sent to them does not keep the agent from ending."""
DRAIN_SECONDS = 3
LONGEST_END_SECONDS = 8.0
"""From the signal on. Jobs and connections have shorter times of their own: this is for a disk that hangs."""
STDERR = 2
FAILED_TO_START = 3
BACKLOG = 2048


def serve(settings: Settings, host: str, port: int, *, services: OpenServices = open_services) -> int:
    """Run the agent until SIGTERM or SIGINT; the exit code: 0, or 3 where it could not start.

    Where no public base URL is set, preview URLs name this port on this machine; where no agent URL is set,
    the workers that the agent runs use this host and port.
    """
    here = {"public_base_url": f"http://127.0.0.1:{port}", "agent_url": url_from_here(host, port)}

    def placed(read: Settings) -> Settings:
        return read.model_copy(update={name: here[name] for name in here.keys() - read.model_fields_set})

    config = uvicorn.Config(
        create_app(placed(settings), services=services, reread=lambda: placed(load_settings(settings.flags))),
        host=host,
        port=port,
        lifespan="on",
        log_config=log_config(settings.log_format, settings.log_level),
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
        backlog=BACKLOG,
        http=protocol(settings.max_viewers),
        ws="none",
    )
    return AgentServer(config).run_to_end(host, port)


class AgentServer(uvicorn.Server):
    """Told to stop, however often, it stops in form and within seconds."""

    def run_to_end(self, host: str, port: int) -> int:
        """The exit code. For the main thread of a process that ends with it."""
        for number in SIGNALS:
            signal.signal(number, self.handle_exit)
        try:
            # Before the jobs are taken over: whoever cannot serve must not touch them either.
            self.run(sockets=listeners(host, port))
        except ConfigError as error:
            log.error("%s", error)  # noqa: TRY400
            return FAILED_TO_START
        except SystemExit as end:
            return end.code if isinstance(end.code, int) else FAILED_TO_START
        finally:
            for number in SIGNALS:
                signal.signal(number, signal.SIG_IGN)
        return 0 if self.started else FAILED_TO_START

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn's
        """uvicorn's own leaves jobs running at a second Ctrl-C, and raises the signal again at the end."""
        tell("STOPPING=1")
        if not self.should_exit:
            # Also for what the interpreter waits for at its very end: it tells the stacks, and exits with 1.
            faulthandler.dump_traceback_later(LONGEST_END_SECONDS, exit=True, file=STDERR)
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.should_exit:
            self._told_early()
        log.info(
            "The agent listens on %s (Ctrl-C ends it)", url_from_here(self.config.host, self.config.port)
        )
        if self.started:
            tell("READY=1")

    def _told_early(self) -> None:
        """The signal came while the jobs were taken over, and reached nobody who could end them."""
        services: Services | None = getattr(cast(FastAPI, self.config.app).state, "services", None)
        if services is not None:
            services.engine.ask_close()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        stuck = asyncio.create_task(self._drop_stuck(), name="drop stuck connections")
        try:
            await super().shutdown(sockets)
        finally:
            stuck.cancel()

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        alive = asyncio.create_task(keep_alive(), name="watchdog")
        try:
            await super().serve(sockets)
        finally:
            alive.cancel()

    async def _drop_stuck(self) -> None:
        await asyncio.sleep(STUCK_SECONDS)
        for connection in tuple(self.server_state.connections):
            transport = connection.transport
            if transport is not None and transport.get_write_buffer_size() > 0:
                transport.abort()


def log_config(form: str = "", level: str = "") -> dict[str, Any]:
    """uvicorn's, with our form, our loggers, and all others' warnings beside its own."""
    lowest = level_of(level)
    config: dict[str, Any] = copy.deepcopy(LOGGING_CONFIG)
    config["formatters"] = {name: {"()": formatter, "form": form} for name in config["formatters"]}
    config["loggers"][OURS] = {"level": lowest}
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        config["loggers"][name]["level"] = max(lowest, logging.INFO)
    config["root"] = {"handlers": ["default"], "level": max(lowest, logging.WARNING)}
    return config
