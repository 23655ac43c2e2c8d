"""The tracking worker: tracking sources, pushed to the jobs of an agent, in a process of their own."""

from .worker import WorkerOptions, run_worker

__all__ = ["WorkerOptions", "run_worker"]
