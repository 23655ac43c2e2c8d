"""The house rules, read from the syntax tree: what may import what, and how long things may be."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[1]

BASE = {"", "model", "errors"}
"""The areas that any other may import; "" is the package itself (version, hookimpl)."""
BESIDE = BASE | {"settings", "redact", "logs", "uris", "hosts", "keys", "backoff"}
CONTRACTS = BASE | {"protocols", "hookspecs"}
AREAS: dict[str, set[str]] = {
    "": set(),
    "errors": set(),
    "model": set(),
    "wire": BASE,
    "client": BASE | {"wire", "keys", "backoff"},
    "resolving": BASE,
    "waiting": set(),
    "hosts": BASE | {"resolving", "uris"},
    "flags": BASE,
    "reach": BASE | {"hosts", "resolving", "uris"},
    "settings": BASE | {"flags", "hosts"},
    "redact": BASE,
    "logs": BASE | {"redact"},
    "settings_shown": BASE | {"flags", "redact", "settings", "wire"},
    "plugin_shown": BASE | {"plugins", "settings", "settings_shown", "wire"},
    "uris": BASE,
    "backoff": BASE,
    "keys": BASE | {"settings"},
    "protocols": BASE,
    "hookspecs": BASE | {"protocols"},
    "plugins": CONTRACTS | {"wire"},
    "arrays": BASE | {"protocols"},
    "scaffold": BASE,
    "testing": BASE | {"protocols", "tracking.detection"},
    "camera": BESIDE | {"protocols", "plugins"},
    "tracking": BESIDE | {"wire", "client", "protocols", "plugins"},
    "jobs": BESIDE | CONTRACTS | {"waiting", "wire", "plugins", "camera", "tracking"},
    "api": BESIDE | CONTRACTS | {"wire", "plugin_shown", "plugins", "camera", "tracking", "jobs"},
    "main": BESIDE | {"plugins", "jobs", "api"},
    "render": BESIDE | CONTRACTS | {"wire", "plugins", "camera", "tracking", "jobs"},
    "doctor": BESIDE | {"client", "plugins", "camera", "jobs", "settings_shown"},
    "__main__": {"cli"},
    "cli": BESIDE
    | {
        "wire",
        "client",
        "plugins",
        "camera",
        "tracking",
        "jobs",
        "api",
        "doctor",
        "render",
        "scaffold",
        "flags",
        "plugin_shown",
        "settings_shown",
    },
}
"""For each area of the core, the other areas, or packages of them, that it may import."""

JOB_S_ROOM = "process"
"""What runs in a job's own process."""
ROOMS: dict[str, set[str]] = {
    "records": set(),
    "children": set(),
    "supervision": {"records", "children"},
    "detectors": {"children", "supervision"},
}
"""The packages of `jobs` that run in the agent, each with those that it may import."""

CONFINED: dict[str, tuple[str, ...]] = {
    "fastapi": ("virtualptz.api.*", "virtualptz.main"),
    "starlette": ("virtualptz.api.*", "virtualptz.main"),
    "uvicorn": ("virtualptz.api.*", "virtualptz.main"),
    "prometheus_client": ("virtualptz.api.*",),
    "pluggy": ("virtualptz", "virtualptz.hookspecs", "virtualptz.plugins.*"),
    "stevedore": ("virtualptz.plugins.*",),
    "pythonjsonlogger": ("virtualptz.logs",),
    "matplotlib": ("virtualptz.camera.replay.plot",),
    "cyclopts": ("virtualptz.cli.*",),
    "httpx2": ("virtualptz.client.*",),
    "rich": ("virtualptz.cli.progress", "virtualptz.cli.watching"),
    "sqlite3": ("virtualptz.jobs.*",),
    "av": ("virtualptz_ffmpeg.*",),
    "imageio_ffmpeg": ("virtualptz_ffmpeg.*",),
    "torch": ("virtualptz_yolo.*",),
    "ultralytics": ("virtualptz_yolo.*",),
    "daqp": ("virtualptz.camera.policies.qp",),
    "lap": ("virtualptz.tracking.bytetrack.*",),
    "cv2": (
        "virtualptz_ffmpeg.*",
        "virtualptz_yolo.*",
        "virtualptz_motion.*",
        "virtualptz.arrays",
        "virtualptz.tracking.court.*",
        "virtualptz.tracking.detection.*",
        "virtualptz.jobs.process.overlay.*",
    ),
    "subprocess": ("virtualptz_ffmpeg.*", "virtualptz.jobs.*"),
}
"""Modules from elsewhere, and the only modules of ours that may import them (`.*`: and all below)."""

PLUGIN_MAY_IMPORT = (
    "virtualptz",
    "virtualptz.model",
    "virtualptz.protocols",
    "virtualptz.errors",
    "virtualptz.redact",
    "virtualptz.reach",
    "virtualptz.waiting",
    "virtualptz.backoff",
    "virtualptz.arrays",
    "virtualptz.testing.*",
    "virtualptz.tracking.bytetrack.*",
    "virtualptz.tracking.detection.*",
)


@dataclass(frozen=True)
class Module:
    name: str
    """As imported; a package's `__init__` under the package's name."""
    text: str
    is_package: bool = False

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def area(self) -> str:
        """The part of the core that it belongs to; "" for the package itself."""
        return self.name.partition(".")[2].partition(".")[0]

    @property
    def root(self) -> str:
        return self.name.partition(".")[0]

    @cached_property
    def imports(self) -> tuple[str, ...]:
        """Absolute dotted names, wherever in the file; `from x import y` counts as `x.y`."""
        return tuple(self._imports())

    def _imports(self) -> Iterator[str]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = self._absolute(node)
                yield from (f"{base}.{alias.name}" for alias in node.names)

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self.name.split(".")
        up = node.level - self.is_package
        return ".".join(parts[: len(parts) - up] + ([node.module] if node.module else []))


def modules() -> list[Module]:
    """Every module of the core and of the plug-ins that live here."""
    packages = [ROOT / "core" / "virtualptz", *sorted(ROOT.glob("plugins/*/virtualptz_*"))]
    return [_read(path, package.parent) for package in packages for path in sorted(package.rglob("*.py"))]


def _read(path: Path, base: Path) -> Module:
    parts = path.relative_to(base).with_suffix("").parts
    is_package = parts[-1] == "__init__"
    return Module(".".join(parts[:-1] if is_package else parts), path.read_text(), is_package)


def within(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether a dotted name is one of the patterns, or lies below one that ends with `.*`."""
    return any(
        name == pattern.removesuffix(".*") or (pattern.endswith(".*") and name.startswith(pattern[:-1]))
        for pattern in patterns
    )


def wrong_directions(module: Module) -> Iterator[str]:
    """Imports of the core that go against the one direction."""
    if module.root != "virtualptz":
        return
    for name in module.imports:
        if name.startswith("virtualptz."):
            area, allowed = _area_of(name), AREAS[module.area]
            packages = tuple(f"virtualptz.{each}.*" for each in allowed if "." in each)
            if area != module.area and area not in allowed and not within(name, packages):
                yield f"{module.name} imports {name}"


def _area_of(name: str) -> str:
    area = name.split(".")[1]
    return area if area in AREAS else ""  # `from virtualptz import hookimpl`


def unconfined(module: Module) -> Iterator[str]:
    for name in module.imports:
        allowed = CONFINED.get(name.partition(".")[0])
        if allowed is not None and not within(module.name, allowed):
            yield f"{module.name} imports {name}"


def plugin_reaches(module: Module) -> Iterator[str]:
    """What a plug-in imports of the core's insides or of another plug-in, or the core of a plug-in."""
    for name in module.imports:
        root = name.partition(".")[0]
        if root != module.root and (
            root.startswith("virtualptz_") or (root == "virtualptz" and not _is_public(name))
        ):
            yield f"{module.name} imports {name}"


def _is_public(name: str) -> bool:
    return within(name, PLUGIN_MAY_IMPORT) or within(_module_part(name), PLUGIN_MAY_IMPORT)


def _module_part(name: str) -> str:
    """`virtualptz.model.View` is of `virtualptz.model`; `virtualptz.hookimpl` is of `virtualptz`."""
    return ".".join(name.split(".")[:2]) if _area_of(name) else "virtualptz"


def across_the_socket(module: Module) -> Iterator[str]:
    """Agent and job process share messages and files, never code of the other side."""
    room = _room_of(module.name)
    for name in module.imports:
        other = _room_of(name)
        if room and other and (room == JOB_S_ROOM) != (other == JOB_S_ROOM):
            yield f"{module.name} imports {name}, which runs in another process"


def wrong_rooms(module: Module) -> Iterator[str]:
    """Of the agent's side of jobs, what imports a room that is built upon it."""
    room = _room_of(module.name)
    for name in module.imports:
        other = _room_of(name)
        if room in ROOMS and other in ROOMS and other != room and other not in ROOMS[room]:
            yield f"{module.name} imports {name}: {room} may import {sorted(ROOMS[room]) or 'no other room'}"


def _room_of(name: str) -> str:
    """`children` for `virtualptz.jobs.children.spawn`; nothing for what is in none."""
    room = name.removeprefix("virtualptz.jobs.").partition(".")[0]
    return room if name.startswith("virtualptz.jobs.") and room in {*ROOMS, JOB_S_ROOM} else ""


def _is_below(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def absolute_inside(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if (
            isinstance(node, ast.ImportFrom)
            and not node.level
            and (node.module or "").split(".")[0] == module.root
        ):
            yield f"{module.name}:{node.lineno} imports its own package by its full name"


def blind_handlers(module: Module) -> Iterator[str]:
    """`except Exception` that neither raises again nor says, on its line, which boundary it is."""
    lines = module.text.splitlines()
    for node in ast.walk(module.tree):
        if (
            isinstance(node, ast.ExceptHandler)
            and _is_blind(node.type)
            and not isinstance(node.body[-1], ast.Raise)
            and "#" not in lines[node.lineno - 1]
        ):
            yield f"{module.name}:{node.lineno}"


def _is_blind(kind: ast.expr | None) -> bool:
    if isinstance(kind, ast.Tuple):
        return any(_is_blind(one) for one in kind.elts)
    return kind is None or (isinstance(kind, ast.Name) and kind.id in {"Exception", "BaseException"})


def sleeps(module: Module) -> Iterator[str]:
    if "time.sleep" in module.imports:
        yield f"{module.name} imports time.sleep"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "time.sleep":
            yield f"{module.name}:{node.lineno}"


def function_lengths(module: Module) -> list[int]:
    return [
        (node.end_lineno or node.lineno) - node.lineno + 1
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
