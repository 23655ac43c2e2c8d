"""The command `virtualptz`. Each command imports what it needs when it runs, so that `--help` is quick."""

from . import (
    agent,
    completion,
    config,
    court,
    doctor,
    jobs,
    new_plugin,
    openapi,
    plugins,
    render,
    replay,
    show_plugin,
)
from .app import app
from .top import main

__all__ = [
    "agent",
    "app",
    "completion",
    "config",
    "court",
    "doctor",
    "jobs",
    "main",
    "new_plugin",
    "openapi",
    "plugins",
    "render",
    "replay",
    "show_plugin",
]
