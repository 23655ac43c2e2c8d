import os
from pathlib import Path

import pytest

from virtualptz.errors import ConfigError
from virtualptz.model import PtzRules
from virtualptz.settings import load_settings, plugin_options


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No settings but the test's own; the TOML file's path, where there is none yet."""
    for name in [name for name in os.environ if name.startswith(("RUNNER_", "PREVIEW_", "XDG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("RUNNER_CONFIG", str(tmp_path / "runner.toml"))
    return tmp_path / "runner.toml"


def test_the_contracts_defaults() -> None:
    settings = load_settings()
    assert settings.api_key.get_secret_value() == ""
    assert settings.public_base_url == "http://127.0.0.1:9001"
    assert settings.ingest_output_uri == ""
    assert settings.ptz_rules == PtzRules(
        min_apply_interval_seconds=0.35, min_delta_xy=0.008, min_delta_zoom=0.015, takeover_seconds=10
    )
    assert (settings.preview_mjpeg_fps, settings.preview_mjpeg_scale, settings.preview_mjpeg_q) == (
        20,
        "640:-1",
        8,
    )
    assert settings.state_dir == Path.home() / ".local" / "state" / "virtualptz"


def test_the_state_folder_follows_xdg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert load_settings().state_dir == tmp_path / "virtualptz"


def test_the_environment_wins_over_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text('api_key = "of the file"\noutput_width = 640\npreview_mjpeg_fps = 12\nmax_jobs = 3\n')
    monkeypatch.setenv("RUNNER_OUTPUT_WIDTH", "960")
    monkeypatch.setenv("PREVIEW_MJPEG_Q", "4")
    settings = load_settings(max_jobs=5)
    assert settings.api_key.get_secret_value() == "of the file"
    assert (settings.output_width, settings.max_jobs) == (960, 5)
    assert (settings.preview_mjpeg_fps, settings.preview_mjpeg_q) == (12, 4)


def test_the_usual_place_of_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("RUNNER_CONFIG")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "virtualptz").mkdir()
    (tmp_path / "virtualptz" / "runner.toml").write_text("max_jobs = 7\n")
    assert load_settings().max_jobs == 7


def test_lists_are_separated_by_commas(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNNER_PLUGINS_DISABLED", "yolo, motion,")
    file.write_text('source_roots = ["/srv/a", "/srv/b"]\n')
    settings = load_settings()
    assert settings.plugins_disabled == ("yolo", "motion")
    assert settings.source_roots == (Path("/srv/a"), Path("/srv/b"))


def test_plugin_options_come_from_both(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text('[plugin.spring]\nmax_speed = "0.4"\nfrequency = "2"\n[plugin.my_eyes]\nsize = "640"\n')
    monkeypatch.setenv("RUNNER_PLUGIN_SPRING_MAX_SPEED", "0.3")
    assert load_settings().plugin == {
        "spring": {"max_speed": "0.3", "frequency": "2"},
        "my_eyes": {"size": "640"},
    }


def test_framing_options_come_from_both(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text('[framing]\nmin_zoom = "1.5"\nmax_zoom = "2"\n')
    monkeypatch.setenv("RUNNER_FRAMING_MAX_ZOOM", "3")
    settings = load_settings()
    assert settings.framing == {"min_zoom": "1.5", "max_zoom": "3"}
    framing = settings.framing_options({"min_zoom": 2})
    assert (framing.min_zoom, framing.max_zoom) == (2, 3)
    with pytest.raises(ConfigError, match=r"^framing\.min_zoom: "):
        settings.framing_options({"min_zoom": 5})


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("RUNNER_FRAMING_MAX_ZOOM", "9", "RUNNER_FRAMING_MAX_ZOOM: .* less than or equal to 4"),
        ("RUNNER_FRAMING_MAXZOOM", "2", "RUNNER_FRAMING_MAXZOOM: no such option; there are: min_zoom, "),
        ("RUNNER_LOOKAHEAD_SECONDS", "6", "RUNNER_LOOKAHEAD_SECONDS: .* less than or equal to 5"),
        ("RUNNER_DECISION_LOG", "perhaps", "RUNNER_DECISION_LOG: .* boolean"),
    ],
)
def test_a_camera_that_cannot_be_is_named_as_it_was_set(
    variable: str, value: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigError, match=f"^bad setting: {words}"):
        load_settings()


def test_what_names_no_option_is_none() -> None:
    environ = {
        "RUNNER_PLUGIN_SPRING": "1",
        "RUNNER_PLUGINS_DISABLED": "x",
        "RUNNER_PLUGIN_SPRING_MAX_SPEED": "1",
    }
    assert plugin_options(environ) == {"spring": {"max_speed": "1"}}


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("RUNNER_OUTPUT_WIDTH", "wide"),
        ("RUNNER_OUTPUT_HEIGHT", "721"),
        ("RUNNER_VIDEO_ENCODER", "mpeg2"),
        ("RUNNER_PTZ_MIN_DELTA_XY", "-1"),
        ("PREVIEW_MJPEG_FPS", "61"),
        ("PREVIEW_MJPEG_Q", "1"),
    ],
)
def test_a_bad_value_is_named_as_it_was_set(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigError, match=rf"^bad setting: {variable}: "):
        load_settings()


def test_a_key_of_the_file_that_does_not_exist(file: Path) -> None:
    file.write_text('api_kye = "x"\n')
    with pytest.raises(ConfigError, match="api_kye"):
        load_settings()


def test_a_file_that_is_no_toml_is_named(file: Path) -> None:
    file.write_text("api_key = \n")
    with pytest.raises(ConfigError, match=r"runner\.toml"):
        load_settings()


def test_the_key_is_not_shown() -> None:
    settings = load_settings(api_key="very-secret")
    assert "very-secret" not in f"{settings!r} {settings}"
    with pytest.raises(ConfigError) as caught:
        load_settings(api_key=["very-secret"])
    assert "very-secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('# mine\n\nmax_jobs = "many"\n', "RUNNER_MAX_JOBS ({file}, line 3): Input should be"),
        ("max_jobs = 1\nno_such = 2\n", "no_such ({file}, line 2): there is no such setting"),
        ('[framing]\nmax_zoom = "wide"\n', "RUNNER_FRAMING_MAX_ZOOM ({file}, line 2): Input should be"),
        ('max_zoom = 1\n[framing]\nmax_zoom = "2"\n', "max_zoom ({file}, line 1): there is no such"),
        ("max_job = 1\n", "max_job ({file}, line 1): there is no such setting; is it max_jobs?"),
        ('source_hosts = ["a b"]\n', "({file}, line 1)"),
        ("max_jobs = = 1\n", "{file}: Invalid value (at line 1, column 12)"),
    ],
)
def test_a_bad_file_is_told_with_its_line(file: Path, text: str, words: str) -> None:
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_settings()
    assert words.format(file=file) in str(caught.value)


def test_what_is_wrong_in_the_environment_is_in_no_line(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("max_jobs = 3\n")
    monkeypatch.setenv("RUNNER_MAX_JOBS", "many")
    with pytest.raises(ConfigError, match="RUNNER_MAX_JOBS: "):
        load_settings()
