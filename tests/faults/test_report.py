"""What was measured, summed up, and the page that shows it."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ..architecture import ROOT
from .figures import FILE_VARIABLE, STARTED, Figures, note_outcome
from .report import PAGE, Measured, RowMeasured, Runs, collect, merged, percentile, read, table, with_table
from .rows import BY_NUMBER, ROWS, Figure


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [float(value) for value in range(20, 0, -1)]
    assert (percentile(values, 0.5), percentile(values, 0.95)) == (10, 19)
    assert percentile([3.0], 0.95) == 3


def test_figures_and_outcomes_are_collected_by_row(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path_factory.mktemp("figures") / "lines"
    monkeypatch.setenv(FILE_VARIABLE, str(file))
    Figures(6, "a").add("decoded after return", 0.75)
    note_outcome(6, "a", "passed")
    Figures(6, "b").add("decoded after return", 2.5)
    note_outcome(6, "b", "failed")
    note_outcome(7, "c", "skipped")
    found = collect(file.read_text().splitlines(), "a machine")
    assert found[6] == RowMeasured(
        runs=2,
        failed=1,
        tests={"a": Runs(runs=1), "b": Runs(runs=1, failed=1)},
        machine="a machine",
        figures={"decoded after return": [0.75, 2.5]},
    )
    assert (found[7].runs, found[7].tests) == (0, {})


ENDS = """
import os, threading, pytest

pytestmark = pytest.mark.fault(6)

@pytest.fixture
def broken():
    raise RuntimeError("no server")

@pytest.fixture
def slow_to_end():
    yield
    raise RuntimeError("a process is left")

def test_well(figures): figures.add("decoded after return", 0.5)
def test_with_an_end_that_fails(slow_to_end): pass
def test_without_a_server(broken): pass
def test_left_out(): pytest.skip("not root")

@pytest.mark.timeout(0.2)
def test_too_slow(figures):
    threading.Event().wait(60)
    figures.add("decoded after return", 60)

def test_that_ends_it_all(): os._exit(1)
def test_never_come_to(): pass
"""


def test_runs_that_fail_in_any_way_are_counted(tmp_path: Path) -> None:
    """By a time-out before there is a figure, in a fixture, in the middle of everything."""
    (tmp_path / "test_ends.py").write_text(ENDS)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = fault\n")
    figures = tmp_path / "figures"
    command = [sys.executable, "-m", "pytest", "-p", "tests.faults.conftest", "-p", "no:cacheprovider"]
    subprocess.run(
        [*command, "-c", str(tmp_path / "pytest.ini"), str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, FILE_VARIABLE: str(figures), "VPTZ_FAULTS_ROWS": "", "VPTZ_FAULTS_REPEAT": "2"},
        capture_output=True,
        check=False,
        timeout=60,
    )
    row = collect(figures.read_text().splitlines(), "")[6]
    assert {name.partition("::")[2]: (runs.runs, runs.failed) for name, runs in row.tests.items()} == {
        "test_well": (2, 0),
        "test_with_an_end_that_fails": (1, 1),
        "test_without_a_server": (1, 1),
        "test_too_slow": (2, 2),
        "test_that_ends_it_all": (1, 1),
    }
    assert (row.runs, row.failed) == (7, 5)
    assert row.figures == {"decoded after return": [0.5, 0.5]}


def test_repetitions_are_runs_of_one_test_whatever_else_it_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "lines"
    monkeypatch.setenv(FILE_VARIABLE, str(file))
    for name in (
        "t.py::t[run0]",
        "t.py::t[run11]",
        "t.py::u[run0-rtmp]",
        "t.py::u[srt-run]",
        "t.py::u[rtmp]",
    ):
        note_outcome(6, name, STARTED)
        note_outcome(6, name, "passed")
    tests = collect(file.read_text().splitlines(), "")[6].tests
    assert {name: runs.runs for name, runs in tests.items()} == {
        "t.py::t": 2,
        "t.py::u[rtmp]": 2,
        "t.py::u[srt-run]": 1,
    }


def test_a_figure_that_the_row_does_not_have_is_an_error() -> None:
    with pytest.raises(KeyError, match="row 6 has no figure 'speed'"):
        Figures(6, "a").add("speed", 1)


def test_a_time_far_beyond_its_aim_fails_its_test_and_is_told_all_the_same(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path_factory.mktemp("figures") / "lines"
    monkeypatch.setenv(FILE_VARIABLE, str(file))
    figures = Figures(6, "a")
    figures.add("decoded after return", 7.4)
    figures.add("a player that joins then", 60.0)
    with pytest.raises(AssertionError, match=r"decoded after return: 7\.6 s, and the aim is ≤ 1\.5 s"):
        figures.add("decoded after return", 7.6)
    found = collect(file.read_text().splitlines(), "a machine")
    assert found[6].figures["decoded after return"] == [7.4, 7.6]


@pytest.mark.parametrize(
    ("figure", "borne", "not_borne"),
    [
        (Figure("restarts", "", 0), 0, 1),
        (Figure("tries", "", 6), 6, 7),
        (Figure("noticed", "s", 2), 10, 10.1),
        (Figure("slowest", "ms", 100), 500, 501),
        (Figure("memory", "MiB", 10), 50, 51),
        (Figure("growth", "%", 5), 25, 26),
        (Figure("share", "%", 99, at_least=True), 95, 94),
        (Figure("refused", "%", 100, at_least=True), 100, 99.9),
        (Figure("rate", "/s", 10, at_least=True), 2, 1.9),
        (Figure("requests", "", 10, at_least=True), 10, 9),
    ],
)
def test_what_a_busy_machine_explains_is_borne(figure: Figure, borne: float, not_borne: float) -> None:
    assert figure.bears(borne)
    assert not figure.bears(not_borne)


def test_no_figure_of_the_suite_that_has_an_aim_may_be_just_anything() -> None:
    """By ten times what it aims at, a test fails over each, whatever its unit."""
    for figure, aim in ((each, each.aim) for row in ROWS for each in row.figures):
        if aim is None:
            continue
        assert figure.bears(aim)
        assert not figure.bears(0 if figure.at_least else 10 * aim + 1), figure
        assert not figure.bears(math.nan), "nothing was measured"


def test_the_table_says_in_how_many_runs_an_aim_was_kept() -> None:
    measured = Measured(rows={6: RowMeasured(runs=2, figures={"decoded after return": [0.75, 2.5]})})
    lines = table(measured).splitlines()
    assert "| decoded after return | 2 | 0.75 s | 2.5 s | ≤ 1.5 s | 1 of 2 |" in lines[2]
    assert "| job restarts | 0 | not measured |  | ≤ 0 |  |" in lines[3]
    assert len(lines) == 2 + len(BY_NUMBER[6].figures)


def test_what_was_not_measured_this_time_is_kept() -> None:
    old = Measured(
        rows={
            6: RowMeasured(runs=9, figures={"decoded after return": [0.7] * 9, "job restarts": [0.0] * 9}),
            7: RowMeasured(runs=1, figures={"noticed": [5.0]}),
        }
    )
    new = {6: RowMeasured(runs=2, figures={"decoded after return": [0.8, 0.9]}), 8: RowMeasured()}
    rows = merged(old, new).rows
    assert rows[6] == RowMeasured(
        runs=2, figures={"decoded after return": [0.8, 0.9], "job restarts": [0.0] * 9}
    )
    assert rows[7] == old.rows[7]
    assert 8 not in rows, "it was left out, and is no run"


def test_where_figures_are_of_several_machines_each_is_named() -> None:
    old = Measured(rows={6: RowMeasured(machine="old", figures={"job restarts": [0.0]})})
    some = RowMeasured(runs=1, machine="new", figures={"decoded after return": [0.8]})
    both = merged(old, {6: some})
    assert both.rows[6].machine == merged(both, {6: some}).rows[6].machine == "old | new"
    whole = RowMeasured(runs=1, machine="new", figures={**both.rows[6].figures})
    assert merged(both, {6: whole}).rows[6].machine == "new"


def test_figures_can_be_added_to_those_of_before() -> None:
    old = Measured(
        rows={6: RowMeasured(runs=2, failed=1, machine="old", figures={"decoded after return": [0.7]})}
    )
    new = {
        6: RowMeasured(runs=1, machine="new", figures={"decoded after return": [0.8], "job restarts": [0.0]})
    }
    assert merged(old, new, add=True).rows[6] == RowMeasured(
        runs=3,
        failed=1,
        machine="old | new",
        figures={"decoded after return": [0.7, 0.8], "job restarts": [0.0]},
    )


def test_runs_that_failed_before_they_measured_anything_are_told() -> None:
    old = Measured(rows={6: RowMeasured(runs=9, figures={"decoded after return": [0.7] * 9})})
    shown = table(merged(old, {6: RowMeasured(runs=2, failed=2)}))
    assert "(**2 of 2 runs failed**)" in shown
    assert "| decoded after return | 9 | 0.7 s |" in shown


def test_a_test_that_failed_has_failed_until_it_is_run_again() -> None:
    """A quick run that goes well says nothing of what takes minutes."""
    failing, well = Runs(runs=1, failed=1), Runs(runs=2)
    old = Measured(rows={6: RowMeasured(runs=3, failed=1, tests={"long": failing, "quick": well})})
    quick = RowMeasured(runs=1, tests={"quick": Runs(runs=1)})
    kept = merged(old, {6: quick})
    assert (kept.rows[6].runs, kept.rows[6].failed) == (2, 1)
    assert "(**1 of 2 runs failed**)" in table(kept)
    again = merged(kept, {6: RowMeasured(runs=1, tests={"long": Runs(runs=1)})})
    assert (again.rows[6].runs, again.rows[6].failed) == (2, 0)
    added = merged(old, {6: quick}, add=True).rows[6]
    assert (added.runs, added.failed, added.tests) == (4, 1, {"long": failing, "quick": Runs(runs=3)})


def test_where_the_least_is_the_aim_the_worse_end_is_shown() -> None:
    name = "encoder's share of real time"
    measured = Measured(rows={7: RowMeasured(runs=2, figures={name: [99.5, 97.0]})})
    assert f"| {name} | 2 | 97 % | 97 % | ≥ 99 % | 1 of 2 |" in table(measured)


def test_the_rows_are_numbered_through_and_name_each_figure_once() -> None:
    assert [row.number for row in ROWS] == list(range(1, 28))
    for row in ROWS:
        names = [figure.name for figure in row.figures]
        assert names or row.untested
        assert len(names) == len(set(names))


def test_the_page_shows_what_is_in_the_file() -> None:
    assert PAGE.read_text() == with_table(PAGE.read_text(), read())


def test_a_page_without_a_place_for_the_table_is_an_error() -> None:
    with pytest.raises(ValueError, match="table: begin"):
        with_table("no table", Measured())


def test_the_file_names_only_figures_that_there_are() -> None:
    for number, row in json.loads(read().model_dump_json())["rows"].items():
        known = {figure.name for figure in BY_NUMBER[int(number)].figures}
        assert row["figures"].keys() <= known
