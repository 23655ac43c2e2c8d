"""What the diagrams are made of, read from the source: who imports whom, and who starts which process."""

import ast
from collections.abc import Callable, Iterator, Mapping
from functools import cache

from .page import ROOT

Graph = Mapping[str, frozenset[str]]
"""For each node the nodes that it leads to."""
CORE = ROOT / "core" / "virtualptz"
PLUGINS = sorted(ROOT.glob("plugins/*/virtualptz_*"))


@cache
def _trees() -> dict[str, tuple[ast.Module, bool]]:
    """Each module by its dotted name, and whether it is a package."""
    found = {}
    for package in (CORE, *PLUGINS):
        for path in sorted(package.rglob("*.py")):
            parts = path.relative_to(package.parent).with_suffix("").parts
            whole = parts[-1] == "__init__"
            found[".".join(parts[:-1] if whole else parts)] = ast.parse(path.read_text()), whole
    return found


def imports() -> Graph:
    """Module by module, those of ours only."""
    return {name: frozenset(_imported(name)) for name in _trees()}


def _imported(name: str) -> Iterator[str]:
    tree, whole = _trees()[name]
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = name.split(".")[: len(name.split(".")) - node.level + whole]
                base = ".".join([*above, *filter(None, [node.module])])
            for alias in node.names:
                yield from _module(f"{base}.{alias.name}")
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield from _module(alias.name)


def _module(name: str) -> Iterator[str]:
    """The module that an imported name is of."""
    known = _trees()
    while name and name not in known:
        name = name.rpartition(".")[0]
    if name:
        yield name


def packages() -> Graph:
    """Packages of the core, its contracts, and the plug-ins. What single files pass on counts as theirs."""
    graph = _grouped(imports(), _package)
    kept = {name for name in graph if _is_drawn(name)}
    return {name: _through(graph, name, kept) for name in sorted(kept)}


def camera() -> Graph:
    """What the package `camera` is made of."""
    graph = _grouped(imports(), _part_of_camera)
    graph.pop("", None)
    return {name: frozenset(targets - {""}) for name, targets in sorted(graph.items())}


def _package(module: str) -> str:
    root, _, rest = module.partition(".")
    return rest.partition(".")[0] if root == CORE.name else root


def _part_of_camera(module: str) -> str:
    package, _, rest = module.removeprefix(f"{CORE.name}.").partition(".")
    return rest.partition(".")[0] if package == "camera" else ""


def _is_drawn(name: str) -> bool:
    if name in ("protocols", "hookspecs") or name.startswith(f"{CORE.name}_"):
        return True
    return name != "" and (CORE / name).is_dir()


def _grouped(graph: Graph, group: Callable[[str], str]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for module, targets in graph.items():
        found.setdefault(group(module), set()).update(group(target) for target in targets)
    return {name: frozenset(targets - {name}) for name, targets in found.items()}


def _through(graph: Graph, start: str, kept: set[str]) -> frozenset[str]:
    """Those of `kept` that `start` leads to, directly or through what is not kept."""
    found, open_, seen = set(), list(graph[start]), {start}
    while open_:
        name = open_.pop()
        if name in seen:
            continue
        seen.add(name)
        if name in kept:
            found.add(name)
        else:
            open_ += graph.get(name, ())
    return frozenset(found)


def reachable(graph: Graph, start: str) -> set[str]:
    found: set[str] = set()
    open_ = list(graph[start])
    while open_:
        name = open_.pop()
        if name not in found:
            found.add(name)
            open_ += graph.get(name, ())
    return found


def reduced(graph: Graph) -> Graph:
    """Without the arrows that others say already."""
    below = {name: reachable(graph, name) for name in graph}
    return {
        name: frozenset(t for t in targets if not any(t in below[other] for other in targets - {t}))
        for name, targets in graph.items()
    }


def starts() -> list[tuple[str, str]]:
    """Each module with a program of ours that it starts: the words behind `-m` in its list of arguments."""
    return sorted({(name, program) for name in _trees() for program in _programs(name)})


def _programs(name: str) -> Iterator[str]:
    tree, whole = _trees()[name]
    package = name if whole else name.rpartition(".")[0]
    constants = {
        target.id: _text(node.value, package)
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Tuple | ast.List):
            words = [
                constants.get(each.id, "") if isinstance(each, ast.Name) else _text(each, package)
                for each in node.elts
            ]
            if "-m" in words:
                yield " ".join(words[words.index("-m") + 1 :])


def _text(node: ast.expr, package: str) -> str:
    """A string that is written there; in one that is put together, `__package__` is the only part known."""
    if isinstance(node, ast.JoinedStr):
        return "".join(
            package if isinstance(each, ast.FormattedValue) else _text(each, "") for each in node.values
        )
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
