"""The ASGI application: routes behind authentication and limits, engine and plug-ins for its lifetime."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any, cast

from fastapi import FastAPI
from starlette.types import Message, Receive, Scope, Send

from .. import __version__
from ..errors import ConfigError, VirtualPtzError
from ..redact import register_secret
from ..settings import Settings, load_settings
from ..uris import validate_target
from . import (
    routes_events,
    routes_health,
    routes_ingest,
    routes_jobs,
    routes_logs,
    routes_metrics,
    routes_plugins,
    routes_presets,
    routes_preview,
    routes_probe,
    routes_ptz,
    routes_snapshot,
    routes_tracking,
)
from .auth import AuthMiddleware
from .connection import keep_transport
from .document import completed
from .errors import install_error_handlers
from .limits import BodyLimitMiddleware
from .logs import guard_logs
from .request_id import RequestIdMiddleware
from .rereading import Reread, at_hangup
from .routing import operation_id
from .services import OpenServices, Services, open_services
from .signals import before_stopping

log = logging.getLogger(__name__)

ROUTERS = (
    routes_health.router,
    routes_probe.router,
    routes_preview.router,
    routes_ingest.router,
    routes_jobs.router,
    routes_snapshot.router,
    routes_logs.router,
    routes_events.router,
    routes_ptz.router,
    routes_presets.router,
    routes_tracking.router,
    routes_plugins.router,
    routes_metrics.router,
)


def create_app(
    settings: Settings | None = None,
    *,
    services: OpenServices = open_services,
    reread: Reread = load_settings,
) -> FastAPI:
    """The agent as an ASGI application. Nothing starts, and no setting is read, before its lifespan does.

    `reread`: reads them again where that is asked for.
    """
    app = AgentApp(
        title="VirtualPTZ runner agent",
        version=__version__,
        summary="A moving broadcast window out of a fixed wide camera.",
        lifespan=_lifespan(settings, services, reread),
        generate_unique_id_function=operation_id,
    )
    app.add_middleware(BodyLimitMiddleware)
    app.add_middleware(AuthMiddleware, services=lambda: cast(Services, app.state.services))
    app.add_middleware(RequestIdMiddleware)
    install_error_handlers(app)
    for router in ROUTERS:
        app.include_router(router)
    return app


class AgentApp(FastAPI):
    def openapi(self) -> dict[str, Any]:
        if not self.openapi_schema:
            self.openapi_schema = completed(super().openapi())
        return self.openapi_schema

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.state.has_served = True
            keep_transport(scope, send)
        if scope["type"] == "lifespan":
            send = self._with_plain_failure(send)
        await super().__call__(scope, receive, send)

    def _with_plain_failure(self, send: Send) -> Send:
        """A start that fails for a reason of ours is one line for the operator, not a trace."""
        self.state.failure = None

        async def tell(message: Message) -> None:
            if message["type"] == "lifespan.startup.failed" and self.state.failure is not None:
                message = {**message, "message": self.state.failure}
            await send(message)

        return tell


def _lifespan(
    given: Settings | None, services: OpenServices, reread: Reread
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        guard_logs()
        async with AsyncExitStack() as stack:
            try:
                settings = given or load_settings()
                guard_logs(settings.log_format, settings.log_level)
                _check_output(settings.ingest_output_uri)
                running = await stack.enter_async_context(services(settings))
            except VirtualPtzError as error:
                app.state.failure = str(error)
                raise
            app.state.services = running
            stack.enter_context(at_hangup(reread, running.changes))
            stack.enter_context(before_stopping(running.engine.ask_close))
            app.state.has_served = False
            yield
            if app.state.has_served:
                # Else the server could not even listen, and that is nobody's wish to end what is on air.
                running.engine.ask_close()

    return lifespan


def _check_output(template: str) -> None:
    """Previews go on with a bad output, so this is an error in the log and not the end of the agent."""
    register_secret(template)
    filled = template.replace("{replica_index}", "0")
    for name in ("{job_id}", "{session_id}"):
        filled = filled.replace(name, "x")
    try:
        validate_target(filled)
    except ConfigError as error:
        log.error("RUNNER_INGEST_OUTPUT_URI: %s; no ingest can start", error)  # noqa: TRY400 - no trace
