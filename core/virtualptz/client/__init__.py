"""A typed client of a runner agent, for threads and for asyncio: see docs/client.md."""

from .aio import AsyncRunnerClient
from .connection import Key, environment_key
from .errors import RunnerError, RunnerRefusedError, RunnerUnreachableError
from .events import Event
from .multipart import FramePart
from .sync import RunnerClient

__all__ = [
    "AsyncRunnerClient",
    "Event",
    "FramePart",
    "Key",
    "RunnerClient",
    "RunnerError",
    "RunnerRefusedError",
    "RunnerUnreachableError",
    "environment_key",
]
