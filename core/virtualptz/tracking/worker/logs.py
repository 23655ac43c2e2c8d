"""What a worker says beside its push lines, on stderr."""

import logging

from ...redact import SecretFilter


def start_logging() -> None:
    """For a process that is a worker and nothing else."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    handler.addFilter(SecretFilter())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("httpx2").setLevel(logging.WARNING)
