"""What was measured, summed up, and the page that shows it."""

import json

import pytest

from .figures import FILE_VARIABLE, Figures, note_outcome
from .report import PAGE, Measured, RowMeasured, collect, merged, percentile, read, table, with_table
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
        runs=2, failed=1, machine="a machine", figures={"decoded after return": [0.75, 2.5]}
    )
    assert found[7].runs == 0


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
        (Figure("rate", "", 10, at_least=True), 2, 1.9),
    ],
)
def test_what_a_busy_machine_explains_is_borne(figure: Figure, borne: float, not_borne: float) -> None:
    assert figure.bears(borne)
    assert not figure.bears(not_borne)


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


def test_figures_can_be_added_to_those_of_before() -> None:
    old = Measured(
        rows={6: RowMeasured(runs=2, failed=1, machine="old", figures={"decoded after return": [0.7]})}
    )
    new = {
        6: RowMeasured(runs=1, machine="new", figures={"decoded after return": [0.8], "job restarts": [0.0]})
    }
    assert merged(old, new, add=True).rows[6] == RowMeasured(
        runs=3, failed=1, machine="new", figures={"decoded after return": [0.7, 0.8], "job restarts": [0.0]}
    )


def test_runs_that_failed_before_they_measured_anything_are_told() -> None:
    old = Measured(rows={6: RowMeasured(runs=9, figures={"decoded after return": [0.7] * 9})})
    shown = table(merged(old, {6: RowMeasured(runs=2, failed=2)}))
    assert "(**2 of 2 runs failed**)" in shown
    assert "| decoded after return | 9 | 0.7 s |" in shown


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
