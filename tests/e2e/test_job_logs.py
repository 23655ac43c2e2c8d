"""What a job's process wrote, asked for over HTTP: while it runs, after its end, and of the next agent."""

import os
import signal
import threading
from contextlib import closing
from dataclasses import dataclass, field
from urllib.parse import quote

from virtualptz.client import RunnerClient

from ..ports import free_port
from .agent import API_KEY, Agent
from .conftest import AgentFactory
from .processes import wait_for
from .test_secrets import assert_clean

PASSWORD = "Zq7!kan@rienvogel"
SECRETS = (PASSWORD, quote(PASSWORD, safe=""))


@dataclass
class Follower:
    """Reads in a thread of its own until the stream ends."""

    agent: Agent
    job_id: str
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._read, name="follower", daemon=True)
        self._thread.start()

    def _read(self) -> None:
        with (
            RunnerClient(self.agent.base_url, API_KEY) as client,
            closing(client.follow_logs(self.job_id)) as lines,
        ):
            for line in lines:
                self.lines.append(line)

    def wait(self, what: str) -> None:
        wait_for(f"{what} in {self.lines}", lambda: any(what in line for line in tuple(self.lines)))

    def wait_end(self, seconds: float = 20.0) -> None:
        self._thread.join(seconds)
        assert not self._thread.is_alive(), self.lines


def start(agent: Agent, source: str = "") -> str:
    """A job whose source is away: it goes on for as long as it is wanted."""
    job_id = agent.start_ingest(source or f"rtsp://127.0.0.1:{free_port()}/wide", "logs")
    agent.wait_status(job_id, "an error", lambda status: bool(status["last_error"]))
    return job_id


def say(agent: Agent, job_id: str, text: str) -> None:
    """As a native library of the job's process might, past all that masks."""
    with (agent.state_dir / "jobs" / job_id / "job.log").open("a") as log:
        log.write(text)


def test_a_log_is_followed_through_restarts_to_the_job_s_end(start_agent: AgentFactory) -> None:
    agent = start_agent()
    job_id = start(agent)
    follower = Follower(agent, job_id)
    say(agent, job_id, "from the first\n")
    follower.wait("from the first")
    (process,) = agent.job_processes()
    os.kill(process.pid, signal.SIGKILL)
    agent.wait_status(job_id, "a restart", lambda status: status["restart_count"] > 0)
    say(agent, job_id, "from the second\nand its last words")
    follower.wait("from the second")
    agent.stop_ingest(job_id)
    follower.wait_end()
    log = agent.runner.logs(job_id, 10_000)
    assert log.splitlines() == follower.lines
    assert "and its last words" in log
    assert agent.runner.logs(job_id, 3).splitlines() == follower.lines[-3:]
    assert list(agent.runner.follow_logs(job_id, 3)) == follower.lines[-3:]


def test_a_password_is_in_no_log_that_is_shown(start_agent: AgentFactory) -> None:
    agent = start_agent()
    source = f"rtsp://me:{quote(PASSWORD, safe='')}@127.0.0.1:{free_port()}/wide"
    job_id = start(agent, source)
    follower = Follower(agent, job_id)
    say(agent, job_id, f"cannot open {source}\n401 for {PASSWORD}, that is {SECRETS[1]}\nno more\n")
    follower.wait("no more")
    agent.stop_ingest(job_id)
    follower.wait_end()
    told = ["\n".join(follower.lines), agent.runner.logs(job_id)]
    assert agent.terminate() == 0
    agent.start()
    told.append(agent.runner.logs(job_id))
    for text in told:
        assert "401 for ***" in text
        assert_clean("a log", text, SECRETS)


def test_an_agent_that_ends_leaves_its_followers_at_once_and_the_next_has_the_whole_log(
    start_agent: AgentFactory,
) -> None:
    agent = start_agent({"RUNNER_KEEP_JOBS_ON_SHUTDOWN": "1"})
    job_id = start(agent)
    say(agent, job_id, "of before\n")
    followers = [Follower(agent, job_id) for _ in range(5)]
    for each in followers:
        each.wait("of before")
    assert agent.terminate(5) == 0
    for each in followers:
        each.wait_end()
    agent.start()
    follower = Follower(agent, job_id)
    follower.wait("of before")
    say(agent, job_id, "of after\n")
    follower.wait("of after")
    agent.stop_ingest(job_id)
    follower.wait_end()
