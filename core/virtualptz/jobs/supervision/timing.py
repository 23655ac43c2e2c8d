"""How long the agent waits for its jobs' processes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """All in seconds. Silence is counted in the agent's own ticks: an agent that was itself held up (a paused
    machine) blames nobody for it."""

    tick: float = 0.5
    silence: float = 5.0
    """Without a heartbeat for this long, a process hangs."""
    first_word: float = 20.0
    """The same for a new process, which has to import the media libraries first."""
    adoption: float = 5.0
    """The same for one that an earlier agent left."""
    connect: float = 0.05
    """Between two tries to reach a socket that is not there yet."""
    reply: float = 2.0
    drain: float = 14.0
    """From Stop to SIGKILL, for a process that says all the while that it closes its outputs."""
    deaf: float = 1.5
    """The same for one that says nothing."""
    terminate: float = 2.0
    """From SIGTERM to SIGKILL, for a detector's worker."""
    abort: float = 1.0
    """From SIGABRT, by which a hung process leaves its stacks in its log, to SIGKILL."""
    file_remains: float = 5.0
    """What a publisher of a file gets to finish it after its job's process has gone."""
    live_remains: float = 0.5
    stop_all: float = 3.5
    """What all of that may take when the agent ends; what then still runs is killed."""
    kill_all: float = 1.0
    """What that may take; what even then runs is left to the next agent."""
    spare: float = 3.0
    """From a job's start to the making of the next spare process."""
    first_update: float = 60.0
    """From the start of a detector's worker to its first update: it loads a model."""
    catch_up: float = 8.0
    """What a detector may need, beside its patience, to find a stream that has come back."""
    unusable: float = 60.0
    """Before a detector whose options cannot work, or that was lost too often, is tried again."""
    appetite: float = 1.0
    """Between two looks at the memory that a detector's worker takes."""
    job_appetite: float = 2.0
    """The same of a job's processes."""
    upkeep: float = 1.0
    """Between two looks at the state folder and the store."""
