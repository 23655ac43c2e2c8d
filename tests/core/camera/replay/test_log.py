import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import from_json

from virtualptz.camera.decision_lines import FORMAT, Start, update_line
from virtualptz.camera.replay.entries import LoggedUpdate
from virtualptz.camera.replay.log import parts_of, read_log
from virtualptz.errors import ConfigError
from virtualptz.model import TrackingUpdate

from .logs import foreign, seen


def write(path: Path, *lines: object) -> Path:
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return path


def times(path: Path, **options: Any) -> list[float]:
    [section] = read_log(path, **options).sections
    return [update.at for update in section.updates]


def without_pts(at: float, **more: Any) -> dict[str, Any]:
    return {name: value for name, value in seen(at).items() if name != "frame_pts"} | more


def test_somebody_elses_updates_in_any_order(tmp_path: Path) -> None:
    lines = [{"frame_pts": at, "tracking_confidence": 0.9, "targets": []} for at in (0.2, 0.0, 0.1, 0.1)]
    path = write(tmp_path / "log.jsonl", *lines)
    assert times(path) == [0.0, 0.1, 0.1, 0.2]
    assert read_log(path).start is None


def test_fields_that_nobody_knows_and_empty_lines_do_not_matter(tmp_path: Path) -> None:
    path = write(
        tmp_path / "log.jsonl", "\ufeff" + json.dumps(seen(1.0) | {"kind": "detection", "x": 1}), "", " "
    )
    log = read_log(path)
    assert (log.update_count, log.skipped) == (1, 0)


def test_what_cannot_be_read_is_left_out_and_told_of_by_its_line(tmp_path: Path) -> None:
    wrong = seen(0.3) | {"tracking_confidence": 1.5}
    path = write(tmp_path / "log.jsonl", seen(0.1), "{half", [1], wrong, {"a": 1}, seen(0.2))
    log = read_log(path)
    assert log.update_count == 2
    assert log.skipped == 4
    assert [problem.partition(" ")[0] for problem in log.problems] == [
        "log.jsonl:2",
        "log.jsonl:3",
        "log.jsonl:4:",
        "log.jsonl:5",
    ]
    assert "tracking_confidence" in log.problems[2]


def test_a_log_that_was_cut_off_lacks_its_last_line(tmp_path: Path) -> None:
    path = foreign(tmp_path / "log.jsonl", seconds=1)
    path.write_bytes(path.read_bytes()[:-30])
    log = read_log(path)
    assert (log.update_count, log.skipped) == (10, 1)
    assert log.problems == ["log.jsonl:11 ends in the middle (its writer was cut off)"]


def test_of_many_problems_some_are_told_and_all_counted(tmp_path: Path) -> None:
    log = read_log(write(tmp_path / "log.jsonl", *["?"] * 100, seen(0.0)))
    assert (log.skipped, len(log.problems)) == (100, 5)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ([], "no tracking update"),
        (["nonsense"], "log.jsonl:1 is no JSON"),
        ([[seen(0.0)]], "one update a line"),
        ([seen(0.0), without_pts(0.1)], "log.jsonl:2 does not say when"),
        ([seen(0.0), seen(1e9)], "more than a day apart"),
        ([seen(0.0) | {"job_id": "a"}, seen(0.0) | {"job_id": "b"}], "several jobs: choose one of a, b"),
        ([{"kind": "start", "format": FORMAT + 1}], "newer version"),
        ([{"kind": "start", "policy": 3}], "log.jsonl:1"),
    ],
)
def test_a_log_that_cannot_be_played(tmp_path: Path, lines: list[object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        read_log(write(tmp_path / "log.jsonl", *lines))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nothing\.jsonl: No such file"):
        read_log(tmp_path / "nothing.jsonl")
    with pytest.raises(ConfigError, match="directory"):
        read_log(tmp_path)


def test_one_job_of_several(tmp_path: Path) -> None:
    path = write(tmp_path / "log.jsonl", *(seen(at) | {"job_id": job} for at, job in ((0, "a"), (1, "b"))))
    assert times(path, job_id="b") == [1.0]
    with pytest.raises(ConfigError, match="no tracking update of job c"):
        read_log(path, job_id="c")


def test_without_frame_pts_the_arrival_counts(tmp_path: Path) -> None:
    path = write(tmp_path / "log.jsonl", without_pts(0.0, arrived=3.5), seen(4.0) | {"arrived": 4.2})
    [section] = read_log(path).sections
    assert [(update.at, update.arrived) for update in section.updates] == [(3.5, 3.5), (4.0, 4.2)]
    assert section.updates[0].parse().frame_pts == 3.5


@pytest.mark.parametrize("stamps", [(1.7e9, 1.7e9 + 0.5), ("2024-05-01T10:00:00Z", "2024-05-01T10:00:00.5Z")])
def test_without_anything_else_the_wall_clock_counts(tmp_path: Path, stamps: tuple[object, object]) -> None:
    first, second = (without_pts(0.0, updated_at=stamp) for stamp in stamps)
    assert times(write(tmp_path / "all.jsonl", first, second)) == [0.0, 0.5]
    known = seen(20.0) | {"updated_at": stamps[0]}
    assert times(write(tmp_path / "some.jsonl", known, second)) == [20.0, 20.5]


def test_the_older_parts_come_first(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    for number, name in enumerate(["decisions.jsonl.2", "decisions.jsonl.1", "decisions.jsonl"]):
        write(tmp_path / name, seen(float(number)))
    write(tmp_path / "decisions.jsonl.4", seen(9.0))
    assert [part.name[15:] for part in parts_of(path)] == [".2", ".1", ""]
    assert times(path) == [0.0, 1.0, 2.0]
    assert times(tmp_path / "decisions.jsonl.1") == [1.0]


def test_a_line_of_a_later_version_is_left_out(tmp_path: Path) -> None:
    start = Start(policy="spring").model_dump(mode="json") | {"new": 1}
    path = write(tmp_path / "log.jsonl", start, {"kind": "light", "lux": 3}, seen(0.0))
    log = read_log(path)
    assert (log.update_count, log.skipped) == (1, 1)
    assert log.start is not None


def test_what_the_writer_had_no_room_for_is_known(tmp_path: Path) -> None:
    assert read_log(write(tmp_path / "log.jsonl", {"kind": "dropped", "lines": 7}, seen(0.0))).dropped == 7


floats = st.floats(0, 1)
targets = st.fixed_dictionaries(
    {"x": floats, "y": floats, "confidence": floats, "cls": st.text(max_size=5)},
    optional={"track_id": st.integers(), "w": st.floats(allow_nan=False, allow_infinity=False)},
)


@settings(max_examples=60)
@given(
    st.lists(targets, max_size=5),
    st.none() | st.floats(allow_nan=False, allow_infinity=False),
    st.floats(allow_nan=False, allow_infinity=False),
)
def test_an_update_is_read_as_it_was_to_the_last_bit(
    found: list[dict[str, Any]], pts: float | None, arrived: float
) -> None:
    fields = {"tracking_confidence": 0.1 + 0.2, "targets": found, "frame_pts": pts}
    update = TrackingUpdate.model_validate(fields)
    line = update_line(update, arrived).encode()
    at = arrived if pts is None else pts
    again = LoggedUpdate("line", line, at, from_json(line)["arrived"])
    assert again.parse() == update.model_copy(update={"frame_pts": at})
    assert again.arrived == arrived
