"""`virtualptz config`: what is in force, where it comes from, and nothing secret."""

import json
from pathlib import Path

import pytest

from virtualptz.cli import main
from virtualptz.settings import Settings

pytestmark = pytest.mark.usefixtures("own_settings")
PASSWORD = "hunter2-of-the-final"


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, tuple[str, str]]:
    """Origin and value of each setting."""
    assert main(["config", "show", "--json", *arguments]) == 0
    return {row["name"]: (row["origin"], row["value"]) for row in json.loads(capsys.readouterr().out)}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "none.toml"
    file.write_text(
        f'api_key = "{PASSWORD}"\nmax_jobs = 7\noutput_width = 640\n'
        f'ingest_output_uri = "rtmp://user:{PASSWORD}@media.example/live/{PASSWORD}"\n'
        f'[plugin.yolo]\nmodel = "a.pt"\n[plugin.mine]\napi_token = "{PASSWORD}"\n[framing]\nmax_zoom = "3"\n'
    )
    return file


def test_each_setting_says_where_it_comes_from(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNNER_OUTPUT_WIDTH", "960")
    monkeypatch.setenv("RUNNER_PLUGIN_SPRING_MAX_SPEED", "0.5")
    monkeypatch.setenv("PREVIEW_MJPEG_FPS", "5")
    found = shown(capsys)
    assert found["RUNNER_MAX_JOBS"] == ("file", "7")
    assert found["RUNNER_OUTPUT_WIDTH"] == ("environment", "960")
    assert found["RUNNER_OUTPUT_HEIGHT"] == ("default", "720")
    assert found["PREVIEW_MJPEG_FPS"] == ("environment", "5.0")
    assert found["RUNNER_PLUGIN_SPRING_MAX_SPEED"] == ("environment", "0.5")
    assert found["RUNNER_PLUGIN_YOLO_MODEL"] == ("file", "a.pt")
    assert found["RUNNER_FRAMING_MAX_ZOOM"] == ("file", "3")
    names = {
        str(info.validation_alias or f"RUNNER_{name.upper()}") for name, info in Settings.model_fields.items()
    }
    assert names - {"RUNNER_FRAMING", "RUNNER_PLUGIN"} <= found.keys()


def test_nothing_secret_is_shown_unless_asked_for(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "show"]) == 0
    table = capsys.readouterr().out
    assert PASSWORD not in table
    assert "rtmp://media.example/***" in table
    assert PASSWORD not in json.dumps(shown(capsys))
    assert shown(capsys, "--no-redact")["RUNNER_API_KEY"] == ("file", PASSWORD)
    assert PASSWORD in shown(capsys, "--no-redact")["RUNNER_INGEST_OUTPUT_URI"][1]


def test_good_settings_are_said_to_be_good(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text("max_jobs = 7")
    assert main(["config", "check"]) == 0
    assert str(file) in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("max_jobs = 0", "RUNNER_MAX_JOBS"),
        ("max_job = 3", "max_job"),
        ("max_jobs = ", "none.toml"),
        ('[plugin.spring]\nmax_speed = "fast"', "max_speed"),
        ('[plugin.nobody]\nspeed = "1"', "nobody"),
        ('[framing]\nmax_zoom = "far"', "RUNNER_FRAMING_MAX_ZOOM"),
    ],
)
def test_a_wrong_one_is_named(
    text: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "none.toml").write_text(text)
    assert main(["config", "check"]) == 2
    assert told in capsys.readouterr().err


def test_each_wrong_one_has_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "none.toml").write_text('max_jobs = 0\noutput_width = "wide"')
    assert main(["config", "check"]) == 2
    wide, many = sorted(capsys.readouterr().err.splitlines(), reverse=True)
    assert wide.startswith("virtualptz: bad setting: RUNNER_OUTPUT_WIDTH")
    assert many.startswith("virtualptz: bad setting: RUNNER_MAX_JOBS")
    (tmp_path / "none.toml").write_text('[plugin.spring]\nmax_speed = "fast"')
    monkeypatch.setenv("RUNNER_MAX_JOBZ", "3")
    assert main(["config", "check"]) == 2
    option, variable = capsys.readouterr().err.splitlines()
    assert "max_speed" in option
    assert variable == "virtualptz: RUNNER_MAX_JOBZ is no setting: perhaps RUNNER_MAX_JOBS is meant"
