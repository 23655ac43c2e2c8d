"""`virtualptz jobs watch`: jobs as they are, and what happens to them."""

import queue
import signal
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text as Words

from ..client import RunnerClient, RunnerError
from ..redact import mask
from ..wire.events import CameraEvent, GapEvent, JobEvent, TrackingEvent
from .app import Text, no_log
from .calling import agent_at
from .job_table import HEAD, lines, remarks, row

if TYPE_CHECKING:
    from ..client import Event
    from ..wire.job import JobAnswer

EVERY_SECONDS = 1.0
KEPT = 12
"""Of what happened, lines."""
WAITING = 200
"""Events that wait to be shown; when there are more, the agent lets us go, and then says what was missed."""
COLOURS = {
    **dict.fromkeys(("streaming", "publishing"), "green"),
    **dict.fromkeys(("connecting", "reconnecting", "retrying", "restarting", "starting"), "yellow"),
    **dict.fromkeys(("failed", "rejected", "waiting"), "red"),
    **dict.fromkeys(("stopped", "ended", "-"), "dim"),
}


def watch(*, runner_base_url: Text = "") -> int:
    """Show the jobs of an agent as they are, and what happens to them, until Ctrl-C.

    On a terminal a table that goes on; elsewhere the table once, and a line for whatever happens. An
    agent that is started anew is found again.

    Parameters
    ----------
    runner_base_url
        The agent, where it does not listen where RUNNER_AGENT_URL says.
    """
    no_log()
    with agent_at(runner_base_url) as agent:
        jobs = agent.jobs().jobs
        screen: Screen = LiveScreen(jobs) if sys.stdout.isatty() else PlainScreen(jobs)
        # As Ctrl-C does: a terminal is to be left as it was.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        with suppress(KeyboardInterrupt), screen:
            _follow(agent, screen)
    return 0


class Screen(Protocol):
    def __enter__(self) -> object: ...
    def __exit__(self, *_: object) -> None: ...
    def happened(self, line: str) -> None: ...
    def show(self, jobs: "Sequence[JobAnswer]") -> None: ...
    def lost(self, why: str) -> None: ...


def _follow(agent: RunnerClient, screen: Screen) -> None:
    """Until somebody interrupts it. Raises RunnerRefusedError where the agent does not want us any more."""
    events: queue.Queue[Event | RunnerError] = queue.Queue(WAITING)
    reader = threading.Thread(target=_read, args=(agent, events), name="events of the agent", daemon=True)
    reader.start()
    try:
        while True:
            for event in _taken(events):
                screen.happened(told(event))
            try:
                screen.show(agent.jobs().jobs)
            except RunnerError as error:
                screen.lost(mask(str(error)))
    finally:
        agent.close()
        while reader.is_alive():
            with suppress(queue.Empty):
                events.get(timeout=0.1)


def _taken(events: "queue.Queue[Event | RunnerError]") -> Iterator["Event"]:
    """All that wait, after the first has come or a second is over."""
    with suppress(queue.Empty):
        event = events.get(timeout=EVERY_SECONDS)
        while True:
            if isinstance(event, RunnerError):
                raise event
            yield event
            event = events.get_nowait()


def _read(agent: RunnerClient, events: "queue.Queue[Event | RunnerError]") -> None:
    try:
        for event in agent.events(types=("job", "tracking", "camera")):
            events.put(event)
    except RunnerError as error:
        events.put(error)


def told(event: "Event") -> str:
    """One line."""
    body = event.body
    at = f"{body.at.astimezone():%H:%M:%S}"
    if isinstance(body, JobEvent):
        publish = f", {body.publish_state}" if body.publish_state else ""
        error = f": {body.last_error}" if body.last_error else ""
        return f"{at} {body.job_id} {body.state} ({body.phase or 'starting'}{publish}){error}"
    if isinstance(body, TrackingEvent):
        sure = f"{body.tracking_confidence:.2f}"
        return f"{at} {body.job_id} tracking {body.tracking_state} ({sure}), by {body.source}"
    if isinstance(body, CameraEvent):
        problem = f": {body.problem}" if body.problem else ""
        doing = f", {body.reason}" if body.reason else ""
        return f"{at} {body.job_id} camera {body.mode}{doing}, held by {body.holder}{problem}"
    if isinstance(body, GapEvent):
        why = "the agent was started anew" if body.reason == "another_agent" else "too much happened"
        return f"{at} what happened before is not known: {why}"
    return f"{at} {event.type}"


class PlainScreen:
    """For pipes and logs: how it is at first, and what happens, a line each."""

    def __init__(self, jobs: "Sequence[JobAnswer]") -> None:
        self._jobs = jobs
        self._lost = ""

    def __enter__(self) -> None:
        print("\n".join(lines(self._jobs)), flush=True)

    def __exit__(self, *_: object) -> None: ...

    def happened(self, line: str) -> None:
        print(line, flush=True)

    def show(self, jobs: "Sequence[JobAnswer]") -> None:
        if self._lost:
            print(f"{datetime.now():%H:%M:%S} the agent answers again; {len(jobs)} jobs", flush=True)
        self._lost = ""

    def lost(self, why: str) -> None:
        if not self._lost:
            print(f"{datetime.now():%H:%M:%S} no answer from the agent: {why}", flush=True)
        self._lost = why


class LiveScreen:
    """A table, what is wrong under it, and what happened last."""

    def __init__(self, jobs: "Sequence[JobAnswer]") -> None:
        self._jobs = jobs
        self._lines: deque[str] = deque(maxlen=KEPT)
        self._live = Live(self._drawn(), console=Console(), auto_refresh=False, screen=True)

    def __enter__(self) -> None:
        self._live.start()

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def happened(self, line: str) -> None:
        self._lines.append(line)

    def show(self, jobs: "Sequence[JobAnswer]") -> None:
        self._jobs = jobs
        self._live.update(self._drawn(), refresh=True)

    def lost(self, why: str) -> None:
        self._live.update(self._drawn(f"No answer from the agent, it is asked again: {why}"), refresh=True)

    def _drawn(self, problem: str = "") -> Group:
        now = datetime.now(UTC)
        running = sum(job.state == "running" for job in self._jobs)
        wrong = [f"{job.job_id}: {remark}" for job in self._jobs for remark in remarks(job)]
        return Group(
            Words(f"{running} of {len(self._jobs)} jobs run. {now.astimezone():%H:%M:%S}. Ctrl-C ends this."),
            Words(problem, "bold red"),
            _table([row(job, now) for job in self._jobs]),
            Words("\n".join(wrong), "yellow"),
            Words("\n".join(["", *self._lines]), "dim"),
        )


def _table(rows: Sequence[Sequence[str]]) -> Table:
    drawn = Table(*HEAD, box=None, header_style="bold", pad_edge=False)
    for cells in rows:
        drawn.add_row(*(Words(cell, COLOURS.get(cell, ""), overflow="fold") for cell in cells))
    return drawn
