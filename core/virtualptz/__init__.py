"""VirtualPTZ runner agent: a moving broadcast window out of a fixed wide camera."""

import pluggy

__version__ = "0.1.0"

hookimpl = pluggy.HookimplMarker("virtualptz")
"""Marks a plug-in's implementation of a hook of `virtualptz.hookspecs`."""

__all__ = ["__version__", "hookimpl"]
