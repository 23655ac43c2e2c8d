import json
import os
import threading
import time
from pathlib import Path

import pytest

from virtualptz.tracking.input_file import MAX_BYTES, InputFile, InputFileError


def _no_wait(seconds: float) -> None:
    pass


def _file(tmp_path: Path, content: str | bytes) -> Path:
    path = tmp_path / "tracking.json"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_confidence_alone_is_enough_and_the_rest_is_filled_in(tmp_path: Path) -> None:
    file = InputFile(_file(tmp_path, '{"tracking_confidence": 0.9}'), "my-detector")
    update = file.read(_no_wait)
    assert (update.source, update.tracking_state, update.fallback_active) == ("my-detector", "stable", False)
    assert {"source", "tracking_state", "fallback_active"} <= update.model_fields_set


def test_what_the_file_says_wins(tmp_path: Path) -> None:
    said = {
        "job_id": "of nobody",
        "tracking_confidence": 0.9,
        "tracking_state": "LOST",
        "fallback_active": True,
        "source": "YOLO-bytetrack",
        "targets": [{"x": 0.5, "y": 0.5, "confidence": 1, "cls": "ball", "track_id": 4}],
        "frame_pts": 12.5,
    }
    update = InputFile(_file(tmp_path, json.dumps(said)), "other").read(_no_wait)
    assert (update.source, update.tracking_state, update.fallback_active) == ("yolo-bytetrack", "lost", True)
    assert update.frame_pts == 12.5
    assert update.targets is not None
    assert update.targets[0].model_extra == {"track_id": 4}


def test_the_state_remembers_from_one_reading_to_the_next(tmp_path: Path) -> None:
    path = _file(tmp_path, "")
    file, states = InputFile(path, "detector"), []
    for confidence in (0.9, 0.55, 0.45, 0.55, 0.65, 0.1, 0.1, 0.45, 0.5):
        path.write_text(json.dumps({"tracking_confidence": confidence}))
        states.append(file.read(_no_wait).tracking_state)
    assert states == [
        *("stable", "stable", "warning", "warning", "stable"),
        *("warning", "lost", "lost", "warning"),
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        ('{"tracking_confidence": 0.', "EOF"),
        ('{"tracking_confidence": NaN}', "tracking_confidence"),
        ('{"tracking_confidence": 1.5}', "tracking_confidence"),
        ('{"target_x": 0.5}', "tracking_confidence"),
        ('{"tracking_confidence": 0.5, "targets": [{"x": 2}]}', "targets.0.x"),
        ("[]", "object"),
        (b"\xff\xfe\x00", "JSON"),
    ],
)
def test_what_is_no_update_is_an_input_error_that_says_why(
    tmp_path: Path, content: str | bytes, says: str
) -> None:
    with pytest.raises(InputFileError, match=says):
        InputFile(_file(tmp_path, content), "detector").read(_no_wait)


def test_a_missing_file_a_folder_and_a_pipe_are_input_errors(tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match="No such file"):
        InputFile(tmp_path / "none.json", "detector").read(_no_wait)
    with pytest.raises(InputFileError):
        InputFile(tmp_path, "detector").read(_no_wait)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputFileError, match="not a regular file"):
        InputFile(tmp_path / "pipe", "detector").read(_no_wait)


def test_a_file_that_has_run_away_is_not_read(tmp_path: Path) -> None:
    path = _file(tmp_path, '{"tracking_confidence": 0.9}' + " " * MAX_BYTES)
    with pytest.raises(InputFileError, match="larger"):
        InputFile(path, "detector").read(_no_wait)


def test_a_file_that_nobody_rewrites_is_stale_where_that_is_asked_for(tmp_path: Path) -> None:
    path = _file(tmp_path, '{"tracking_confidence": 0.9}')
    os.utime(path, (1, 1))
    assert InputFile(path, "detector").read(_no_wait).tracking_confidence == 0.9
    with pytest.raises(InputFileError, match="not rewritten for 5 s"):
        InputFile(path, "detector", stale_seconds=5).read(_no_wait)


def test_a_wall_clock_that_jumps_makes_no_file_stale_or_fresh(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _file(tmp_path, '{"tracking_confidence": 0.9}')
    file = InputFile(path, "detector", stale_seconds=0.2)
    file.read(_no_wait)
    jumped = time.time() + 3600
    monkeypatch.setattr(time, "time", lambda: jumped)
    file.read(_no_wait)
    monkeypatch.setattr(time, "time", lambda: jumped - 7200)
    time.sleep(0.25)  # what makes the file stale
    with pytest.raises(InputFileError, match="not rewritten"):
        file.read(_no_wait)
    path.write_text('{"tracking_confidence": 0.8}')
    assert file.read(_no_wait).tracking_confidence == 0.8


def test_a_writer_caught_in_the_middle_gets_a_second_look(tmp_path: Path) -> None:
    path = _file(tmp_path, '{"tracking_conf')

    def finish(seconds: float) -> None:
        path.write_text('{"tracking_confidence": 0.9}')

    assert InputFile(path, "detector").read(finish).tracking_confidence == 0.9


def test_under_a_writer_that_never_rests_every_reading_is_whole_or_an_error(tmp_path: Path) -> None:
    path, done = _file(tmp_path, '{"tracking_confidence": 0.5}'), threading.Event()
    targets = [{"x": 0.5, "y": 0.5, "confidence": 0.5, "cls": "player"}] * 40

    def rewrite() -> None:
        number = 0
        while not done.is_set():
            number = (number + 1) % 100
            text = json.dumps({"targets": targets, "frame_pts": number, "tracking_confidence": number / 100})
            with path.open("w") as file:
                for begin in range(0, len(text), 97):
                    file.write(text[begin : begin + 97])
                    file.flush()

    writer = threading.Thread(target=rewrite)
    writer.start()
    read, refused = 0, 0
    try:
        file = InputFile(path, "detector")
        while read < 30 or refused < 1:
            try:
                update = file.read(done.wait)
            except InputFileError:
                refused += 1
            else:
                assert update.frame_pts is None or update.frame_pts == round(update.tracking_confidence * 100)
                read += 1
            assert refused < 20_000
    finally:
        done.set()
        writer.join()
