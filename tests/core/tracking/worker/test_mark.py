import pytest

from virtualptz.tracking.worker.mark import WORKER_ENVIRON, WORKER_HEADER, mark_headers


def test_a_worker_of_an_agent_says_so_in_its_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(WORKER_ENVIRON, "wk_aB3-_")
    assert mark_headers() == {WORKER_HEADER: "wk_aB3-_"}


@pytest.mark.parametrize("word", [None, "", "two\nlines", "\u00e4"])
def test_what_is_no_mark_is_not_sent(monkeypatch: pytest.MonkeyPatch, word: str | None) -> None:
    monkeypatch.delenv(WORKER_ENVIRON, raising=False)
    if word is not None:
        monkeypatch.setenv(WORKER_ENVIRON, word)
    assert mark_headers() == {}
