from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from virtualptz.api.tokens import SECRET_FILE, PreviewTokens, load_secret, this_boot


def test_the_secret_is_the_state_folders(tmp_path: Path) -> None:
    secret = load_secret(tmp_path)
    assert (tmp_path / SECRET_FILE).read_bytes() == secret
    assert load_secret(tmp_path) == secret


def test_a_token_outlives_the_agent_but_not_its_time() -> None:
    now = [1000.0]
    tokens = [PreviewTokens(b"secret", 300, clock=lambda: now[0]) for _ in range(2)]
    token = tokens[0].sign("job")
    now[0] = 1299.9
    assert tokens[1].opens(token, "job")
    now[0] = 1300.0
    assert not tokens[1].opens(token, "job")


def test_a_token_does_not_outlive_the_machines_start() -> None:
    """The clock begins anew there: what was signed late in one start would be good for days in the next."""
    token = PreviewTokens(b"secret", 300, clock=lambda: 1000.0, boot="one").sign("job")
    assert PreviewTokens(b"secret", 300, clock=lambda: 10.0, boot="one").opens(token, "job")
    assert not PreviewTokens(b"secret", 300, clock=lambda: 10.0, boot="another").opens(token, "job")


def test_where_the_system_hides_its_start_a_token_is_of_one_agent(tmp_path: Path) -> None:
    assert this_boot() == this_boot()
    assert this_boot(tmp_path / "hidden") != this_boot(tmp_path / "hidden")


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
