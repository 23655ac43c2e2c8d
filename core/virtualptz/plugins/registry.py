"""pluggy, with every fault of a plug-in turned into a PluginError that says what it was."""

from collections.abc import Collection
from typing import Any

import pluggy

from .. import hookspecs
from ..errors import PluginError
from .discovery import Found, describe, load_plugin


class Registry:
    """The plug-ins that are registered, each called alone."""

    def __init__(self, blocked: Collection[str]) -> None:
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)
        for name in blocked:
            self._manager.set_blocked(name)

    def register(self, found: Found) -> Any:
        """Import and register a plug-in; on any error it leaves no trace but the import."""
        if self._manager.has_plugin(found.name):
            raise PluginError("another plug-in of this name is already loaded")
        plugin = load_plugin(found)
        try:
            hash(plugin)
            self._manager.register(plugin, name=found.name)
            self._manager.check_pending()
        except (pluggy.PluginValidationError, ValueError, TypeError) as error:
            if self._manager.has_plugin(found.name):
                self._manager.unregister(name=found.name)
            raise PluginError(" ".join(str(error).split())) from error
        return plugin

    def hooks(self, plugin: Any) -> tuple[str, ...]:
        """The names of the hooks that it implements."""
        return tuple(sorted(caller.name for caller in self._manager.get_hookcallers(plugin) or []))

    def call(self, plugin: Any, hook: str, **arguments: object) -> list[Any]:
        """What this one plug-in's hook returns (nothing where it returns None)."""
        caller = self._manager.subset_hook_caller(hook, self._manager.get_plugins() - {plugin})
        try:
            return list(caller(**arguments))
        except (Exception, SystemExit) as error:  # the plug-in boundary
            raise PluginError(f"{hook}: {describe(error)}") from error

    def collect(self, plugin: Any, hook: str) -> list[Any]:
        """The items of a hook that returns an iterable; all of them, or PluginError."""
        try:
            return [item for result in self.call(plugin, hook) for item in result]
        except (Exception, SystemExit) as error:  # the plug-in boundary
            if isinstance(error, PluginError):
                raise
            raise PluginError(f"{hook}: {describe(error)}") from error
