"""The tracking worker: tracking sources, pushed to the jobs of an agent, in a process of their own."""

from .logs import start_logging
from .mark import run_by_agent
from .options import WorkerOptions
from .worker import run_worker

__all__ = ["WorkerOptions", "run_by_agent", "run_worker", "start_logging"]
