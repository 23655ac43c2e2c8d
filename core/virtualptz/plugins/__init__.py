"""Plug-ins: found by their entry points, checked, and put behind a typed front."""

from ..wire.plugins import PluginState
from .discovery import forget, installed
from .host import PluginHost
from .options import OptionField, option_fields, value_of
from .status import PluginStatus
from .switches import Switches

__all__ = [
    "OptionField",
    "PluginHost",
    "PluginState",
    "PluginStatus",
    "Switches",
    "forget",
    "installed",
    "option_fields",
    "value_of",
]
