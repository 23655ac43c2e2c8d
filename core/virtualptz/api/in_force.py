"""What the agent goes by, and how that changes while it runs: settings read anew, plug-ins on and off.

Jobs that run are left alone: each has in its spec what it began with.
"""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Collection

from ..errors import ConfigError, UnknownPluginError
from ..jobs.environ import environ_for_jobs
from ..jobs.supervision.trying import try_out
from ..plugin_shown import shown_plugin
from ..plugins import PluginHost, PluginStatus, Switches, forget
from ..settings import NEED_RESTART, Settings
from ..wire.plugins import PluginDetail

log = logging.getLogger(__name__)

Engage = Callable[[Settings, PluginHost], Awaitable[None]]
"""`JobEngine.change`."""
Tell = Callable[[tuple[PluginStatus, ...]], None]


class InForce:
    """One per agent, on its event loop. One change at a time; one that fails leaves all as it was."""

    def __init__(self, settings: Settings) -> None:
        """Blocking. `settings`: as they are read. Raises ConfigError where a plug-in's option is wrong."""
        self._read = settings
        self._switches = Switches(settings.state_dir)
        self._off = self._switches.read()
        self.host = _load(settings, self._off)
        self.settings = _with(settings, self._off)
        self.plugins: tuple[PluginStatus, ...] = self.host.statuses
        self._engage: Engage | None = None
        self._tell: Tell = lambda _plugins: None
        self._changing = asyncio.Lock()

    def attach(self, engage: Engage, tell: Tell) -> None:
        """Who is asked before a change, and who is told of the plug-ins, now and after each."""
        self._engage, self._tell = engage, tell
        tell(self.plugins)

    async def use(self, settings: Settings) -> tuple[str, ...]:
        """Go by settings that were read anew; the names of those whose change waits for a restart.

        Raises ConfigError.
        """
        async with self._changing:
            late = tuple(
                sorted(name for name in NEED_RESTART if getattr(settings, name) != getattr(self._read, name))
            )
            kept = {name: getattr(self._read, name) for name in NEED_RESTART}
            await self._change(settings.model_copy(update=kept), self._off)
        return late

    async def enable(self, name: str) -> PluginStatus:
        """Raises UnknownPluginError, StoreError, ConfigError where it fails or the settings disable it."""
        async with self._changing:
            if name in self._read.plugins_disabled:
                raise ConfigError(f"RUNNER_PLUGINS_DISABLED names {name!r}: take it out there first")
            await self._change(self._read, self._off - {name}, must_work=name)
        log.info("plug-in %s: enabled", name)
        return self._status(name)

    async def disable(self, name: str) -> PluginStatus:
        """Jobs that use it keep it. Raises UnknownPluginError, StoreError, and ConfigError where the settings
        need it."""
        async with self._changing:
            await self._change(self._read, self._off | {name}, must_be=name)
        log.info("plug-in %s: disabled", name)
        return self._status(name)

    async def rescan(self) -> tuple[PluginStatus, ...]:
        """Look at what is installed now. Raises ConfigError."""
        async with self._changing:
            await self._change(self._read, self._off)
        return self.plugins

    def show(self, name: str) -> PluginDetail:
        """One plug-in and its options, as later jobs have them. Raises UnknownPluginError."""
        return shown_plugin(self.host, self.settings, name)

    async def _change(
        self, read: Settings, off: frozenset[str], *, must_work: str = "", must_be: str = ""
    ) -> None:
        """`must_be`: the name of a plug-in that has to be installed; `must_work`: and that has to load."""
        host = await self._loaded(read, off)
        statuses = await asyncio.to_thread(lambda: host.statuses)
        if name := must_work or must_be:
            _check(statuses, name, works=bool(must_work))
        settings = _with(read, off)
        if self._engage is not None:
            await self._engage(settings, host)
        self._read, self.settings, self.host, self.plugins = read, settings, host, statuses
        self._tell(statuses)
        if off != self._off:
            self._off = off
            await asyncio.to_thread(self._switches.write, off)

    async def _loaded(self, read: Settings, off: frozenset[str]) -> PluginHost:
        """What was never imported here is imported elsewhere first: it might take its process with it."""
        new = await asyncio.to_thread(self.host.unseen, {*read.plugins_disabled, *off})
        if new:
            names = sorted({found.name for found in new})
            await try_out(names, environ_for_jobs(read, os.environ))
            for found in new:
                forget(found)
        return await asyncio.to_thread(_load, read, off)

    def _status(self, name: str) -> PluginStatus:
        return next(status for status in self.plugins if status.name == name)


def _load(settings: Settings, off: Collection[str]) -> PluginHost:
    """Raises ConfigError where an option does not fit."""
    host = PluginHost.load(settings.plugins_disabled, settings.plugin, switched_off=off)
    if wrong := host.wrong_options():
        raise ConfigError("; ".join(wrong))
    return host


def _with(settings: Settings, off: Collection[str]) -> Settings:
    """What jobs are told."""
    disabled = tuple(dict.fromkeys((*settings.plugins_disabled, *sorted(off))))
    return settings.model_copy(update={"plugins_disabled": disabled})


def _check(statuses: Collection[PluginStatus], name: str, *, works: bool) -> None:
    found = [status for status in statuses if status.name == name]
    if not found:
        there = ", ".join(sorted({status.name for status in statuses}))
        raise UnknownPluginError(f"no plug-in {name!r} is installed; there are: {there}")
    if works and all(status.state == "failed" for status in found):
        remedy = f" ({found[0].remedy})" if found[0].lacks_extra else ""
        raise ConfigError(f"plug-in {name!r} stays as it was: {found[0].reason}{remedy}")
