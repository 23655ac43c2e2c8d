"""Options of plug-ins: what is told of them, what sets them, and what is refused before anything starts."""

import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.architecture import ROOT
from tests.core.distributions import POLICY, Site
from virtualptz.api.in_force import InForce
from virtualptz.cli import main
from virtualptz.errors import ConfigError, UnknownPluginError
from virtualptz.model import NO_UNIT, Extension
from virtualptz.plugin_shown import shown_plugin
from virtualptz.plugins import PluginHost, option_fields
from virtualptz.scaffold import write_plugin
from virtualptz.settings import load_settings

pytestmark = pytest.mark.usefixtures("own_settings")
SECRET = "hunter2-of-the-final"
OPEN_POLICY = """
    from pydantic import Field, SecretStr

    from virtualptz import hookimpl
    from virtualptz.model import Extension, Frozen


    class Options(Frozen):
        api_token: str = ""
        login: SecretStr = SecretStr("")
        hall: str = "rtsp://user:hunter2-of-the-final@hall.example/1"
        speed: float = Field(default=1.0, gt=0, description="how fast", json_schema_extra={"unit": "m/s"})


    @hookimpl
    def vptz_smoothing_policies():
        return [Extension("my_far-policy", Options, lambda options: None)]
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    site = Site(tmp_path / "site")
    site.folder.mkdir()
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.syspath_prepend(site.folder)
    monkeypatch.setenv("PYTHONPATH", str(site.folder))
    yield site
    for module in site.modules:
        sys.modules.pop(module, None)


def module_of(file: Path, name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def extensions_of(module: Any) -> list[Extension[Any, Any]]:
    hooks = [each for name, each in vars(module).items() if name.startswith("vptz_") and callable(each)]
    return [extension for hook in hooks for extension in hook()]


def all_of_ours(tmp_path: Path) -> Iterator[tuple[str, Extension[Any, Any]]]:
    host = PluginHost.load()
    for status in host.statuses:
        for name in {each for names in status.offers.values() for each in names}:
            yield from ((status.name, offer.extension) for _, offer in host.offers_of(name))
    for file in ("ease/vptz_ease.py", "image_folder/vptz_image_folder/__init__.py"):
        yield from (
            ("examples", each) for each in extensions_of(module_of(ROOT / "examples" / file, "example"))
        )
    for kind in ("policy", "tracking", "media"):
        folder = write_plugin(f"my-{kind}", kind, tmp_path)
        yield from (("new", each) for each in extensions_of(module_of(folder / f"vptz_my_{kind}.py", "made")))


def test_every_option_of_ours_says_what_it_is_and_every_number_its_unit(tmp_path: Path) -> None:
    untold, seen = [], 0
    for plugin, extension in all_of_ours(tmp_path):
        for field in option_fields(extension.options):
            seen += 1
            if not field.description:
                untold.append(f"{plugin}: {extension.name}.{field.name}: no description")
        for name, unit in numbers(extension.options.model_json_schema()):
            if not unit:
                untold.append(f"{plugin}: {extension.name}: {name} tells neither a unit nor {NO_UNIT!r}")
    assert untold == []
    assert seen > 60


def numbers(schema: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for part in (schema, *schema.get("$defs", {}).values()):
        for name, each in part.get("properties", {}).items():
            if each.get("type") in ("number", "integer"):
                yield name, each.get("unit", "")


def test_what_is_told_of_an_option() -> None:
    detail = shown_plugin(PluginHost.load(), load_settings(), "spring")
    assert (detail.name, detail.state) == ("policies", "loaded")
    [option] = [each for each in detail.options if each.name == "frequency"]
    assert option.model_dump() == {
        "extension": "spring",
        "name": "frequency",
        "type": "number",
        "allowed": "number, more than 0, at most 30",
        "default": 3.5,
        "required": False,
        "unit": "radians a second",
        "description": "natural frequency: the higher, the closer it follows",
        "value": 3.5,
        "origin": "default",
        "variable": "RUNNER_PLUGIN_SPRING_FREQUENCY",
        "key": "plugin.spring.frequency",
    }


def test_value_and_origin_by_file_and_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "none.toml").write_text("[plugin.spring]\nmax_speed = 0.25\nfrequency = 2\n")
    monkeypatch.setenv("RUNNER_PLUGIN_SPRING_FREQUENCY", "4")
    found = options("spring")
    assert found["max_speed"] == (0.25, "file")
    assert found["frequency"] == (4.0, "environment")
    assert found["max_acceleration"] == (0.8, "default")


def options(name: str) -> dict[str, tuple[Any, str]]:
    settings = load_settings()
    host = PluginHost.load(options=settings.plugin)
    assert host.misconfigured() == []
    return {each.name: (each.value, each.origin) for each in shown_plugin(host, settings, name).options}


def test_a_variable_reaches_an_extension_whose_name_is_longer_than_a_word(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.install("vptz-far", OPEN_POLICY)
    monkeypatch.setenv("RUNNER_PLUGIN_ONE_EURO_BETA", "0.2")
    monkeypatch.setenv("RUNNER_PLUGIN_MY_FAR_POLICY_SPEED", "3")
    assert options("one_euro")["beta"] == (0.2, "environment")
    assert options("my_far-policy")["speed"] == (3.0, "environment")


def test_options_within_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNNER_PLUGIN_MOTION_TRACK_BUFFER_SECONDS", "2.5")
    assert options("motion")["track_buffer_seconds"] == (2.5, "environment")
    monkeypatch.setenv("RUNNER_PLUGIN_MOTION_TRACK_HIGH_THRESH", "7")
    host = PluginHost.load(options=load_settings().plugin)
    [wrong] = host.wrong_options()
    assert "plug-in 'motion': tracking source 'motion': option 'track_high_thresh'" in wrong
    assert "(allowed: number, at least 0, at most 1)" in wrong


def test_nothing_secret_is_shown(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.install("vptz-far", OPEN_POLICY)
    monkeypatch.setenv("RUNNER_PLUGIN_MY_FAR_POLICY_API_TOKEN", SECRET)
    monkeypatch.setenv("RUNNER_PLUGIN_MY_FAR_POLICY_LOGIN", SECRET)
    settings = load_settings()
    detail = shown_plugin(PluginHost.load(options=settings.plugin), settings, "vptz-far")
    assert SECRET not in detail.model_dump_json()
    assert {each.name for each in detail.options if each.origin == "environment"} == {"api_token", "login"}
    monkeypatch.setenv("RUNNER_PLUGIN_MY_FAR_POLICY_SPEED", "-1")
    settings = load_settings()
    detail = shown_plugin(PluginHost.load(options=settings.plugin), settings, "vptz-far")
    assert detail.wrong
    assert SECRET not in detail.model_dump_json()


def test_an_unknown_name_names_those_that_there_are() -> None:
    with pytest.raises(UnknownPluginError, match=r"there are: .*policies.*; they offer: .*spring"):
        shown_plugin(PluginHost.load(), load_settings(), "sprong")


def test_the_agent_does_not_start_with_a_wrong_option(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNNER_PLUGIN_SPRING_FREQUENCY", "31")
    words = (
        r"plug-in 'policies': smoothing policy 'spring': option 'frequency': .*"
        r"\(allowed: number, more than 0, at most 30\)"
    )
    with pytest.raises(ConfigError, match=words):
        InForce(load_settings())
    assert main(["config", "check"]) == 2


def test_what_has_no_default_need_not_be_set_where_the_agent_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNNER_PLUGIN_FILE_INTERVAL", "2")
    monkeypatch.setenv("RUNNER_PLUGIN_LATER_SPEED", "2")
    assert InForce(load_settings()).host.wrong_options() == []


async def test_settings_read_anew_and_new_plugins_are_held_to_it(site: Site) -> None:
    changes = InForce(load_settings())
    changes.attach(engage, lambda _: None)
    before = changes.host
    with pytest.raises(ConfigError, match="'spring': unknown option 'wild'"):
        await changes.use(changes.settings.model_copy(update={"plugin": {"spring": {"wild": "1"}}}))
    assert changes.host is before
    good = changes.settings.model_copy(update={"plugin": {"still": {"zoom": "9"}}})
    await changes.use(good)
    before = changes.host
    site.install("vptz-still", POLICY)
    with pytest.raises(ConfigError, match="plug-in 'vptz-still': smoothing policy 'still': option 'zoom'"):
        await changes.rescan()
    assert changes.host is before


async def engage(*_: object) -> None:
    """An engine that agrees."""


def test_show_prints_it_all(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNNER_PLUGIN_FFMPEG_PUBLISH_BUFFER_SECONDS", "4")
    assert main(["plugins", "show", "ffmpeg"]) == 0
    text = capsys.readouterr().out
    for words in (
        "ffmpeg: loaded",
        "Apache-2.0",
        "ffmpeg.publish_buffer_seconds = 4.0 seconds (environment)",
        "number, more than 0, at most 120; default 8.0",
        "RUNNER_PLUGIN_FFMPEG_PUBLISH_BUFFER_SECONDS, or in the file plugin.ffmpeg.publish_buffer_seconds",
    ):
        assert words in text
    assert main(["plugins", "show", "--json", "spring"]) == 0
    assert {each["extension"] for each in json.loads(capsys.readouterr().out)["options"]} == {"spring"}
    assert main(["plugins", "show", "nosuch"]) == 2


def test_one_that_failed_says_how_it_is_mended(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    site.install("vptz-eyes", "import a_module_that_nobody_has", entry="eyes = vptz_eyes [torch]")
    assert main(["plugins", "show", "eyes"]) == 0
    text = capsys.readouterr().out
    assert "eyes: failed (ModuleNotFoundError" in text
    assert "-> pip install 'vptz-eyes[torch]'" in text
    assert "licence  MIT" in text
