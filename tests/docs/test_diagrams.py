"""The diagrams show the packages, imports and processes that there are."""

import re

import pytest
from scripts._docs import code, diagrams
from scripts._docs.layered import drawing

from .. import architecture
from ..architecture import ROOT

PICTURES = ROOT / "docs" / "pictures"
Arrows = set[tuple[str, str]]


def drawn(name: str) -> tuple[set[str], Arrows]:
    """The boxes and arrows of a picture."""
    text = (PICTURES / name).read_text()
    boxes = set(re.findall(r'data-name="([^"]+)"', text))
    return boxes, set(re.findall(r'data-from="([^"]+)" data-to="([^"]+)"', text))


def closure(arrows: Arrows) -> Arrows:
    found = set(arrows)
    while more := {(a, d) for a, b in found for c, d in found if b == c} - found:
        found |= more
    return found


def real() -> Arrows:
    """Every import between areas of the core and from plug-ins, as the house rules read them."""
    areas = {module.area for module in architecture.modules()}
    found = set()
    for module in architecture.modules():
        place = module.area if module.root == "virtualptz" else module.root
        for name in module.imports:
            parts = [*name.split("."), ""]
            if parts[0] == "virtualptz" and parts[1] in areas:
                found.add((place, parts[1]))
    return {(a, b) for a, b in found if a != b}


def test_the_packages_and_their_arrows_are_the_real_ones() -> None:
    boxes, arrows = drawn("packages.svg")
    folders = {path.parent.name for path in (ROOT / "core" / "virtualptz").glob("*/__init__.py")}
    plugins = {path.parent.name for path in ROOT.glob("plugins/*/virtualptz_*/__init__.py")}
    assert boxes == folders | plugins | {"protocols", "hookspecs"}
    passed_on = {(a, b) for a, b in closure(real()) if a in boxes and b in boxes}
    assert closure(arrows) == passed_on
    assert not [arrow for arrow in arrows if arrow[1] in plugins]


def test_the_modules_of_the_camera_are_the_real_ones() -> None:
    boxes, arrows = drawn("camera.svg")
    folder = ROOT / "core" / "virtualptz" / "camera"
    assert boxes == {path.stem for path in folder.iterdir()} - {"__init__", "__pycache__"}
    found = set()
    for module in architecture.modules():
        if module.name.startswith("virtualptz.camera."):
            inside = [name.split(".") for name in module.imports if name.startswith("virtualptz.camera.")]
            found |= {(module.name.split(".")[2], parts[2]) for parts in inside}
    assert closure(arrows) == closure({(a, b) for a, b in found if a != b})


def test_the_processes_are_those_that_are_started() -> None:
    boxes, arrows = drawn("processes.svg")
    assert boxes == diagrams.PROGRAMS.keys()
    written = re.compile(r'"-m", ("[a-z._]+"(?:, "[a-z]+")?|PROGRAM)')
    found = {word for module in architecture.modules() for word in written.findall(module.text)}
    programs = {word.replace('", "', " ").strip('"') for word in found}
    assert len(programs) >= 5
    assert {"virtualptz_ffmpeg.publish" if each == "PROGRAM" else each for each in programs} == {
        b for _, b in arrows
    }
    assert {a for a, _ in arrows} == {"virtualptz serve", "virtualptz.jobs.process"}


def test_arrows_that_others_say_already_are_left_out() -> None:
    graph = {"a": frozenset("bc"), "b": frozenset("c"), "c": frozenset[str]()}
    assert code.reduced(graph) == {"a": frozenset("b"), "b": frozenset("c"), "c": frozenset()}


@pytest.mark.parametrize("others", [frozenset[str](), frozenset({"two"})])
def test_a_drawing_has_each_box_once_and_below_what_leads_to_it(others: frozenset[str]) -> None:
    graph = {"one": frozenset({"two", "three"}), "two": frozenset({"three"}), "three": frozenset[str]()}
    text = drawing("A <title>", graph, {name: [name] for name in graph}, others)
    tops = {name: int(y) for name, y in re.findall(r'data-name="(\w+)"><rect [^>]*? y="(\d+)"', text)}
    assert tops["one"] < tops["two"] < tops["three"]
    assert text.count('class="other"') == len(others)
    assert "A &lt;title&gt;" in text
