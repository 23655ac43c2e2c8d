import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from virtualptz.errors import ConfigError, PluginError, StoreError
from virtualptz.model import Edges, JobOutcome, JobRef, MediaInfo, TrackingUpdate, VideoInfo, View
from virtualptz.plugins import PluginHost, PluginStatus, Switches, forget
from virtualptz.plugins.discovery import find_plugins

from .distributions import POLICY, Site

JOB = JobRef("job", "ingest")
MEDIA = MediaInfo(VideoInfo("h264", 320, 180, Fraction(30)))


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # modules rewritten within a second
    monkeypatch.syspath_prepend(tmp_path)
    site = Site(tmp_path)
    yield site
    for module in site.modules:
        sys.modules.pop(module, None)


def status_of(host: PluginHost, name: str) -> PluginStatus:
    [found] = [status for status in host.statuses if status.name == name]
    return found


def failure(name: str) -> str:
    """Load everything, see that only this plug-in failed, and why."""
    host = PluginHost.load()
    status = status_of(host, name)
    assert status.state == "failed"
    assert status_of(host, "policies").state == "loaded"
    assert status.reason is not None
    return status.reason


def hook(name: str, body: str, arguments: str = "") -> str:
    return f"""
    from virtualptz import hookimpl
    from virtualptz.model import Extension, NoOptions

    @hookimpl
    def {name}({arguments}):
        {body}
    """


def test_a_plugin_is_found_loaded_and_built_from_its_options(site: Site) -> None:
    site.install("vptz-still", POLICY, version="2.5")
    host = PluginHost.load(options={"still": {"zoom": "3"}})
    status = status_of(host, "vptz-still")
    assert status.as_json() == {
        "name": "vptz-still",
        "state": "loaded",
        "reason": None,
        "remedy": None,
        "distribution": "vptz-still",
        "version": "2.5",
        "license": "MIT",
        "offers": {"media_backends": [], "smoothing_policies": ["still"], "tracking_sources": []},
        "hooks": ["vptz_smoothing_policies"],
        "missing": {},
    }
    assert host.smoothing_policy("still").step(0.0, [], Edges()) == View(zoom=3.0)
    assert host.smoothing_policy("still", zoom=1.5).step(0.0, [], Edges()) == View(zoom=1.5)


def test_the_agents_own_plugins_come_first(site: Site) -> None:
    site.install("aaa", POLICY.replace('"still"', '"spring"'))
    host = PluginHost.load()
    assert [status.name for status in host.statuses][-1] == "aaa"
    assert "'spring' is already offered by 'policies'" in (status_of(host, "aaa").reason or "")


def test_an_unknown_hook_is_refused(site: Site) -> None:
    site.install("misspelt", hook("vptz_smoothing_polices", "return []"))
    assert "unknown hook 'vptz_smoothing_polices'" in failure("misspelt")


def test_a_plugin_after_one_with_an_unknown_hook_is_unharmed(site: Site) -> None:
    site.install("a-misspelt", hook("vptz_smoothing_polices", "return []"))
    site.install("b-still", POLICY)
    host = PluginHost.load()
    assert status_of(host, "a-misspelt").state == "failed"
    assert status_of(host, "b-still").state == "loaded"


def test_an_unknown_argument_is_refused(site: Site) -> None:
    site.install("greedy", hook("vptz_job_stopped", "return None", "job, outcome, frames"))
    assert "'frames'" in failure("greedy")


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        (
            "import a_module_that_nobody_has",
            "ModuleNotFoundError: No module named 'a_module_that_nobody_has'",
        ),
        ("assert 1 == 2, 'built for another CPU'", "AssertionError: built for another CPU"),
        ("raise SystemExit('no licence key')", "SystemExit: no licence key"),
        ("raise RuntimeError", "RuntimeError"),
        ("x = (", "SyntaxError"),
    ],
)
def test_one_that_raises_at_import_is_a_line_not_a_crash(site: Site, statement: str, reason: str) -> None:
    site.install("raiser", statement)
    assert failure("raiser").startswith(reason)


def test_ctrl_c_during_an_import_still_ends_the_program(site: Site) -> None:
    site.install("interrupted", "raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        PluginHost.load()


def test_a_missing_extra_is_named(site: Site) -> None:
    site.install("eyes", "import a_module_that_nobody_has", entry="eyes = eyes [yolo]")
    assert failure("eyes").endswith("(try: pip install 'eyes[yolo]')")


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("odd = odd:nowhere", "AttributeError"),
        ("odd", "no 'module' or 'module:object'"),
        ("odd = o d d", "no 'module' or 'module:object'"),
    ],
)
def test_an_entry_point_that_leads_nowhere(site: Site, entry: str, reason: str) -> None:
    site.install("odd", "", entry=entry)
    assert reason in failure("odd")


def test_one_that_raises_in_an_offer_loses_that_offer_only(site: Site) -> None:
    broken = """
    @hookimpl
    def vptz_tracking_sources():
        yield Extension("eyes", Options, Still)
        raise OSError("no camera")
    """
    site.install("half", POLICY + broken)
    site.install("whole", POLICY.replace('"still"', '"calm"'))
    host = PluginHost.load()
    status = status_of(host, "half")
    assert (status.state, status.reason) == ("loaded", "vptz_tracking_sources: OSError: no camera")
    assert status.offers["smoothing_policies"] == ("still",)
    assert status.offers["tracking_sources"] == ()
    assert host.smoothing_policy("calm").lookahead == 0


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("assert False", "vptz_media_backends: AssertionError"),
        ("raise SystemExit", "vptz_media_backends: SystemExit"),
        ("return 7", "vptz_media_backends: TypeError: 'int' object is not iterable"),
        ("return [7]", "offers 7, which is no virtualptz.model.Extension"),
        ("return [Extension('Fast Lane', NoOptions, int)]", "offers the name 'Fast Lane'"),
        ("return [Extension('fast', dict, int)]", "the options of 'fast' are no class of pydantic.BaseModel"),
        ("return [Extension('fast', NoOptions, None)]", "create of 'fast' cannot be called"),
    ],
)
def test_offers_are_checked(site: Site, body: str, reason: str) -> None:
    site.install("offerer", hook("vptz_media_backends", body))
    assert failure("offerer").startswith(reason)


def test_of_two_offers_of_one_name_the_second_fails_with_the_reason(site: Site) -> None:
    site.install("b-second", POLICY)
    site.install("a-first", POLICY)
    host = PluginHost.load()
    assert status_of(host, "a-first").state == "loaded"
    second = status_of(host, "b-second")
    assert (second.state, second.reason) == (
        "failed",
        "the smoothing policy 'still' is already offered by 'a-first'",
    )


def test_of_two_plugins_of_one_name_the_second_fails(site: Site) -> None:
    site.install("one", POLICY, entry="camera = one")
    site.install("two", POLICY, entry="camera = two")
    states = [
        (status.distribution, status.state, status.reason)
        for status in PluginHost.load().statuses
        if status.name == "camera"
    ]
    assert states == [
        ("one", "loaded", None),
        ("two", "failed", "another plug-in of this name is already loaded"),
    ]


def test_a_disabled_plugin_is_not_even_imported(site: Site, tmp_path: Path) -> None:
    site.install("noisy", f"open({str(tmp_path / 'imported')!r}, 'w').close()")
    host = PluginHost.load(disabled=["noisy"])
    assert status_of(host, "noisy").state == "disabled"
    assert not (tmp_path / "imported").exists()
    assert "noisy" not in sys.modules


def remedies(host: PluginHost, *names: str) -> list[tuple[str, str | None]]:
    return [(status_of(host, name).state, status_of(host, name).remedy) for name in names]


def test_each_says_what_to_do_about_it(site: Site) -> None:
    site.install("by-hand", POLICY)
    site.install("by-settings", POLICY)
    site.install("eyes", "import a_module_that_nobody_has", entry="eyes = eyes [torch]")
    site.install("raiser", "raise RuntimeError")
    host = PluginHost.load(["by-settings"], switched_off=["by-hand"])
    assert remedies(host, "policies", "by-hand", "by-settings", "eyes", "raiser") == [
        ("loaded", None),
        ("disabled", "virtualptz plugins enable by-hand"),
        ("disabled", "take by-settings out of RUNNER_PLUGINS_DISABLED"),
        ("failed", "pip install 'eyes[torch]'"),
        ("failed", "pip install --upgrade raiser, or: virtualptz plugins disable raiser"),
    ]
    with pytest.raises(
        PluginError, match=r"no smoothing policy 'still'.* \(disabled plug-ins: by-hand, by-set"
    ):
        host.smoothing_policy("still")


def test_what_the_settings_disable_is_not_by_hand(site: Site) -> None:
    site.install("both", POLICY)
    host = PluginHost.load(["both"], switched_off=["both"])
    assert status_of(host, "both").reason == "RUNNER_PLUGINS_DISABLED names it"


def test_what_a_host_has_not_seen(site: Site) -> None:
    site.install("old", POLICY)
    host = PluginHost.load(switched_off=["off"])
    site.install("off", POLICY)
    site.install("new", POLICY)
    site.install("old", POLICY, version="1.1")
    assert {(found.name, found.version) for found in host.unseen(["off"])} >= {("new", "1.0"), ("old", "1.1")}
    assert {found.name for found in host.unseen(["off"])} & {"off", "policies"} == set()


def test_one_that_is_forgotten_is_read_anew(site: Site) -> None:
    site.install("vptz-still", POLICY)
    host = PluginHost.load()
    before = host.smoothing_policy("still")
    site.install("vptz-still", POLICY.replace("default=2.0", "default=3.0"), version="2.0")
    assert PluginHost.load().smoothing_policy("still").step(0.0, [], Edges()) == View(zoom=2.0), "cached"
    for found in host.unseen():
        forget(found)
    assert PluginHost.load().smoothing_policy("still").step(0.0, [], Edges()) == View(zoom=3.0)
    assert before.step(0.0, [], Edges()) == View(zoom=2.0)


def test_our_own_are_never_forgotten() -> None:
    before = sys.modules["virtualptz.plugins"]
    for found in find_plugins():
        forget(found)
    assert sys.modules["virtualptz.plugins"] is before


def tried(site: Site, *names: str) -> list[list[str | None]]:
    done = subprocess.run(
        [sys.executable, "-m", "virtualptz.jobs.trial"],
        input=json.dumps(names),
        env={**os.environ, "PYTHONPATH": str(site.folder)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    answer: list[list[str | None]] = json.loads(done.stdout)
    return answer


def test_a_trial_says_what_is_wrong_and_touches_no_other(site: Site, tmp_path: Path) -> None:
    site.install("good", "print('hello')" + POLICY.replace("\n    ", "\n"))
    site.install("bad", "raise RuntimeError('no')")
    site.install("noisy", f"open({str(tmp_path / 'imported')!r}, 'w').close()")
    assert tried(site, "good", "bad") == [["bad", "RuntimeError: no"], ["good", None]]
    assert not (tmp_path / "imported").exists()


def test_switches_are_kept(tmp_path: Path) -> None:
    switches = Switches(tmp_path)
    assert switches.read() == frozenset()
    switches.write({"yolo", "motion"})
    assert Switches(tmp_path).read() == {"motion", "yolo"}
    assert [(file.name, file.stat().st_mode & 0o777) for file in tmp_path.iterdir()] == [
        ("plugins.json", 0o600)
    ]


@pytest.mark.parametrize("text", ["", "[]", '{"disabled": 7}', "\x00"])
def test_damaged_switches_disable_nothing_and_are_told(
    tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "plugins.json").write_text(text)
    assert Switches(tmp_path).read() == frozenset()
    assert "no plug-in is disabled by it" in caplog.text


def test_switches_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written"):
        Switches(tmp_path / "nowhere").write({"yolo"})


def test_without_hooks_it_is_no_plugin(site: Site) -> None:
    site.install("plain", "def vptz_smoothing_policies(): return []")
    assert "implements no hook" in failure("plain")


def test_an_object_that_cannot_be_registered(site: Site) -> None:
    site.install("listed", "plugin = []", entry="listed = listed:plugin")
    assert "unhashable" in failure("listed")


def test_a_broken_uninstall_is_not_noticed(site: Site) -> None:
    site.install("gone", POLICY)
    (site.folder / "gone-1.0.dist-info" / "METADATA").unlink()
    assert "gone" not in [status.name for status in PluginHost.load().statuses]


def test_unreadable_entry_points_cost_nobody_else(site: Site) -> None:
    site.install("bytes", POLICY)
    (site.folder / "bytes-1.0.dist-info" / "entry_points.txt").write_bytes(b"\xff\xfe[virtualptz.plugins]")
    site.install("vptz-still", POLICY)
    assert status_of(PluginHost.load(), "vptz-still").state == "loaded"


def states_in_a_new_process(folder: Path, cache: Path) -> dict[str, str]:
    code = (
        "import json; from virtualptz.plugins import PluginHost;"
        "print(json.dumps({status.name: status.state for status in PluginHost.load().statuses}))"
    )
    environ = {**os.environ, "PYTHONPATH": str(folder), "XDG_CACHE_HOME": str(cache)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True, timeout=60
    )
    states: dict[str, str] = json.loads(done.stdout)
    return states


def test_one_reinstalled_under_another_name_is_found_at_once(tmp_path: Path) -> None:
    """stevedore keeps a list on disk, which a process started right after a reinstall still reads."""
    site = Site(tmp_path / "site")
    site.folder.mkdir()
    site.install("vptz-still", POLICY, entry="before = vptz_still")
    assert states_in_a_new_process(site.folder, tmp_path)["before"] == "loaded"
    site.install("vptz-still", POLICY, entry="after = vptz_still")
    states = states_in_a_new_process(site.folder, tmp_path)
    assert states["after"] == "loaded"
    assert "before" not in states


def test_one_installed_while_the_process_runs_is_found_by_the_next_load(site: Site) -> None:
    assert "vptz-still" not in [status.name for status in PluginHost.load().statuses]
    site.install("vptz-still", POLICY)
    assert status_of(PluginHost.load(), "vptz-still").state == "loaded"


def test_the_names_that_there_are_stand_in_the_error(site: Site) -> None:
    site.install("vptz-still", POLICY)
    host = PluginHost.load(disabled=["policies"])
    with pytest.raises(PluginError, match="no smoothing policy 'sprong'; there are: still"):
        host.smoothing_policy("sprong")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"zoom": "9"}, ["'zoom'", "less than or equal to 4", "at least 1", "at most 4"]),
        ({"zoom": "wide"}, ["'zoom'", "number", "at least 1"]),
        ({"side": "top"}, ["'side'", '"left", "right"']),
        ({"zom": "2"}, ["unknown option 'zom'", "side, zoom"]),
    ],
)
def test_a_bad_option_is_explained(site: Site, options: dict[str, str], words: list[str]) -> None:
    site.install("vptz-still", POLICY)
    host = PluginHost.load(options={"still": options})
    with pytest.raises(ConfigError, match="smoothing policy 'still'") as caught:
        host.smoothing_policy("still")
    assert all(word in str(caught.value) for word in words), str(caught.value)
    assert host.misconfigured() == [str(caught.value)]


def test_an_option_that_a_careless_model_would_ignore_is_an_error(site: Site) -> None:
    site.install(
        "vptz-still",
        POLICY.replace("class Options(Frozen)", "class Options(BaseModel)").replace(
            "import Field", "import BaseModel, Field"
        ),
    )
    host = PluginHost.load(options={"still": {"zom": "2"}})
    with pytest.raises(ConfigError, match="unknown option 'zom'"):
        host.smoothing_policy("still")


def test_settings_about_plugins_that_are_not_there_are_told() -> None:
    host = PluginHost.load(disabled=["yollo"], options={"sprong": {"a": "1"}})
    disabled, options = host.misconfigured()
    assert "'yollo'" in disabled
    assert "'sprong', which no plug-in offers; there are:" in options


def test_one_that_cannot_be_created_is_a_plugin_error(site: Site) -> None:
    body = "return [Extension('gpu', NoOptions, lambda options: 1 / 0)]"
    site.install("fast", hook("vptz_media_backends", body))
    with pytest.raises(PluginError, match="media backend 'gpu' of plug-in 'fast': ZeroDivisionError"):
        PluginHost.load().media_backend("gpu")


OBSERVER = """
    from virtualptz import hookimpl

    seen = []

    @hookimpl
    def vptz_job_started(job, media):
        seen.append(("started", job.job_id, media.video.width))

    @hookimpl
    def vptz_job_stopped(job, outcome):
        seen.append(("stopped", outcome.state))

    @hookimpl
    def vptz_tracking_updated(update):
        seen.append(("tracking", update.source))
"""


def test_observers_are_called_and_one_that_raises_loses_only_its_own_call(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("a-observer", "c-observer"):
        site.install(name, OBSERVER)
    site.install("b-raiser", hook("vptz_job_started", "raise OSError('disk full')", "job"))
    host = PluginHost.load()
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        host.job_started(JOB, MEDIA)
        host.tracking_updated(JOB, TrackingUpdate(tracking_confidence=1.0, source="Eyes"))
        host.job_stopped(JOB, JobOutcome("stopped"))
    expected = [("started", "job", 320), ("tracking", "eyes"), ("stopped", "stopped")]
    assert sys.modules["a_observer"].seen == expected
    assert sys.modules["c_observer"].seen == expected
    assert [record.getMessage() for record in caplog.records] == [
        "plug-in b-raiser: vptz_job_started: OSError: disk full"
    ]


def test_each_plugin_says_what_it_needs_of_the_machine(site: Site) -> None:
    site.install(
        "needy",
        """
        from virtualptz import hookimpl
        from virtualptz.model import Finding

        @hookimpl
        def vptz_doctor():
            yield Finding(ok=False, subject="GPU", detail="none found", remedy="buy one")
        """,
    )
    site.install("sick", hook("vptz_doctor", "raise OSError('no bus')"))
    findings = {name: finding for name, finding in PluginHost.load().findings() if name in ("needy", "sick")}
    assert (findings["needy"].subject, findings["needy"].remedy) == ("GPU", "buy one")
    assert not findings["sick"].ok
    assert "OSError: no bus" in findings["sick"].detail


def test_loading_imports_no_media_library() -> None:
    code = (
        "import sys; from virtualptz.plugins import PluginHost; PluginHost.load();"
        "print({'av', 'cv2', 'fastapi', 'torch'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "set()"


def eyes(name: str, lacks: str, preference: int) -> str:
    """A plug-in with a tracking source of this name; `lacks` is the body of its `missing`."""
    return f"""
    from virtualptz import hookimpl
    from virtualptz.model import Extension, Frozen

    class Options(Frozen):
        model: str = ""

    def missing(options):
        {lacks}

    @hookimpl
    def vptz_tracking_sources():
        return [Extension({name!r}, Options, lambda options: None, missing, {preference})]
    """


NEEDS_MODEL = "return None if options.model else 'no model: put one there'"


def test_live_is_the_preferred_source_that_lacks_nothing(site: Site) -> None:
    site.install("vptz-keen", eyes("keen", NEEDS_MODEL, 99))
    site.install("vptz-plain", eyes("plain", "return None", 98))
    host = PluginHost.load()
    assert host.live_source() == host.live_source("auto") == "plain"
    assert host.live_source("plain") == "plain"
    assert status_of(host, "vptz-keen").missing == {"keen": "no model: put one there"}
    assert status_of(host, "vptz-plain").missing == {}
    assert PluginHost.load(options={"keen": {"model": "there"}}).live_source() == "keen"


def test_simulation_and_file_are_never_meant_by_live(site: Site) -> None:
    others = [status.name for status in PluginHost.load().statuses if status.name != "tracking"]
    host = PluginHost.load(disabled=others)
    with pytest.raises(ConfigError, match=r"no detector works here; there are: file .*, sim \(disabled"):
        host.live_source()
    assert host.live_source("sim") == "sim"


@pytest.mark.parametrize(
    ("lacks", "options", "reason"),
    [
        (NEEDS_MODEL, {}, "keen cannot work here: no model: put one there; of others, motion, plain can"),
        ("return None", {"modle": "x"}, "unknown option 'modle'; there are: model"),
        ("raise RuntimeError('its own fault')", {}, "RuntimeError: its own fault"),
        ("raise ImportError('torch')", {}, "ImportError: torch"),
    ],
)
def test_a_source_that_cannot_work_is_refused_with_the_reason(
    site: Site, lacks: str, options: dict[str, str], reason: str
) -> None:
    site.install("vptz-keen", eyes("keen", lacks, 99))
    site.install("vptz-plain", eyes("plain", "return None", 98))
    host = PluginHost.load(disabled=["yolo"], options={"keen": options})
    with pytest.raises(ConfigError) as error:
        host.live_source("keen")
    assert reason in str(error.value)
    assert reason.removeprefix("keen cannot work here: ").partition("; of others")[0] in str(
        host.lacking()["keen"]
    )


def test_a_source_that_nobody_offers_names_those_that_there_are(site: Site) -> None:
    site.install("vptz-plain", eyes("plain", "return None", 98))
    with pytest.raises(ConfigError, match=r"there is no tracking source 'nosuch'; there are: .*plain, sim"):
        PluginHost.load().live_source("nosuch")
