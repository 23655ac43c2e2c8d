"""The command `virtualptz`. Each command imports what it needs when it runs, so that `--help` is quick."""

from . import agent, config, court, doctor, new_plugin, openapi, plugins, render, replay, show_plugin
from .app import app
from .top import main

__all__ = [
    "agent",
    "app",
    "config",
    "court",
    "doctor",
    "main",
    "new_plugin",
    "openapi",
    "plugins",
    "render",
    "replay",
    "show_plugin",
]
