"""The source URI of a request, checked off the event loop: a disk may hang, and so may a name server."""

from ..jobs.checks import checks_of
from ..redact import register_secret
from ..settings import Settings
from ..uris import validate_source


async def checked_source(uri: str, settings: Settings, *, must_exist: bool = True) -> str:
    """The normal form; raises ConfigError, LimitError. Its credentials stay out of the logs from here on."""
    register_secret(uri)
    roots = settings.source_roots
    source = await checks_of(uri).run(lambda: validate_source(uri, roots=roots, must_exist=must_exist))
    register_secret(source)
    await checks_of(source).run(lambda: settings.source_policy.check(source))
    return source
