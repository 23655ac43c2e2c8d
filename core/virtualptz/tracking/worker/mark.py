"""How an agent tells the reports of a worker that it runs itself from those of others."""

import os

WORKER_ENVIRON = "VIRTUALPTZ_WORKER"
"""In the environment of such a worker: a word that nobody else knows."""
WORKER_HEADER = "X-Runner-Worker"
"""With that word, in each of its calls."""


def run_by_agent() -> bool:
    """Whether an agent has started this worker, and not somebody by hand."""
    return bool(os.environ.get(WORKER_ENVIRON))


def mark_headers() -> dict[str, str]:
    """What this process's calls carry; nothing where no agent runs it."""
    word = os.environ.get(WORKER_ENVIRON, "")
    return {WORKER_HEADER: word} if word.isascii() and word.isprintable() and word else {}
