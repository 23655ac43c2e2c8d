"""The processes that an agent's jobs started, by what they do."""

import psutil

from ..e2e.agent import Agent
from ..e2e.processes import wait_for


def publisher(agent: Agent) -> psutil.Process:
    """The one that publishes a program."""
    return wait_for("a publisher", lambda: _find(agent, "virtualptz_ffmpeg.publish", "pipe:0"))


def srt_reader(agent: Agent) -> psutil.Process:
    """The one that passes on what an SRT source sends."""
    return wait_for("an SRT reader", lambda: _find(agent, "pipe:1"))


def _find(agent: Agent, *words: str) -> psutil.Process | None:
    for process in agent.family():
        try:
            line = process.cmdline()
        except psutil.NoSuchProcess:
            continue
        if any(word in line for word in words) and "-I" not in line:
            return process
    return None
