"""Events of a real agent: states of a job, a reader that is cut off, an agent that is another one."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from ..faults.proxy import Proxy
from .agent import API_KEY, Agent
from .conftest import AgentFactory
from .processes import wait_for

INGEST = "/runner/ingest/start"


@dataclass(frozen=True)
class Event:
    id: str
    """The reader's newest, as of this event."""
    type: str
    data: dict[str, Any]


@dataclass
class Reader:
    """Reads in a thread of its own until the stream ends or `cut`."""

    url: str
    last_id: str = ""
    events: list[Event] = field(default_factory=list)
    comments: int = 0

    def __post_init__(self) -> None:
        self.opened = threading.Event()
        self._answer: httpx2.Response | None = None
        self._thread = threading.Thread(target=self._read, name="events", daemon=True)
        self._thread.start()
        assert self.opened.wait(20)

    def _read(self) -> None:
        headers = {"Authorization": f"Bearer {API_KEY}"}
        if self.last_id:
            headers["Last-Event-ID"] = self.last_id
        try:
            with httpx2.stream("GET", self.url, headers=headers, timeout=60) as answer:
                assert answer.headers["content-type"] == "text/event-stream"
                self._answer = answer
                block: dict[str, str] = {}
                for line in answer.iter_lines():
                    block = self._take(line, block)
        except httpx2.TransportError:
            return
        finally:
            self.opened.set()

    def _take(self, line: str, block: dict[str, str]) -> dict[str, str]:
        if line:
            name, _, value = line.partition(": ")
            return block if not name else {**block, name: value}
        self.last_id = block.get("id", self.last_id)
        if "data" in block:
            self.events.append(Event(self.last_id, block["event"], json.loads(block["data"])))
        self.opened.set()
        return {}

    def wait(self, kind: str, **wanted: object) -> Event:
        def found() -> Event | None:
            return next((each for each in self.events if each.type == kind and fits(each, wanted)), None)

        return wait_for(f"{kind} {wanted}; so far: {self.events}", found)

    def wait_end(self, seconds: float = 20.0) -> None:
        self._thread.join(seconds)
        assert not self._thread.is_alive()


def fits(event: Event, wanted: dict[str, object]) -> bool:
    return all(event.data.get(name) == value for name, value in wanted.items())


@contextmanager
def reading(agent: Agent, last_id: str = "", query: str = "") -> Iterator[Reader]:
    """Cut off at the end, wherever it is."""
    proxy = Proxy(agent.port)
    reader = Reader(f"http://127.0.0.1:{proxy.port}/runner/events{query}", last_id)
    try:
        yield reader
    finally:
        proxy.cut()
        reader.wait_end()
        proxy.close()


def states(events: list[Event], job_id: str) -> list[tuple[str, str]]:
    """State and phase, each where it is not as before."""
    told = [
        (event.data["state"], event.data["phase"])
        for event in events
        if event.type == "job" and event.data["job_id"] == job_id
    ]
    return [each for at, each in enumerate(told) if at == 0 or told[at - 1] != each]


def test_states_of_a_job_a_cut_and_another_agent(start_agent: AgentFactory, loop_mp4: Path) -> None:
    agent = start_agent({"RUNNER_KEEP_JOBS_ON_SHUTDOWN": "1"})
    body = {"session_id": "e", "source_uri_ref": str(loop_mp4), "profile": "fluid"}
    key = {"Idempotency-Key": "one"}
    with reading(agent) as first:
        started = agent.client.post(INGEST, json=body, headers=key)
        job_id = started.json()["job_id"]
        first.wait("job", phase="streaming", job_id=job_id)
        first.wait("camera", job_id=job_id, mode="auto")
        update = {"job_id": job_id, "tracking_confidence": 0.9, "tracking_state": "stable"}
        agent.post("/runner/tracking/update", update)
        first.wait("tracking", tracking_state="stable", job_id=job_id)
    assert states(first.events, job_id)[0] == ("running", "connecting")

    agent.post("/runner/tracking/update", {**update, "tracking_state": "lost"})
    preview = agent.post("/runner/preview/start", {"source_uri_ref": str(loop_mp4)})["job_id"]
    agent.post("/runner/preview/stop", {"job_id": preview})
    with reading(agent, first.last_id) as second:
        second.wait("job", job_id=preview, state="stopped")
        second.wait("tracking", tracking_state="lost")
        assert not [event for event in second.events if event.type == "gap"]
        assert states(second.events, preview)[0] == ("running", "connecting")
        assert not {event.id for event in second.events} & {event.id for event in first.events}
        with reading(agent, query=f"?types=job&job_id={preview}&last_event_id=x") as other:
            wait_for("gap and state", lambda: len(other.events) == 2)
            assert [event.type for event in other.events] == ["gap", "job"]
        agent.terminate(10)
        second.wait_end()

    agent.start()
    again = agent.client.post(INGEST, json=body, headers=key)
    assert (again.json(), again.headers["idempotency-replayed"]) == (started.json(), "true")
    with reading(agent, second.last_id) as third:
        third.wait("job", job_id=job_id, phase="streaming")
        assert (third.events[0].type, third.events[0].data["reason"]) == ("gap", "another_agent")
        jobs = [event.data["job_id"] for event in third.events if event.type == "job"]
        assert set(jobs[:2]) == {job_id, preview}
        assert states(third.events, preview) == [("stopped", "ended")]
        agent.stop_ingest(job_id)
        third.wait("job", job_id=job_id, state="stopped")
