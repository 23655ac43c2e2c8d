"""Settings by flag: one for each, the strongest of the three sources, and none for a secret."""

import json
import re
from pathlib import Path

import pytest

from virtualptz.cli import app, main
from virtualptz.errors import ConfigError
from virtualptz.flags import NOT_BY_FLAG, Flags, variable_of
from virtualptz.jobs.environ import environ_for_jobs, environ_for_workers
from virtualptz.settings import Settings, load_settings

pytestmark = pytest.mark.usefixtures("own_settings")


def shown(capsys: pytest.CaptureFixture[str], *flags: str) -> dict[str, tuple[str, str]]:
    assert main(["config", "show", "--json", *flags]) == 0
    return {row["name"]: (row["origin"], row["value"]) for row in json.loads(capsys.readouterr().out)}


@pytest.mark.parametrize("command", [("serve",), ("config", "show"), ("config", "check"), ("doctor",)])
def test_every_setting_that_is_no_secret_has_a_flag_with_its_description(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    found = app
    for word in command:
        found = found[word]
    told = {
        name: argument.parameter.help
        for argument in found.assemble_argument_collection()
        if argument.show
        for name in argument.names
    }
    for name, info in Settings.model_fields.items():
        flag = f"--{name.replace('_', '-')}"
        assert (flag in told) is (name not in NOT_BY_FLAG), flag
        if name not in (*NOT_BY_FLAG, "framing", "plugin"):
            assert str(told[flag]).startswith(info.description or "nothing"), flag


def test_flags_win_over_the_environment_and_that_over_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "none.toml").write_text(
        "max_jobs = 7\noutput_width = 640\npreview_mjpeg_q = 5\n[framing]\nmax_zoom = 3\n"
        "[plugin.one_euro]\nbeta = 1\nmin_cutoff = 2\n"
    )
    monkeypatch.setenv("RUNNER_MAX_JOBS", "8")
    monkeypatch.setenv("RUNNER_OUTPUT_HEIGHT", "480")
    monkeypatch.setenv("RUNNER_PLUGIN_ONE_EURO_BETA", "2")
    flags = ("--max-jobs", "9", "--preview-mjpeg-q=4", "--framing.max-zoom", "2", "--no-spare-process")
    found = shown(capsys, *flags, "--plugin.one-euro.beta", "3", "--source-hosts", "a.example,b.example")
    assert found["RUNNER_MAX_JOBS"] == ("flag", "9")
    assert found["PREVIEW_MJPEG_Q"] == ("flag", "4")
    assert found["RUNNER_SPARE_PROCESS"] == ("flag", "false")
    assert found["RUNNER_FRAMING_MAX_ZOOM"] == ("flag", "2")
    assert found["RUNNER_PLUGIN_ONE_EURO_BETA"] == ("flag", "3")
    assert found["RUNNER_PLUGIN_ONE_EURO_MIN_CUTOFF"] == ("file", "2")
    assert found["RUNNER_SOURCE_HOSTS"] == ("flag", "a.example,b.example")
    assert found["RUNNER_OUTPUT_HEIGHT"] == ("environment", "480")
    assert found["RUNNER_OUTPUT_WIDTH"] == ("file", "640")
    assert found["RUNNER_VIDEO_ENCODER"] == ("default", "auto")


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--max-jobs", "0"), "--max-jobs: Input should be greater than or equal to 1"),
        (("--preview-mjpeg-q", "99"), "--preview-mjpeg-q: "),
        (("--framing.max-zoom", "9"), "--framing.max-zoom: "),
        (("--plugin.spring.frequency", "31"), "option 'frequency': .* at most 30"),
        (("--max-job", "3"), "Did you mean --max-jobs"),
        (("--api-key", "x"), "--api-key: a secret is no flag.* RUNNER_API_KEY"),
        (("--ingest-output-uri", "rtmp://a/b/c"), "a secret is no flag.* RUNNER_INGEST_OUTPUT_URI"),
        (("--plugin.cam.api-key", "x"), "a secret is no flag.* RUNNER_PLUGIN_CAM_API_KEY"),
    ],
)
def test_what_is_wrong_is_named_as_it_was_given(
    flags: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["config", "check", *flags]) == 2
    assert re.search(words, capsys.readouterr().err)


def test_workers_which_read_the_settings_themselves_have_the_flags_too() -> None:
    settings = load_settings(
        Flags({"decision_log": True, "max_jobs": "3"}, {"max_zoom": "2"}, {"my-eyes": {"model": "a.pt"}})
    )
    environ = environ_for_workers(settings, {"RUNNER_MAX_JOBS": "4", "RUNNER_DETECTOR": "motion"})
    assert environ == {
        "RUNNER_DECISION_LOG": "true",
        "RUNNER_MAX_JOBS": "3",
        "RUNNER_FRAMING_MAX_ZOOM": "2",
        "RUNNER_PLUGIN_MY_EYES_MODEL": "a.pt",
        "RUNNER_DETECTOR": "motion",
        "RUNNER_LOG_FORMAT": "text",
        "RUNNER_LOG_LEVEL": "info",
    }
    told = {name for name in environ_for_jobs(settings, {}) if name.startswith("RUNNER_")}
    assert told == {"RUNNER_LOG_FORMAT", "RUNNER_LOG_LEVEL"}


def test_the_variables_are_those_of_the_settings() -> None:
    for name, info in Settings.model_fields.items():
        assert variable_of(name) == str(info.validation_alias or f"RUNNER_{name.upper()}")


def test_a_secret_is_refused_wherever_flags_come_from() -> None:
    with pytest.raises(ConfigError, match="a secret is no flag"):
        load_settings(Flags({"api_key": "x"}))
