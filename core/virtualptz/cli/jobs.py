"""`virtualptz jobs`: what an agent has on air."""

from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter
from cyclopts.validators import Number

from ..errors import ConfigError
from .app import AsJson, Text, app, no_log
from .calling import agent_at
from .job_table import lines, matching

if TYPE_CHECKING:
    from ..client import RunnerClient
    from ..wire.job import JobAnswer

jobs_app = App(name="jobs", help="What an agent has on air: list it, watch it, read its logs, stop it.")
app.command(jobs_app)
jobs_app.command(
    "virtualptz.cli.watching:watch",
    name="watch",
    help="Show the jobs of an agent as they are, and what happens to them, until Ctrl-C.",
)

Kind = Literal["ingest", "preview"]
State = Literal["running", "stopped", "failed"]
Many = Annotated[tuple[str, ...], Parameter(negative="")]
Switch = Annotated[bool, Parameter(negative="")]


@jobs_app.default
@jobs_app.command(name="list")
def listed(
    *,
    kind: Annotated[Kind | None, Parameter(show_default=False)] = None,
    state: Annotated[tuple[State, ...], Parameter(negative="", show_default=False)] = (),
    session_id: Text = "",
    as_json: AsJson = False,
    runner_base_url: Text = "",
) -> int:
    """List the jobs that the agent knows, the oldest first, and what is wrong with them.

    Parameters
    ----------
    kind
        Only those of this kind.
    state
        Only those in this state; may be given several times.
    session_id
        Only those of this session.
    as_json
        Print JSON: the answer of GET /runner/jobs.
    runner_base_url
        The agent, where it does not listen where RUNNER_AGENT_URL says.
    """
    no_log()
    with agent_at(runner_base_url) as agent:
        answer = agent.jobs(kind=kind, state=state or None, session_id=session_id or None)
    if as_json:
        print(answer.model_dump_json(indent=2))
    else:
        print("\n".join(lines(answer.jobs)))
    return 0


@jobs_app.command
def logs(
    job: str,
    *,
    lines: Annotated[int, Parameter(validator=Number(gte=1, lte=10_000))] = 200,
    follow: Switch = False,
    runner_base_url: Text = "",
) -> int:
    """Print what a job's process wrote, the newest last, without credentials.

    Parameters
    ----------
    job
        Its id, or how that begins where no other begins so.
    lines
        How many of the newest.
    follow
        Go on with what it writes, until it ends or Ctrl-C.
    runner_base_url
        The agent, where it does not listen where RUNNER_AGENT_URL says.
    """
    no_log()
    with agent_at(runner_base_url) as agent:
        job_id = _one(agent, job).job_id
        if not follow:
            print(agent.logs(job_id, lines), end="")
            return 0
        for line in agent.follow_logs(job_id, lines):
            print(line, flush=True)
    return 0


@jobs_app.command
def stop(
    *jobs: str,
    every: Annotated[bool, Parameter(name="--all", negative="")] = False,
    yes: Switch = False,
    runner_base_url: Text = "",
) -> int:
    """Take jobs off air. Returns when they have ended.

    Parameters
    ----------
    jobs
        Their ids, or how each begins where no other begins so.
    every
        All that run. Asks for --yes.
    yes
        That is meant.
    runner_base_url
        The agent, where it does not listen where RUNNER_AGENT_URL says.
    """
    no_log()
    if bool(jobs) == every:
        raise ConfigError("which? Name jobs by their ids (virtualptz jobs lists them), or say --all")
    with agent_at(runner_base_url) as agent:
        running = agent.jobs(state="running").jobs
        chosen = running if every else [_one(agent, begin) for begin in jobs]
        if every and not yes:
            several = "" if len(running) == 1 else "s"
            raise ConfigError(f"this takes {len(running)} job{several} off air; with --yes it does")
        for job in chosen:
            print(_stopped(agent, job), flush=True)
    return 0


def _one(agent: "RunnerClient", begin: str) -> "JobAnswer":
    """Raises ConfigError where none is called so, or several are."""
    found = matching(agent.jobs().jobs, begin)
    if len(found) == 1:
        return found[0]
    if not found:
        raise ConfigError(f"there is no job {begin}; virtualptz jobs lists those that there are")
    raise ConfigError(f"{begin} may be {', '.join(job.job_id for job in found)}: more of it is needed")


def _stopped(agent: "RunnerClient", job: "JobAnswer") -> str:
    if job.state != "running":
        return f"{job.job_id}: is {job.state} already"
    if job.kind == "preview":
        agent.stop_preview(job.job_id)
    else:
        agent.stop_ingest(job.job_id)
    return f"{job.job_id}: stopped"
