"""What the agent goes by, and who is told when that changes."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.core.distributions import POLICY, Site
from virtualptz.api.in_force import InForce
from virtualptz.errors import ConfigError, StoreError, UnknownPluginError
from virtualptz.plugins import PluginHost, PluginStatus
from virtualptz.settings import Settings


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """For this process and for those that it starts."""
    site = Site(tmp_path / "site")
    site.folder.mkdir()
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.syspath_prepend(site.folder)
    monkeypatch.setenv("PYTHONPATH", str(site.folder))
    yield site
    for module in site.modules:
        sys.modules.pop(module, None)


class Told:
    """The engine's side; refuses everything where it is set to."""

    def __init__(self) -> None:
        self.settings: list[Settings] = []
        self.refusal: ConfigError | None = None
        self.plugins: list[dict[str, str]] = []

    async def change(self, settings: Settings, plugins: PluginHost) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.settings.append(settings)

    def plugins_changed(self, plugins: tuple[PluginStatus, ...]) -> None:
        self.plugins.append({plugin.name: plugin.state for plugin in plugins})


def in_force(tmp_path: Path, told: Told, **more: object) -> InForce:
    (tmp_path / "state").mkdir(exist_ok=True)
    changes = InForce(Settings(**{"state_dir": tmp_path / "state", **more}))  # type: ignore[arg-type]
    changes.attach(told.change, told.plugins_changed)
    return changes


def state(changes: InForce, name: str) -> str:
    [found] = [status.state for status in changes.plugins if status.name == name]
    return found


async def test_jobs_are_told_of_both_lists(tmp_path: Path) -> None:
    told = Told()
    changes = in_force(tmp_path, told, plugins_disabled="yolo")
    assert (await changes.disable("motion")).state == "disabled"
    assert told.settings[-1].plugins_disabled == ("yolo", "motion")
    assert [states["motion"] for states in told.plugins] == ["loaded", "disabled"]
    again = in_force(tmp_path, told, plugins_disabled="yolo")
    assert state(again, "motion") == "disabled"
    assert again.settings.plugins_disabled == ("yolo", "motion")
    assert (await again.enable("motion")).state == "loaded"
    assert list(told.settings[-1].plugins_disabled) == ["yolo"]


async def test_what_the_engine_refuses_changes_nothing(tmp_path: Path) -> None:
    told = Told()
    changes = in_force(tmp_path, told)
    before = changes.settings, changes.plugins, changes.host
    told.refusal = ConfigError("RUNNER_DETECTOR: no")
    with pytest.raises(ConfigError, match="RUNNER_DETECTOR"):
        await changes.disable("motion")
    with pytest.raises(ConfigError, match="RUNNER_DETECTOR"):
        await changes.use(changes.settings.model_copy(update={"max_jobs": 3}))
    assert (changes.settings, changes.plugins, changes.host) == before
    assert not (tmp_path / "state" / "plugins.json").exists()


async def test_what_cannot_be_switched(tmp_path: Path) -> None:
    changes = in_force(tmp_path, Told(), plugins_disabled="motion")
    with pytest.raises(ConfigError, match="RUNNER_PLUGINS_DISABLED names 'motion'"):
        await changes.enable("motion")
    for verb in (changes.enable, changes.disable):
        with pytest.raises(UnknownPluginError, match="no plug-in 'nosuch' is installed; there are: ffmpeg, "):
            await verb("nosuch")


async def test_what_cannot_be_kept_is_told_and_is_in_force(tmp_path: Path) -> None:
    changes = in_force(tmp_path, Told())
    (tmp_path / "state").rmdir()
    with pytest.raises(StoreError):
        await changes.disable("motion")
    assert state(changes, "motion") == "disabled"


async def test_a_newer_version_is_found_and_read_anew(tmp_path: Path, site: Site) -> None:
    told = Told()
    changes = in_force(tmp_path, told)
    for version, zoom in (("1.0", "2.0"), ("1.1", "3.0")):
        site.install("vptz-still", POLICY.replace("default=2.0", f"default={zoom}"), version=version)
        assert ("vptz-still", version) in {(each.name, each.version) for each in await changes.rescan()}
        policy = changes.host.smoothing_policy("still")
        assert vars(policy)["view"].zoom == float(zoom)


async def test_an_optional_plugin_that_fails_to_load_names_its_extra(tmp_path: Path, site: Site) -> None:
    changes = in_force(tmp_path, Told())
    site.install("vptz-eyes", "import a_module_that_nobody_has", entry="eyes = vptz_eyes [torch]")
    await changes.disable("eyes")
    with pytest.raises(ConfigError, match=r"'eyes' stays as it was: .*pip install 'vptz-eyes\[torch\]'"):
        await changes.enable("eyes")
    assert state(changes, "eyes") == "disabled"


async def test_settings_that_wait_for_a_restart_stay(tmp_path: Path) -> None:
    told = Told()
    changes = in_force(tmp_path, told, max_jobs=3)
    later: dict[str, object] = {"state_dir": tmp_path / "other", "max_jobs": 4, "preview_token_seconds": 9}
    new = changes.settings.model_copy(update=later)
    assert await changes.use(new) == ("preview_token_seconds", "state_dir")
    assert (changes.settings.max_jobs, changes.settings.preview_token_seconds) == (4, 300)
    assert told.settings[-1].state_dir == tmp_path / "state"
