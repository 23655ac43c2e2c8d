"""Whether jobs will find a media backend. The agent itself decodes nothing: it only has one built."""

import asyncio
from typing import Protocol

from ...errors import ConfigError, PluginError
from ...protocols import MediaBackend


class Backends(Protocol):
    """Those that plug-ins offer; the plug-in host is one."""

    def media_backend(self, name: str) -> MediaBackend:
        """Build it. Raises PluginError, ConfigError."""


async def fault_of(name: str, backends: Backends) -> str | None:
    """Why no job can have this backend."""
    try:
        await asyncio.to_thread(backends.media_backend, name)
    except (PluginError, ConfigError) as error:
        return f"RUNNER_MEDIA_BACKEND: {error}"
    return None
