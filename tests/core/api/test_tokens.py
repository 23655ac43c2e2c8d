import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtualptz.api.tokens import SECRET_BYTES, SECRET_FILE, PreviewTokens, load_secret
from virtualptz.errors import ConfigError


def test_the_secret_is_made_once_and_only_ours_to_read(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "deep"
    secret = load_secret(folder)
    assert len(secret) == SECRET_BYTES
    assert load_secret(folder) == secret
    assert stat.S_IMODE((folder / SECRET_FILE).stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == [SECRET_FILE]


def test_a_secret_open_to_others_is_closed(tmp_path: Path) -> None:
    load_secret(tmp_path)
    (tmp_path / SECRET_FILE).chmod(0o644)
    load_secret(tmp_path)
    assert stat.S_IMODE((tmp_path / SECRET_FILE).stat().st_mode) == 0o600


def test_a_cut_secret_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / SECRET_FILE).write_bytes(b"short")
    assert len(load_secret(tmp_path)) == SECRET_BYTES


def test_a_state_folder_that_cannot_be_is_a_bad_setting(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="RUNNER_STATE_DIR"):
        load_secret(tmp_path / "file" / "state")


def test_a_token_outlives_the_agent_but_not_its_time() -> None:
    now = [1000.0]
    tokens = [PreviewTokens(b"secret", 300, clock=lambda: now[0]) for _ in range(2)]
    token = tokens[0].sign("job")
    now[0] = 1299.9
    assert tokens[1].opens(token, "job")
    now[0] = 1300.0
    assert not tokens[1].opens(token, "job")


def test_another_secret_opens_nothing() -> None:
    token = PreviewTokens(b"secret", 300).sign("job")
    assert not PreviewTokens(b"other", 300).opens(token, "job")


@given(st.text(max_size=80), st.text(max_size=20))
def test_no_made_up_token_opens(token: str, job_id: str) -> None:
    assert not PreviewTokens(b"secret", 300).opens(token, job_id)


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_token_opens_its_own_job_only(one: str, other: str) -> None:
    tokens = PreviewTokens(b"secret", 300)
    assert tokens.opens(tokens.sign(one), other) == (one == other)
