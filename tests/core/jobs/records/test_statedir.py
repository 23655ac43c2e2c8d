import os
import stat
from pathlib import Path

import pytest

from virtualptz.errors import ConfigError
from virtualptz.jobs.records.statedir import StateDir


def test_it_is_made_private_with_all_its_parents(tmp_path: Path) -> None:
    state = StateDir(tmp_path / "a" / "b")
    for folder in (state.folder, state.jobs):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    state.close()


def test_a_folder_that_others_can_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    with pytest.raises(ConfigError, match="chmod 700"):
        StateDir(tmp_path / "open")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir(mode=0o700)
    os.chown(tmp_path / "theirs", 12345, 12345)
    with pytest.raises(ConfigError, match="uid 12345"):
        StateDir(tmp_path / "theirs")


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="RUNNER_STATE_DIR"):
        StateDir(tmp_path / "file")


def test_it_belongs_to_one_agent_until_that_closes(tmp_path: Path) -> None:
    first = StateDir(tmp_path / "state")
    with pytest.raises(ConfigError, match=rf"pid {os.getpid()}"):
        StateDir(tmp_path / "state")
    first.close()
    first.close()
    StateDir(tmp_path / "state").close()


def test_it_tells_of_too_little_room(tmp_path: Path) -> None:
    state = StateDir(tmp_path / "state", least_free_megabytes=1e9)
    illness = state.look()
    assert illness is not None
    assert illness.word == "full"
    assert "1e+09 MB are wanted: make room" in illness.detail
    assert state.look(0.0) is None
    state.close()


def test_one_that_is_taken_away_is_made_anew(tmp_path: Path) -> None:
    state = StateDir(tmp_path / "state")
    (tmp_path / "state").rename(tmp_path / "elsewhere")
    illness = state.look()
    assert illness is not None
    assert illness.word == "gone"
    state.renew()
    assert state.look() is None
    with pytest.raises(ConfigError, match="another agent"):
        StateDir(tmp_path / "state")
    StateDir(tmp_path / "elsewhere").close()
    state.close()


def test_one_that_another_agent_took_meanwhile_is_left_alone(tmp_path: Path) -> None:
    state = StateDir(tmp_path / "state")
    (tmp_path / "state").rename(tmp_path / "elsewhere")
    other = StateDir(tmp_path / "state")
    assert "not the one" in str(state.look())
    with pytest.raises(ConfigError, match="another agent"):
        state.renew()
    assert other.look() is None
    other.close()
    state.close()
