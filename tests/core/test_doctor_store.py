"""What doctor says of the job store, and that it leaves it as it is."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from virtualptz.doctor import examine
from virtualptz.jobs.supervision.schema import FILE_NAME, STEPS, connect
from virtualptz.model import Finding
from virtualptz.settings import Settings


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
