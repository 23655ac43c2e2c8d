"""The diagrams of the architecture page, of the code as it is."""

from . import code
from .layered import drawing

AGENT = "virtualptz serve"
PROGRAMS = {
    AGENT: ("virtualptz serve", "the agent: one"),
    "virtualptz.jobs.process": ("virtualptz.jobs.process", "one for each job"),
    "virtualptz.jobs.probe": ("virtualptz.jobs.probe", "one for each probe"),
    "virtualptz.jobs.trial": ("virtualptz.jobs.trial", "tries a plug-in"),
    "virtualptz worker": ("virtualptz worker", "one for each detector"),
    "virtualptz_ffmpeg.publish": ("virtualptz_ffmpeg.publish", "one for each program"),
}
"""Every program that is a process of its own, with what is said of it in the diagram."""
STARTERS = {
    "virtualptz.jobs.children": AGENT,
    "virtualptz.jobs.detectors": AGENT,
    "virtualptz.jobs.supervision": AGENT,
    "virtualptz_ffmpeg": "virtualptz.jobs.process",
}
"""Which process the code of a package runs in, where it starts others."""


def packages_picture() -> str:
    graph = code.reduced(code.packages())
    plugins = frozenset(name for name in graph if name.startswith("virtualptz_"))
    return drawing("Which package imports which", graph, {name: [name] for name in graph}, plugins)


def camera_picture() -> str:
    graph = code.reduced(code.camera())
    return drawing("What the camera is made of", graph, {name: [name] for name in graph}, frozenset())


def processes_picture() -> str:
    graph = processes()
    others = frozenset(name for name in graph if name.startswith("virtualptz_"))
    return drawing("Which process starts which", graph, {name: PROGRAMS[name] for name in graph}, others)


def processes() -> code.Graph:
    """Each program with those that it starts. KeyError for one of which PROGRAMS or STARTERS say nothing."""
    found: dict[str, set[str]] = {AGENT: set()}
    for module, program in code.starts():
        starter = next(STARTERS[package] for package in _around(module) if package in STARTERS)
        found.setdefault(starter, set()).add(program)
        found.setdefault(program, set())
    return {name: frozenset(targets) for name, targets in found.items()}


def _around(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
