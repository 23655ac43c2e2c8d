"""What a worker says beside its push lines, on stderr."""

import logging

from ... import logs


def start_logging() -> None:
    """For a process that is a worker and nothing else."""
    logs.start_logging()
    logging.getLogger("httpx2").setLevel(logging.WARNING)
