import stat
from pathlib import Path

import pytest

from virtualptz.errors import ConfigError
from virtualptz.jobs.keyfile import KEY_BYTES, load_key


def test_a_key_is_made_once_and_only_ours_to_read(tmp_path: Path) -> None:
    path = tmp_path / "state" / "deep" / "a.key"
    key = load_key(path)
    assert len(key) == KEY_BYTES
    assert load_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_key_open_to_others_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    load_key(path)
    path.chmod(0o644)
    load_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_cut_key_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    path.write_bytes(b"short")
    assert len(load_key(path)) == KEY_BYTES


def test_a_state_folder_that_cannot_be_is_a_bad_setting(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="RUNNER_STATE_DIR"):
        load_key(tmp_path / "file" / "state" / "a.key")
