import ast
from collections.abc import Callable, Iterator
from statistics import median

import pytest

from . import architecture
from .architecture import Module

MODULES = architecture.modules()
Rule = Callable[[Module], Iterator[str]]
RULES: list[Rule] = [
    architecture.wrong_directions,
    architecture.unconfined,
    architecture.plugin_reaches,
    architecture.across_the_socket,
    architecture.wrong_rooms,
    architecture.absolute_inside,
    architecture.blind_handlers,
    architecture.sleeps,
]


@pytest.mark.parametrize("rule", RULES)
def test_every_module_keeps_the_rule(rule: Rule) -> None:
    assert [breach for module in MODULES for breach in rule(module)] == []


@pytest.mark.parametrize(
    ("rule", "name", "text"),
    [
        (architecture.wrong_directions, "virtualptz.camera.gate", "from ..jobs import engine"),
        (architecture.wrong_directions, "virtualptz.testing.detector", "from ..tracking.worker import feed"),
        (architecture.wrong_directions, "virtualptz.camera.gate", "from ..tracking.state import Hysteresis"),
        (architecture.wrong_directions, "virtualptz.model", "from . import settings"),
        (architecture.wrong_directions, "virtualptz.jobs.engine", "def f():\n    import virtualptz.api.app"),
        (architecture.unconfined, "virtualptz.jobs.engine", "from fastapi import Request"),
        (architecture.unconfined, "virtualptz.jobs.process", "import av.container"),
        (architecture.unconfined, "virtualptz_ffmpeg.sink", "import pluggy"),
        (architecture.plugin_reaches, "virtualptz_ffmpeg", "from virtualptz.jobs import scale"),
        (architecture.plugin_reaches, "virtualptz_ffmpeg", "import virtualptz_yolo"),
        (architecture.plugin_reaches, "virtualptz.jobs.probe", "import virtualptz_ffmpeg"),
        (
            architecture.across_the_socket,
            "virtualptz.jobs.supervision.job",
            "from ..process.feed import Feed",
        ),
        (architecture.across_the_socket, "virtualptz.jobs.process.feed", "from ..supervision import hub"),
        (architecture.across_the_socket, "virtualptz.jobs.process.feed", "from ..records.store import Store"),
        (architecture.wrong_rooms, "virtualptz.jobs.children.spawn", "from ..supervision import hub"),
        (architecture.wrong_rooms, "virtualptz.jobs.records.store", "from ..children.logs import kept"),
        (architecture.wrong_rooms, "virtualptz.jobs.supervision.job", "from ..detectors.worker import W"),
        (architecture.absolute_inside, "virtualptz.api.app", "from virtualptz.model import View"),
        (architecture.blind_handlers, "virtualptz.api.app", "try:\n    f()\nexcept Exception:\n    pass"),
        (architecture.blind_handlers, "virtualptz.api.app", "try:\n    f()\nexcept:\n    pass"),
        (
            architecture.blind_handlers,
            "virtualptz.a",
            "try:\n    f()\nexcept (OSError, Exception):\n    pass",
        ),
        (architecture.sleeps, "virtualptz.jobs.supervision.link", "import time\ntime.sleep(1)"),
        (architecture.sleeps, "virtualptz.jobs.supervision.link", "from time import sleep"),
    ],
)
def test_the_rule_catches_a_breach(rule: Rule, name: str, text: str) -> None:
    assert list(rule(Module(name, text))) != []


@pytest.mark.parametrize(
    ("rule", "name", "text"),
    [
        (architecture.wrong_directions, "virtualptz.camera.policies.spring", "from ...model import View"),
        (architecture.wrong_directions, "virtualptz.camera.gate", "from .operator import Operator"),
        (
            architecture.wrong_directions,
            "virtualptz.testing.detector",
            "from ..tracking.detection import BALL",
        ),
        (architecture.plugin_reaches, "virtualptz_ffmpeg", "from virtualptz import hookimpl"),
        (architecture.plugin_reaches, "virtualptz_ffmpeg.sink", "from virtualptz.model import View"),
        (architecture.blind_handlers, "virtualptz.a", "try:\n    f()\nexcept Exception:\n    raise"),
        (architecture.unconfined, "virtualptz.plugins.host", "import stevedore"),
    ],
)
def test_the_rule_lets_good_code_pass(rule: Rule, name: str, text: str) -> None:
    assert list(rule(Module(name, text))) == []


def test_a_package_resolves_its_own_relative_imports() -> None:
    package = Module("virtualptz.camera", "from .gate import Gate\nfrom ..model import View", is_package=True)
    assert package.imports == ("virtualptz.camera.gate.Gate", "virtualptz.model.View")


def test_every_area_has_its_rule() -> None:
    areas = {module.area for module in MODULES if module.root == "virtualptz"}
    assert areas <= architecture.AREAS.keys()


def test_no_module_imports_itself_in_a_circle() -> None:
    names = {module.name for module in MODULES}
    graph = {module.name: _modules_among(names, module) for module in MODULES}
    assert _circle(graph) == []


def _modules_among(names: set[str], module: Module) -> set[str]:
    imported = {name if name in names else name.rpartition(".")[0] for name in module.imports}
    return (imported & names) - {module.name}


def _circle(graph: dict[str, set[str]]) -> list[str]:
    """What is left when modules that import nothing that is left are taken away, again and again."""
    left = dict(graph)
    while free := [name for name, imported in left.items() if not imported & left.keys()]:
        for name in free:
            del left[name]
    return sorted(left)


def test_a_circle_is_found() -> None:
    assert _circle({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}, "e": set()}) == ["a", "b", "c", "d"]


def test_modules_are_short() -> None:
    lengths = {module.name: len(module.text.splitlines()) for module in MODULES}
    assert [name for name, length in lengths.items() if length > 400] == []
    assert median(length for length in lengths.values() if length > 5) <= 120


def test_functions_are_short() -> None:
    lengths = sorted(length for module in MODULES for length in architecture.function_lengths(module))
    short = sum(length <= 25 for length in lengths)
    assert short / len(lengths) >= 0.9


def test_every_module_says_what_it_is() -> None:
    assert [m.name for m in MODULES if m.text.strip() and not ast.get_docstring(m.tree)] == []
