"""The reference is what the code says now, and says all of it."""

import inspect
import re
from collections.abc import Iterator

import pytest
from scripts._docs import cli_page, hooks_page, options_page, settings_page
from scripts._docs.written import written

from virtualptz.api.app import create_app
from virtualptz.plugins import PluginHost, option_fields
from virtualptz.settings import Settings

from ..architecture import ROOT

REFERENCE = ROOT / "docs" / "reference"


@pytest.mark.parametrize("name", written())
def test_what_is_written_from_the_code_agrees_with_it(name: str) -> None:
    path = ROOT / "docs" / name
    assert path.exists(), f"docs/{name} is missing: scripts/docs write"
    assert path.read_text() == written()[name], f"docs/{name} is old: scripts/docs write"


def test_it_has_every_option_of_every_extension_that_comes_with_the_agent() -> None:
    page = (REFERENCE / "options.md").read_text()
    sections = dict(re.findall(r"^## `(\S+)`\n(.*?)(?=^## |\Z)", page, re.DOTALL | re.MULTILINE))
    statuses = [each for each in PluginHost.load().statuses if each.distribution == "virtualptz-runner-agent"]
    offered = {name for status in statuses for names in status.offers.values() for name in names}
    assert {"ffmpeg", "lookahead", "motion"} <= offered <= sections.keys()
    for name, options in options_page.models():
        assert [
            field.name for field in option_fields(options) if f"| `{field.name}` |" not in sections[name]
        ] == []


def test_a_word_in_angle_brackets_is_no_tag() -> None:
    pages = {name: text for name, text in written().items() if name.endswith(".md")}
    for name, text in pages.items():
        bare = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
        assert re.findall(r"<(?!/?code>|!--)[^>\n]*>", bare) == [], name


def headings(page: str) -> set[str]:
    return set(re.findall(r"^#{2,4} (.+)$", (REFERENCE / page).read_text(), flags=re.MULTILINE))


def test_it_has_every_setting_with_a_meaning() -> None:
    rows = re.findall(r"^\| `(\S+?)`.* \| ([^|]*) \|$", (REFERENCE / "settings.md").read_text(), re.MULTILINE)
    meanings = dict(rows)
    names = [settings_page.variable_of(name, info) for name, info in Settings.model_fields.items()]
    names += [name for name, _ in settings_page.framing_fields()]
    assert [name for name in names if not meanings.get(name, "").strip()] == []


def test_it_has_every_call() -> None:
    paths = create_app().openapi()["paths"]
    calls = {f"`{method.upper()} {path}`" for path, methods in paths.items() for method in methods}
    assert calls <= headings("endpoints.md")


def test_it_has_every_hook_with_its_signature_and_what_it_is_for() -> None:
    page = (REFERENCE / "hooks.md").read_text()
    for name, hook in hooks_page.hooks().items():
        assert f"### `{name}`" in page
        assert f"def {name}{hooks_page.signature_of(hook)}" in page
        assert inspect.cleandoc(hook.__doc__ or "-") in page
        assert all(parameter in page for parameter in inspect.signature(hook).parameters)


def test_it_has_every_protocol() -> None:
    assert {f"`{name}`" for name in hooks_page.protocol_classes()} <= headings("hooks.md")
    assert {"MediaBackend", "SmoothingPolicy", "TrackingSource"} <= hooks_page.protocol_classes().keys()


def cli_sections() -> Iterator[tuple[str, str]]:
    """Each command with what is said of it."""
    page = (REFERENCE / "cli.md").read_text()
    for section in re.split(r"^#{2,4} virtualptz ", page, flags=re.MULTILINE)[1:]:
        words, _, text = section.partition("\n")
        yield words.strip(), text


def test_it_has_every_command_with_every_option() -> None:
    sections = dict(cli_sections())
    commands = dict(cli_page.commands())
    assert {"serve", "plugins enable", "replay"} <= commands.keys()
    assert commands.keys() - sections.keys() == set()
    for words, command in commands.items():
        text = sections[words]
        if "**Settings**: as [`serve`]" in text:
            text += sections["serve"]
        missing = [option for option in cli_page.options(command) if option not in text]
        assert missing == [], f"virtualptz {words}"
    assert "--runner-base-url" in cli_page.options(commands["worker"])
