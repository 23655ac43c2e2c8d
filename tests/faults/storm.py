"""Clients who start and stop jobs at the same time, and one who watches whether all that is told fits."""

import random
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2

from ..e2e.agent import Agent
from ..e2e.previews import PreviewViewer
from ..e2e.processes import wait_for
from .program import now

ENDED = ("stopped", "failed")
REFUSED = 503


@dataclass
class Observer:
    """Holds all that the agent says against what it has said, and against what it has answered others."""

    contradictions: list[str] = field(default_factory=list)
    looks: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stopped: dict[str, float] = field(default_factory=dict)
    """When each job's stop had been answered."""
    _last: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def note_stopped(self, job_id: str) -> None:
        with self._lock:
            self._stopped.setdefault(job_id, now())

    def note(self, status: Mapping[str, Any], asked: float) -> None:
        """What was told of a job upon a question that was asked at that moment."""
        job_id, state = status["job_id"], status["state"]
        with self._lock:
            stopped = self._stopped.get(job_id)
        if state == "unknown":
            self._object(f"{job_id} is unknown")
        if state == "running" and stopped is not None and stopped < asked:
            self._object(f"{job_id} runs, though its stop has been answered")
        if (state in ENDED) != (status.get("phase") == "ended"):
            self._object(f"{job_id} is {state} and in phase {status.get('phase')}")

    def follow(self, jobs: list[Mapping[str, Any]]) -> None:
        """The list of all jobs, as this observer alone asks for it: in order."""
        for job in jobs:
            before = self._last.get(job["job_id"])
            if before is not None and before["state"] in ENDED and job["state"] != before["state"]:
                self._object(f"{job['job_id']} was {before['state']} and is {job['state']}")
            if before is not None and job["restart_count"] < before["restart_count"]:
                self._object(f"{job['job_id']} has fewer restarts than before")
        self._last.update({job["job_id"]: job for job in jobs})

    def look(self, client: httpx2.Client) -> None:
        first, health, second = (
            client.get(path).json() for path in ("/runner/jobs", "/health", "/runner/jobs")
        )
        states = [{job["job_id"]: job["state"] for job in each["jobs"]} for each in (first, second)]
        kinds = [job["kind"] for job in first["jobs"] if job["state"] == "running"]
        counts = (health["preview_jobs"], health["ingest_jobs"])
        # Nothing has come or gone meanwhile, and what has ended does not begin again.
        if states[0] == states[1] and counts != (kinds.count("preview"), kinds.count("ingest")):
            self._object(f"health counts {counts}, the list has {kinds}")
        self.follow(first["jobs"])
        self.follow(second["jobs"])
        self.looks += 1

    def _object(self, what: str) -> None:
        with self._lock:
            self.contradictions.append(what)


@contextmanager
def observed(agent: Agent) -> Iterator[Observer]:
    """Somebody who looks all the time."""
    observer, leave = Observer(), threading.Event()

    def watch() -> None:
        with client_of(agent) as client:
            while not leave.is_set():
                observer.look(client)

    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(watch)
        try:
            yield observer
        finally:
            leave.set()
        watching.result(60)


def client_of(agent: Agent) -> httpx2.Client:
    return httpx2.Client(base_url=agent.base_url, headers=agent.client.headers, timeout=60)


@dataclass
class Storm:
    """`sources` by what they are: those that stream, and those that do not."""

    agent: Agent
    observer: Observer
    streaming: tuple[str, ...]
    useless: tuple[str, ...]
    refused: int = 0

    def rage(self, jobs: int, at_once: int) -> None:
        """So many jobs are started, and stopped, by so many clients."""
        with ThreadPoolExecutor(at_once) as pool:
            for done in [pool.submit(self._one, number) for number in range(jobs)]:
                done.result()

    def _one(self, number: int) -> None:
        chance = random.Random(number)
        streams = chance.random() < 0.5
        source = chance.choice(self.streaming if streams else self.useless)
        kind = "preview" if chance.random() < 0.4 else "ingest"
        with client_of(self.agent) as client:
            job_id, url = self._start(client, kind, source)
            self._ask(client, job_id)
            if streams and chance.random() < 0.5:
                wait_for(f"pictures of {job_id}", lambda: self._ask(client, job_id).get("frames_in"), 120)
                self._watch(url if chance.random() < 0.5 else None)
            self._stop(client, kind, job_id, times=chance.choice((1, 1, 2, 3)))
            assert self._ask(client, job_id)["state"] in ENDED

    def _start(self, client: httpx2.Client, kind: str, source: str) -> tuple[str, str | None]:
        body = {"source_uri_ref": source, "session_id": "storm", "profile": "fluid"}
        if kind == "preview":
            body = {"source_uri_ref": source, "profile": {"fps": 5, "scale": "160:-1"}}  # type: ignore[dict-item]

        def started() -> dict[str, Any] | None:
            answer = client.post(f"/runner/{kind}/start", json=body)
            assert answer.status_code in (200, REFUSED), answer.text
            self.refused += answer.status_code == REFUSED
            return answer.json() if answer.status_code == 200 else None

        answer = wait_for("a place for a job", started, 300)
        return answer["job_id"], answer.get("preview_url")

    def _ask(self, client: httpx2.Client, job_id: str) -> dict[str, Any]:
        asked = now()
        status: dict[str, Any] = client.post("/runner/job/status", json={"job_id": job_id}).json()
        self.observer.note(status, asked)
        return status

    def _watch(self, url: str | None) -> None:
        if url is not None:
            viewer = PreviewViewer(url)
            viewer.wait_parts(1, 60, first=True)
            viewer.close()

    def _stop(self, client: httpx2.Client, kind: str, job_id: str, times: int) -> None:
        """So many stops at once."""

        def stop() -> None:
            answer = client.post(f"/runner/{kind}/stop", json={"job_id": job_id})
            assert answer.status_code == 200, answer.text
            self.observer.note_stopped(job_id)

        with ThreadPoolExecutor(times) as pool:
            for done in [pool.submit(stop) for _ in range(times)]:
                done.result()
