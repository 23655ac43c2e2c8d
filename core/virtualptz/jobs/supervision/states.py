"""The states of a job, as a pure function: what has happened so far, and what one more event makes of it."""

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from ...model import JobOutcome, JobState
from ...wire.job import Phase

Stage = Literal["waiting", "starting", "live", "stopping", "ended"]
"""`waiting`: no process, one is due. `starting`: a process that has not spoken yet."""


@dataclass(frozen=True, slots=True)
class Life:
    stage: Stage = "waiting"
    wanted: bool = True
    restarts: int = 0
    """Processes lost without being asked to go, so far."""
    last_error: str | None = None
    outcome: JobOutcome | None = None
    aired: bool = False
    """A live source has been on air: only people end such a job."""

    @property
    def state(self) -> JobState:
        return self.outcome.state if self.outcome else "running"

    @property
    def phase(self) -> Phase:
        """What to show while the process itself says nothing."""
        if self.stage == "ended":
            return "ended"
        if self.stage == "stopping":
            return "draining"
        return "reconnecting" if self.restarts else "connecting"


@dataclass(frozen=True, slots=True)
class Started:
    """A process is there: new, or found alive and adopted."""


@dataclass(frozen=True, slots=True)
class Spoke:
    """The process sent a heartbeat."""


@dataclass(frozen=True, slots=True)
class Aired:
    """A picture of a live source was published."""


@dataclass(frozen=True, slots=True)
class StopAsked:
    """Somebody no longer wants the job."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The new process found another one of the same job and left at once."""


@dataclass(frozen=True, slots=True)
class Gone:
    """There is no process (any more). `outcome` is its own last word, where it left one."""

    error: str | None = None
    outcome: JobOutcome | None = None


Event: TypeAlias = Started | Spoke | Aired | StopAsked | Refused | Gone


def after(life: Life, event: Event) -> Life:
    """The life after `event`. An ended job stays as it is; a wanted one ends by its own word alone.

    What failed once it had been on air is started again: it has shown that it can work.
    """
    if life.stage == "ended":
        return life
    match event:
        case Started():
            return _stage(life, "starting")
        case Spoke():
            return _stage(life, "live")
        case Aired():
            return replace(life, aired=True)
        case StopAsked():
            return replace(life, stage="stopping", wanted=False)
        case Refused():
            return _stage(life, "waiting")
        case Gone():
            return _gone(life, event)


def _stage(life: Life, stage: Stage) -> Life:
    return life if life.stage == "stopping" else replace(life, stage=stage)


def _gone(life: Life, event: Gone) -> Life:
    outcome, error = event.outcome, event.error
    if outcome is not None and outcome.state == "failed" and life.aired and life.wanted:
        error, outcome = outcome.error, None
    if outcome is None and not life.wanted:
        outcome = JobOutcome("stopped")
    if outcome is not None:
        last_error = outcome.error or life.last_error
        return replace(life, stage="ended", wanted=False, outcome=outcome, last_error=last_error)
    return replace(
        life,
        stage="waiting",
        restarts=life.restarts + 1,
        last_error=error or life.last_error,
    )
