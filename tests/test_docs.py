"""The documentation is held to what the code does."""

import inspect
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest

from virtualptz import cli, hookspecs
from virtualptz.api.app import create_app
from virtualptz.camera.decision_lines import Kind
from virtualptz.camera.framing.reasons import Reason
from virtualptz.camera.policies import vptz_smoothing_policies
from virtualptz.model import Edges, FrameRequest, Sample, View
from virtualptz.plugins import PluginHost
from virtualptz.settings import NEED_RESTART, Settings
from virtualptz.testing.detector import walkers

from .architecture import ROOT
from .core.distributions import Site

PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "examples").glob("*.md")),
]


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub makes of a page's headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(page: Path) -> Iterator[str]:
    for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        file, _, anchor = link.partition("#")
        if "://" in link:
            continue
        target = page.parent / file if file else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    assert list(broken_links(page)) == []


def shell_lines(page: Path) -> Iterator[str]:
    for block in re.findall(r"```sh\n(.*?)```", page.read_text(), flags=re.DOTALL):
        yield from (line.strip() for line in block.splitlines())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_scripts_that_are_spoken_of_exist(page: Path) -> None:
    for script in re.findall(r"`(scripts/[\w.-]+)", page.read_text()):
        assert (ROOT / script).exists(), script


def test_the_readme_is_one_page() -> None:
    assert len((ROOT / "README.md").read_text().split()) < 600


def settings_rows() -> dict[str, str]:
    """The documented default of each setting."""
    text = (ROOT / "docs" / "settings.md").read_text()
    return dict(re.findall(r"^\| `([A-Z_]+)` \| `?([^|`]+?)`? \|", text, flags=re.MULTILINE))


def defaults() -> Iterator[tuple[str, str]]:
    for name, info in Settings.model_fields.items():
        variable = info.validation_alias or f"RUNNER_{name.upper()}"
        assert isinstance(variable, str)
        default = info.get_default()
        shown = getattr(default, "get_secret_value", lambda default=default: default)()
        if name == "state_dir":
            shown = "$XDG_STATE_HOME/virtualptz"
        if name not in ("plugin", "framing"):
            yield variable, str(shown).lower() if isinstance(shown, bool) else str(shown or "empty")


@pytest.mark.parametrize(("variable", "default"), list(defaults()))
def test_every_setting_is_documented_with_its_default(variable: str, default: str) -> None:
    rows = settings_rows()
    assert variable in rows, f"docs/settings.md has no row for {variable}"
    assert rows[variable] == default


def test_no_setting_is_documented_that_does_not_exist() -> None:
    assert settings_rows().keys() - dict(defaults()).keys() == {"RUNNER_CONFIG"}


def test_the_settings_that_wait_for_a_restart_are_named() -> None:
    page = (ROOT / "docs" / "settings.md").read_text()
    section = page.partition("## Read again")[2].partition("\n## ")[0]
    names = set(re.findall(r"`RUNNER_(\w+)`", section))
    assert names == {name.upper() for name in NEED_RESTART}


def test_the_replay_page_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    page = ROOT / "docs" / "replay.md"
    for line in shell_lines(page):
        command = line.replace("--seconds 30 --size 640x360", "--seconds 3 --size 320x180")
        if "decisions.jsonl" not in command:
            assert cli.main(shlex.split(command)[1:]) == 0, line
    made = {"match.mp4", "match.jsonl", "path.csv", "report.json", "path.png", "compared.png"}
    assert {file.name for file in tmp_path.iterdir()} == made
    [tracks] = re.findall(r"```json\n(.*?)```", page.read_text(), flags=re.DOTALL)
    (tmp_path / "tracks.jsonl").write_text(tracks)
    assert cli.main(["replay", "tracks.jsonl", "--policy", "spring"]) == 0


def test_the_replay_page_names_every_kind_of_line() -> None:
    text = (ROOT / "docs" / "replay.md").read_text()
    kinds = re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (`[^|]+) \|", text, flags=re.MULTILINE)))
    assert set(kinds) == set(get_args(Kind))


def test_every_option_of_our_policies_is_documented_with_its_default() -> None:
    text = (ROOT / "docs" / "camera.md").read_text()
    rows = dict(re.findall(r"^\| `(\w+\.\w+)` \| `([^`]+)` \|", text, flags=re.MULTILINE))
    options = {
        f"{policy.name}.{name}": f"{field.default:g}"
        for policy in vptz_smoothing_policies()
        for name, field in policy.options.model_fields.items()
    }
    del options["lookahead.lookahead"]  # the job's own
    assert rows == options


def hooks() -> list[str]:
    return [name for name in vars(hookspecs) if name.startswith("vptz_")]


def test_the_camera_page_names_every_reason_and_policy() -> None:
    page = (ROOT / "docs" / "camera.md").read_text()
    policies = PluginHost.load().statuses
    names = {name for status in policies for name in status.offers.get("smoothing_policies", ())}
    missing = [name for name in (*get_args(Reason), *sorted(names)) if f"`{name}`" not in page]
    assert missing == []


@pytest.mark.parametrize("hook", hooks())
def test_every_hook_has_a_heading_with_its_live_signature(hook: str) -> None:
    parameters = inspect.signature(getattr(hookspecs, hook)).parameters
    heading = f"### `{hook}({', '.join(parameters)})`"
    assert heading in (ROOT / "docs" / "plugins.md").read_text().splitlines()


def routes() -> set[str]:
    """Method and path of every call that the agent describes."""
    paths = create_app().openapi()["paths"]
    return {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}


def test_every_call_is_documented_and_no_other() -> None:
    text = (ROOT / "docs" / "api.md").read_text()
    assert set(re.findall(r"^### `(\w+ /\S+)`$", text, flags=re.MULTILINE)) == routes()


def example(language: str, containing: str) -> str:
    """The one code block of docs/plugins.md that contains these words."""
    text = (ROOT / "docs" / "plugins.md").read_text()
    blocks = re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)
    [block] = [block for block in blocks if containing in block]
    found: str = block
    return found


def keeps_its_contract(contract: Callable[[], object]) -> None:
    """As pytest would run it."""
    names = [name for name in dir(contract) if name.startswith("test_")]
    assert len(names) >= 8
    for name in names:
        getattr(contract(), name)()


def test_the_example_plugin_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = re.search(r'^(glide = "\S+")$', example("toml", "entry-points"), flags=re.MULTILINE)
    assert entry is not None
    site = Site(tmp_path)
    site.install("vptz-glide", example("python", "class Glide"), entry=entry[1].replace('"', ""))
    monkeypatch.syspath_prepend(tmp_path)
    its_test: dict[str, Callable[[], None]] = {}
    try:
        exec(example("python", "def test_it_is"), its_test)  # noqa: S102 - our own page
        its_test["test_it_is_a_smoothing_policy"]()
        exec(example("python", "class TestGlide"), its_test)  # noqa: S102 - our own page
        keeps_its_contract(its_test["TestGlide"])
        policy = PluginHost.load(options={"glide": {"seconds": "0.5"}}).smoothing_policy("glide")
    finally:
        sys.modules.pop("vptz_glide", None)
    policy.reset(View(0.5, 0.5, 1.0), 0.0)
    wanted = [Sample(0.0, View(0.7, 0.5, 2.0))]
    path = [policy.step(frame / 30, wanted, Edges()) for frame in range(91)]
    assert path[0] == View(0.5, 0.5, 1.0)
    assert all(a.center_x <= b.center_x for a, b in pairwise(path))
    assert path[-1].center_x == pytest.approx(0.7, abs=0.001)
    assert policy.step(5.0, [], Edges()) == policy.step(5.0, [], Edges())


def test_the_render_page_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for line in shell_lines(ROOT / "docs" / "render.md"):
        command = line.replace("--seconds 20 --size 640x360", "--seconds 3 --size 320x180")
        assert cli.main(shlex.split(command)[1:]) == 0, line
    made = {"match.mp4", "match.jsonl", "followed.mp4", "followed.mp4.decisions.jsonl", "as-it-was.json"}
    assert {file.name for file in tmp_path.iterdir()} == made


def test_the_render_page_names_every_option() -> None:
    page = (ROOT / "docs" / "render.md").read_text()
    names = [name for argument in cli.app["render"].assemble_argument_collection() for name in argument.names]
    options = {name for name in names if name.startswith("--") and name not in ("--recording", "--output")}
    assert {"--detector", "--json", "--fresh"} <= options
    assert [name for name in sorted(options) if f"`{name}" not in page] == []


def test_the_example_detector_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = example("python", "class Shirts")
    assert len(code.rstrip().splitlines()) <= 40
    Site(tmp_path).install("vptz-shirts", code, entry="shirts = vptz_shirts")
    monkeypatch.syspath_prepend(tmp_path)
    its_test: dict[str, Callable[[], object]] = {}
    try:
        exec(example("python", "class TestShirts"), its_test)  # noqa: S102 - our own page
        keeps_its_contract(its_test["TestShirts"])
        source = PluginHost.load(options={"shirts": {"fps": "5"}}).tracking_source("shirts")
    finally:
        sys.modules.pop("vptz_shirts", None)
    assert source.wants(None) == FrameRequest(5.0, 640)
    last = list(source.updates(iter(walkers())))[-1]
    assert [target.cls for target in last.targets or ()] == ["player", "player"]
    assert last.tracking_state == "stable"
