"""`virtualptz plugins`: what is installed, and which of it later jobs may use."""

import json
from typing import TYPE_CHECKING

from cyclopts import App

from .app import AsJson, Text, app, no_log, read_settings, table
from .calling import agent_at

if TYPE_CHECKING:
    from ..plugins import PluginStatus
    from ..settings import Settings
    from ..wire.plugins import PluginAnswer

plugins_app = App(name="plugins", help="What is installed, what each plug-in offers, and what mends it.")
app.command(plugins_app)


@plugins_app.default
def plugins(*, as_json: AsJson = False) -> int:
    """List the plug-ins: loaded, disabled or failed (and why), and what each offers.

    Parameters
    ----------
    as_json
        Print JSON.
    """
    from ..plugins import PluginHost, Switches

    no_log()
    settings = read_settings()
    off = Switches(settings.state_dir).read()
    statuses = PluginHost.load(settings.plugins_disabled, settings.plugin, switched_off=off).statuses
    if as_json:
        print(json.dumps([status.as_json() for status in statuses], indent=2))
    else:
        head = ("NAME", "STATE", "FROM", "VERSION", "LICENSE", "OFFERS")
        print(table([head, *map(_plugin_row, statuses)]))
        for line in (line for status in statuses for line in _remarks(status)):
            print(line)
    return 0


@plugins_app.command
def enable(name: str, *, runner_base_url: Text = "") -> int:
    """Let later jobs use a plug-in: those of the agent that runs on this state folder, else of the next one.

    Parameters
    ----------
    name
        As `virtualptz plugins` lists it.
    runner_base_url
        The agent, where it does not listen where RUNNER_AGENT_URL says.
    """
    return _switch(name, "enable", runner_base_url)


@plugins_app.command
def disable(name: str, *, runner_base_url: Text = "") -> int:
    """Keep a plug-in from later jobs; those that run keep it.

    Parameters
    ----------
    name
        As `virtualptz plugins` lists it.
    runner_base_url
        The agent, where it does not listen where RUNNER_AGENT_URL says.
    """
    return _switch(name, "disable", runner_base_url)


@plugins_app.command
def rescan(*, runner_base_url: Text = "") -> int:
    """Have the agent that runs look at what is installed now. (One that starts does so anyway.)

    Parameters
    ----------
    runner_base_url
        The agent, where it does not listen where RUNNER_AGENT_URL says.
    """
    with agent_at(runner_base_url) as agent:
        for status in agent.rescan_plugins().plugins:
            print(_told(status))
    return 0


def _switch(name: str, verb: str, base_url: str) -> int:
    from ..jobs.records.holding import is_held
    from ..jobs.records.statedir import StateDir

    settings = read_settings()
    if is_held(settings.state_dir):
        with agent_at(base_url, settings) as agent:
            print(_told(agent.enable_plugin(name) if verb == "enable" else agent.disable_plugin(name)))
        return 0
    state_dir = StateDir(settings.state_dir)
    try:
        _switch_in(settings, name, verb)
    finally:
        state_dir.close()
    print(f"{name}: {verb}d for the next agent on {settings.state_dir}")
    return 0


def _switch_in(settings: "Settings", name: str, verb: str) -> None:
    """Raises UnknownPluginError, StoreError."""
    from ..errors import UnknownPluginError
    from ..plugins import Switches, installed

    there = installed()
    if name not in there:
        raise UnknownPluginError(f"no plug-in {name!r} is installed; there are: {', '.join(there)}")
    switches = Switches(settings.state_dir)
    off = switches.read()
    switches.write(off | {name} if verb == "disable" else off - {name})


def _plugin_row(status: "PluginStatus") -> tuple[str, ...]:
    offers = ", ".join(name for names in status.offers.values() for name in names)
    return status.name, status.state, status.distribution, status.version, status.license, offers


def _remarks(status: "PluginStatus") -> list[str]:
    lines = [f"{status.name}: {status.reason}"] if status.reason else []
    lines += [f"      -> {status.remedy}"] if status.remedy else []
    return lines + [f"{name} cannot work here: {lack}" for name, lack in status.missing.items()]


def _told(status: "PluginAnswer") -> str:
    reason = f" ({status.reason})" if status.reason else ""
    return f"{status.name} {status.version}: {status.state}{reason}"
