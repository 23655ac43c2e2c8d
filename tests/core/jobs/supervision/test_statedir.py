import os
import stat
from pathlib import Path

import pytest

from virtualptz.errors import ConfigError
from virtualptz.jobs.supervision.statedir import StateDir


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
