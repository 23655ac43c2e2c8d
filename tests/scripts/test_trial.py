"""The trial's table, and where it is kept. The trial is run by hand: it takes minutes, and downloads."""

from pathlib import Path

import pytest
from scripts._trial import __main__ as trial
from scripts._trial.steps import Clock


def test_a_missed_aim_and_a_busy_machine_are_told() -> None:
    quick, slow = Clock([("a", 1.0)]), Clock([("b", 100.0), ("c", 21.0)])
    lines = list(trial.table([("One", 120.0, quick), ("Two", 120.0, slow)], 3.0, 99.0))
    assert "| **One** (aim: under 120; met) | **1.0** |" in lines
    assert "| **Two** (aim: under 120; **not met**) | **121.0** |" in lines
    assert "busy with other things: load 99.0" in lines[-1]
    assert "calm: load 0.0" in list(trial.table([("One", 120.0, quick)], 3.0, 0.0))[-1]


def test_only_the_table_on_the_page_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text(trial.PAGE.read_text())
    monkeypatch.setattr(trial, "PAGE", page)
    before, after = page.read_text().split(trial.BEGIN)[0], page.read_text().split(trial.END)[1]
    for _ in range(2):
        trial.keep(["one", "two"])
        assert page.read_text() == f"{before}{trial.BEGIN}\none\ntwo\n{trial.END}{after}"
