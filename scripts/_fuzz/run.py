"""One agent, fuzzed: what it answered, and what is left of it all."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.agent import Agent
from tests.faults.rest import ALONE, Level, of_the_database, wait_rest

from .document import teach
from .leaks import leaks
from .planted import NOBODY, Planted
from .rounds import Sent, Target, send

SHOWN = 5


@dataclass(frozen=True)
class Outcome:
    wanted: int
    sent: Sent
    ended: Sequence[str]
    """Jobs that no request named to be stopped."""
    left: Sequence[str]
    """Processes and descriptors that were not there before the first job."""
    written: Sequence[str]
    """What logs tell that they may not."""

    def figures(self) -> dict[str, float]:
        """By their names in the row of the table of faults."""
        return {
            "made of the OpenAPI document": self.sent.requests,
            "of these, answers of 500": len(self.sent.defects),
            "of these, answers that tell a secret or an inside": len(self.sent.leaks),
            "processes and descriptors left of these": len(self.left),
        }

    def broken(self) -> Iterator[str]:
        """What is wrong, in words; none: all is well."""
        if self.sent.requests < self.wanted:
            yield f"{self.sent.requests} requests were sent, and not {self.wanted}"
        if not self.sent.well:
            yield "Schemathesis has found something, or could send no more"
        yield from _told("answers of 500", self.sent.defects)
        yield from _told("answers that tell what nobody may see", self.sent.leaks)
        yield from _told("jobs that ended", self.ended)
        yield from _told("processes and descriptors that are left", self.left)
        yield from _told("places in the logs", self.written)


def _told(what: str, found: Sequence[str]) -> Iterator[str]:
    if found:
        yield f"{len(found)} {what}; the first ones:"
        yield from found[:SHOWN]


def run(folder: Path, wanted: int, more: Sequence[str]) -> Outcome:
    """Raises where the agent does not live to its end, or leaves a process behind."""
    planted = Planted(folder)
    agent = Agent(folder, planted.settings())
    try:
        agent.start()
        wait_rest(agent)
        before = Level.of(agent)
        jobs = planted.start_jobs(agent)
        sources = [str(planted.clip), f"rtsp://{NOBODY}/x"]
        document = _document(agent, planted, jobs, sources)
        target = Target(agent.base_url, planted.key, document, planted.words(), jobs)
        sent = send(target, wanted, more)
        running = {job.job_id for job in agent.runner.jobs(state="running").jobs}
        agent.stop_all()
        wait_rest(agent)
        left = [name for name in Level.of(agent).more_files(before) if not of_the_database(name)]
        left += ["a process"] * (len(agent.family()) - ALONE)
    finally:
        agent.close()
    words = (planted.word, "Traceback (most recent call last)")
    return Outcome(
        wanted, sent, sorted(set(jobs) - running), left, leaks([agent.everything_written()], words)
    )


def _document(agent: Agent, planted: Planted, jobs: list[str], sources: list[str]) -> Path:
    agent.client.headers["Authorization"] = f"Bearer {planted.key}"
    document = agent.client.get("/openapi.json").json()
    teach(document, jobs, sources)
    path = planted.folder / "openapi.json"
    path.write_text(json.dumps(document))
    return path
