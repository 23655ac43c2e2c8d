"""`virtualptz serve` and `virtualptz worker`: the two programs that run on a match day."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from .app import app

app.command(
    "virtualptz.cli.serving:serve",
    name="serve",
    help="Run the agent until SIGTERM or Ctrl-C. Flags win over RUNNER_*, and those over the file.",
)


@app.command
def worker(
    *,
    runner_base_url: str,
    job_id: str = "",
    jobs: str = "",
    api_key: str = "",
    mode: str = "sim",
    detector: str = "",
    model: str = "",
    source_uri: str = "",
    input_file: Path | None = None,
    interval: Annotated[float | None, Parameter(validator=Number(gte=0))] = None,
    source: str = "detector-worker",
    seed: int = 7,
    hang_seconds: Annotated[float, Parameter(validator=Number(gt=0))] = 30.0,
    quiet: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Tell an agent where play is, in one job or in many, until SIGTERM or Ctrl-C. Prints a line a push.

    Parameters
    ----------
    runner_base_url
        The agent, as in http://127.0.0.1:9001.
    job_id
        The ingest to report for.
    jobs
        Several: their ids with commas, all (running ingests), or assigned (those that ask for this detector).
    api_key
        The agent's key; better in RUNNER_API_KEY, where no other user of the machine sees it.
    mode
        sim (a simulated match), file, live (a detector), or a tracking source's name.
    detector
        Which one live means; without it, the preferred one of those that work on this machine.
    model
        The model's file, for a detector that needs one.
    source_uri
        Where the pictures come from, where not from the job itself.
    input_file
        What a detector keeps rewriting, for mode file.
    interval
        Seconds between two reports; 1 for sim and file, else every update is reported.
    source
        Who is said to have measured, for sim and file.
    seed
        Of the simulated match.
    hang_seconds
        A detector that took a picture and gives nothing for so long ends the process, with exit code 70.
    quiet
        Print no line for a report that went well.
    """
    from ..jobs.fence import DETECTOR
    from ..tracking.worker import WorkerOptions, run_by_agent, run_worker, start_logging

    if run_by_agent():
        DETECTOR.put_up()
    start_logging()
    return run_worker(
        WorkerOptions(
            runner_base_url=runner_base_url,
            job_id=job_id,
            jobs=jobs,
            mode=mode,
            detector=detector,
            model=model,
            source_uri=source_uri,
            api_key=api_key,
            input_file=input_file,
            interval=interval,
            source=source,
            seed=seed,
            hang_seconds=hang_seconds,
            quiet=quiet,
        )
    )
