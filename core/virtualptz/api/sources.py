"""The source URI of a request, checked off the event loop: a disk may hang, and so may a name server."""

import asyncio

from ..redact import register_secret
from ..settings import Settings
from ..uris import validate_source


async def checked_source(uri: str, settings: Settings, *, must_exist: bool = True) -> str:
    """The normal form; raises ConfigError. Its credentials stay out of the logs from here on."""
    register_secret(uri)
    source = await asyncio.to_thread(validate_source, uri, roots=settings.source_roots, must_exist=must_exist)
    register_secret(source)
    await asyncio.to_thread(settings.source_policy.check, source)
    return source
