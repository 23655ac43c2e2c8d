"""What a worker says beside its push lines, on stderr."""

import logging

from ... import logs
from ...logs import JsonLines, formatter


def start_logging() -> None:
    """For a process that is a worker and nothing else."""
    form = formatter()
    logs.start_logging(form=form if isinstance(form, JsonLines) else logging.Formatter("%(message)s"))
    logging.getLogger("httpx2").setLevel(logging.WARNING)
