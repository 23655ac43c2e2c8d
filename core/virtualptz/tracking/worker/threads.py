"""Threads of a worker that are at work on one of its jobs."""

import threading
from collections.abc import Callable

from ...logs import about_job


def thread_of(job_id: str, work: Callable[[], None], name: str) -> threading.Thread:
    """Not started; a daemon, whose lines are about that job: a thread does not inherit that."""

    def run() -> None:
        with about_job(job_id):
            work()

    return threading.Thread(target=run, name=f"{name} of {job_id}", daemon=True)
