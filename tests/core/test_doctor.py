"""What doctor says of settings, plug-ins and the job store, and that it leaves all as it is."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from virtualptz.cli import main
from virtualptz.doctor import examine
from virtualptz.jobs.records.schema import FILE_NAME, STEPS, connect
from virtualptz.model import Finding
from virtualptz.settings import Settings

from ..ports import free_port
from .distributions import Site


def found(folder: Path) -> Finding:
    checks = examine(Settings.model_validate({"state_dir": folder}), "127.0.0.1", 0)
    return next(check.finding for check in checks if check.finding.subject == "job store")


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
        connection.commit()


def damaged(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:3000] + bytes(5000))


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (newer, f"newer (version {len(STEPS) + 1}, and this agent knows {len(STEPS)})"),
        (damaged, "damaged ("),
    ],
)
def test_it_is_told_before_an_agent_sets_it_aside(
    harm: Callable[[Path], None], words: str, tmp_path: Path
) -> None:
    path = tmp_path / FILE_NAME
    connect(path, 1.0).close()
    assert found(tmp_path).ok
    harm(path)
    before = {each: each.read_bytes() for each in tmp_path.iterdir()}
    finding = found(tmp_path)
    assert (finding.ok, finding.detail.startswith(words)) == (False, True), finding
    assert {each: each.read_bytes() for each in tmp_path.iterdir()} == before


def test_one_that_an_agent_uses_is_looked_into(tmp_path: Path) -> None:
    with closing(connect(tmp_path / FILE_NAME, 1.0)) as connection:
        connection.execute("CREATE TABLE later (x TEXT)")
        connection.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
        connection.commit()
        assert found(tmp_path).detail.startswith("newer")


@pytest.mark.parametrize(
    ("text", "ok", "words"),
    [
        ("max_jobs = 3\n", True, "runner.toml is in order"),
        ('\nmax_jobs = "many"\n', False, "line 2): Input should be a valid integer"),
    ],
)
def test_the_settings_file_is_looked_at(
    text: str,
    ok: bool,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "runner.toml"
    file.write_text(text)
    monkeypatch.setenv("RUNNER_CONFIG", str(file))
    monkeypatch.setenv("RUNNER_STATE_DIR", str(tmp_path / "state"))
    code = main(["doctor", "--json", "--port", str(free_port())])
    checks = json.loads(capsys.readouterr().out)
    told = next(check for check in checks if check["subject"] == "settings")
    assert (told["ok"], words in told["detail"], bool(told["remedy"])) == (ok, True, not ok), told
    assert (code == 2) is not ok


def test_a_plugin_that_fails_comes_with_the_command_that_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Site(tmp_path / "site")
    site.install("vptz-broken", "raise RuntimeError('built for another CPU')")
    monkeypatch.syspath_prepend(str(site.folder))
    checks = examine(Settings.model_validate({"state_dir": tmp_path / "state"}), "127.0.0.1", 0)
    found = next(check.finding for check in checks if check.part == "vptz-broken")
    assert not found.ok
    assert "built for another CPU" in found.detail
    assert "virtualptz plugins disable vptz-broken" in found.remedy
