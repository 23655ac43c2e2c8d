"""`virtualptz serve` and `virtualptz worker`: the two programs that run on a match day."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from .app import Port, app


@app.command
def serve(*, host: str = "127.0.0.1", port: Port = 9001) -> int:
    """Run the agent until SIGTERM or Ctrl-C. Everything else is set by RUNNER_* (see docs/settings.md).

    Parameters
    ----------
    host
        Address to listen on; 0.0.0.0 for all.
    port
        TCP port.
    """
    from ..api.server import serve as run
    from ..settings import load_settings

    return run(load_settings(), host, port)


@app.command
def worker(
    *,
    runner_base_url: str,
    job_id: str,
    api_key: str = "",
    mode: str = "sim",
    input_file: Path | None = None,
    interval: Annotated[float, Parameter(validator=Number(gt=0))] = 1.0,
    source: str = "detector-worker",
    seed: int = 7,
) -> int:
    """Tell a job of an agent where play is, until SIGTERM or Ctrl-C. Prints a line a push.

    Parameters
    ----------
    runner_base_url
        The agent, as in http://127.0.0.1:9001.
    job_id
        The ingest to report for.
    api_key
        The agent's key; better in RUNNER_API_KEY, where no other user of the machine sees it.
    mode
        sim (a simulated match), file, live (the detector that is installed), or a tracking source's name.
    input_file
        What a detector keeps rewriting, for mode file.
    interval
        Seconds between two reports.
    source
        Who is said to have measured.
    seed
        Of the simulated match.
    """
    from ..tracking.worker import WorkerOptions, run_worker

    return run_worker(
        WorkerOptions(
            runner_base_url=runner_base_url,
            job_id=job_id,
            mode=mode,
            api_key=api_key,
            input_file=input_file,
            interval=interval,
            source=source,
            seed=seed,
        )
    )
