import os
from pathlib import Path

import pytest

from virtualptz.camera.rotating_file import RotatingFile, sibling


def heading() -> bytes:
    return b"start\n"


def write(file: RotatingFile, *lines: bytes) -> None:
    for line in lines:
        file.append(line + b"\n", heading)
    file.flush(heading)


def numbered(path: Path, number: int) -> str:
    return sibling(path, number).read_text()


def test_each_file_begins_with_the_heading_and_the_oldest_goes(tmp_path: Path) -> None:
    path = tmp_path / "log"
    file = RotatingFile(path, max_bytes=16, files=3)
    write(file, *(f"line{number}".encode() for number in range(5)))
    file.close()
    assert [numbered(path, number) for number in range(3)] == [
        "start\nline4\n",
        "start\nline3\n",
        "start\nline2\n",
    ]
    assert len(list(tmp_path.iterdir())) == 3


def test_one_file_alone_begins_anew(tmp_path: Path) -> None:
    file = RotatingFile(tmp_path / "log", max_bytes=16, files=1)
    write(file, b"line0", b"line1")
    file.close()
    assert (tmp_path / "log").read_text() == "start\nline1\n"
    assert len(list(tmp_path.iterdir())) == 1


def test_an_existing_file_is_continued_and_half_a_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("old\nhal")
    file = RotatingFile(path, max_bytes=1000, files=2)
    write(file, b"new")
    file.close()
    assert path.read_text() == "old\nhal\nstart\nnew\n"


def test_a_full_file_of_an_earlier_process_is_put_aside(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("x" * 50 + "\n")
    file = RotatingFile(path, max_bytes=40, files=2)
    write(file, b"new")
    file.close()
    assert path.read_text() == "start\nnew\n"
    assert numbered(path, 1).startswith("x" * 50)


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    file = RotatingFile(tmp_path / "log", max_bytes=1000, files=1)
    write(file, b"line")
    file.close()
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600


def test_a_file_that_was_removed_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "log"
    file = RotatingFile(path, max_bytes=1000, files=2)
    write(file, b"line0")
    path.unlink()
    write(file, b"line1")
    assert path.read_text() == "start\nline1\n"
    path.rename(tmp_path / "taken")
    path.write_text("somebody's\n")
    write(file, b"line2")
    file.close()
    assert path.read_text() == "somebody's\nstart\nline2\n"


def test_without_its_folder_it_raises_and_goes_on_when_it_is_back(tmp_path: Path) -> None:
    folder = tmp_path / "job"
    folder.mkdir()
    path = folder / "log"
    file = RotatingFile(path, max_bytes=1000, files=2)
    write(file, b"line0")
    path.unlink()
    folder.rmdir()
    for _ in range(2):
        with pytest.raises(FileNotFoundError):
            write(file, b"lost")
    folder.mkdir()
    write(file, b"line1")
    file.close()
    assert path.read_text() == "start\nline1\n"


def test_a_full_disk_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log"
    file = RotatingFile(path, max_bytes=1000, files=2)
    write(file, b"line0")
    really_write, room = os.write, [3]

    def short_of_room(descriptor: int, data: bytes) -> int:
        if not room[0]:
            raise OSError(28, "No space left on device")
        taken = really_write(descriptor, bytes(data[: room[0]]))
        room[0] -= taken
        return taken

    monkeypatch.setattr("virtualptz.camera.rotating_file.os.write", short_of_room)
    with pytest.raises(OSError, match="No space"):
        write(file, b"line1")
    assert path.read_text() == "start\nline0\n"
    room[0] = 1000
    write(file, b"line2")
    file.close()
    assert path.read_text() == "start\nline0\nstart\nline2\n"
