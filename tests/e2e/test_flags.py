"""Flags of `virtualptz serve` are the strongest source of settings, also where the others are read again."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from .agent import Agent
from .processes import wait_for


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Agent]:
    agent = Agent(tmp_path, {"RUNNER_PLUGIN_SPRING_FREQUENCY": "4", "RUNNER_MAX_JOBS": "5"})
    agent.flags = ("--plugin.spring.frequency", "2.5", "--max-jobs", "1", "--no-spare-process")
    (tmp_path / "runner.toml").write_text("[plugin.spring]\nmax_speed = 0.3\n")
    yield agent
    agent.close()


def spring(agent: Agent) -> dict[str, tuple[object, str]]:
    return {each.name: (each.value, each.origin) for each in agent.runner.plugin("spring").options}


def test_flags_win_and_still_do_after_a_reload(agent: Agent, loop_mp4: Path) -> None:
    agent.start()
    assert spring(agent)["frequency"] == (2.5, "flag")
    assert spring(agent)["max_speed"] == (0.3, "file")
    new = "max_jobs = 7\n[plugin.spring]\nmax_speed = 0.2\nfrequency = 9\nmax_acceleration = 1\n"
    (agent.folder / "runner.toml").write_text(new)
    agent.send(signal.SIGHUP)
    wait_for("the new file", lambda: spring(agent)["max_speed"] == (0.2, "file"))
    assert spring(agent)["frequency"] == (2.5, "flag")
    assert spring(agent)["max_acceleration"] == (1.0, "file")
    agent.runner.start_preview(str(loop_mp4))
    refused = agent.client.post("/runner/preview/start", json={"source_uri_ref": str(loop_mp4)})
    assert "1 jobs run already" in refused.text


def test_a_wrong_flag_or_option_ends_the_start_with_its_name(agent: Agent) -> None:
    agent.flags = ("--max-jobs", "0")
    agent.spawn()
    assert agent.wait_end() == 2
    agent.flags = ("--plugin.spring.frequency", "99")
    agent.spawn()
    assert agent.wait_end() == 3
    text = agent.log.read_text()
    assert "plug-in 'policies': smoothing policy 'spring': option 'frequency'" in text
    assert "(allowed: number, more than 0, at most 30)" in text
