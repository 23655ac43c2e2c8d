"""Plug-ins: found by their entry points, checked, and put behind a typed front."""

from .host import PluginHost
from .status import PluginState, PluginStatus

__all__ = ["PluginHost", "PluginState", "PluginStatus"]
