"""Keys from a file: which are good, when they change, and what a bad file does."""

import logging
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from virtualptz import keys
from virtualptz.errors import ConfigError
from virtualptz.keys import ApiKeys, read_keys

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    file = tmp_path / "keys"
    file.touch(0o600)

    def write(text: str) -> Path:
        file.write_text(text)
        return file

    return write


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def good(known: ApiKeys, *given: str) -> list[str]:
    return [key for key in given if known.opens(key.encode())]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("one", ("one",)),
        ("one\ntwo\n", ("one", "two")),
        ("# old\r\n  one \r\n\r\n\t#new\r\ntwo\r\none\r\n", ("one", "two")),
        ("a#b=\n", ("a#b=",)),
    ],
)
def test_one_key_a_line(write: Write, text: str, found: tuple[str, ...]) -> None:
    assert read_keys(write(text)) == found


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "holds no key"),
        ("\n \n# one\n", "holds no key"),
        ("one\nt wo\n", "line 2 is no key"),
        ("one\x00", "line 1 is no key"),
        ("schl\u00fcssel", "printable ASCII"),
        ("k" * 20_000, "longer than"),
    ],
)
def test_what_is_no_key_is_said_without_repeating_it(write: Write, text: str, why: str) -> None:
    with pytest.raises(ConfigError, match=f"RUNNER_API_KEY_FILE: .*{why}") as caught:
        ApiKeys(file=write(text))
    assert not any(word in str(caught.value) for word in ("one\n", "t wo", "schl", "kkk"))


@pytest.mark.parametrize("mode", [0o604, 0o602, 0o644, 0o666])
def test_a_file_that_is_open_to_all_is_refused(write: Write, mode: int) -> None:
    file = write("one")
    file.chmod(mode)
    with pytest.raises(ConfigError, match="chmod 600"):
        ApiKeys(file=file)


@pytest.mark.parametrize("mode", [0o400, 0o440, 0o640])
def test_its_group_may_read_it_as_systemd_has_it(write: Write, mode: int) -> None:
    file = write("one")
    file.chmod(mode)
    assert read_keys(file) == ("one",)


def test_a_container_s_secrets_may_be_read_but_not_written_by_all(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write("one")
    file.chmod(0o444)
    (tmp_path / "secrets").mkdir()
    monkeypatch.setattr(keys, "RUNTIME_SECRETS", tmp_path / "secrets")
    with pytest.raises(ConfigError, match="chmod 600"):
        read_keys(tmp_path / "secrets" / ".." / "keys")
    monkeypatch.setattr(keys, "RUNTIME_SECRETS", tmp_path)
    assert read_keys(file) == ("one",)
    file.chmod(0o446)
    with pytest.raises(ConfigError, match="chmod 600"):
        read_keys(file)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path, why in (
        (tmp_path, "not a file"),
        (tmp_path / "pipe", "not a file"),
        (tmp_path / "no", "No such"),
    ):
        with pytest.raises(ConfigError, match=why):
            ApiKeys(file=path)


def test_a_change_is_seen_within_a_second_and_not_looked_for_before(write: Write) -> None:
    clock = Clock()
    known = ApiKeys("always", write("old\nboth"), clock)
    write("both\nnew")
    clock.now += 0.9
    assert good(known, "always", "old", "both", "new") == ["always", "old", "both"]
    clock.now += 0.1
    assert good(known, "always", "old", "both", "new") == ["always", "both", "new"]


def test_a_file_put_in_its_place_is_seen(write: Write, tmp_path: Path) -> None:
    clock = Clock()
    file = write("old")
    known = ApiKeys(file=file, clock=clock)
    (tmp_path / "next").touch(0o600)
    (tmp_path / "next").write_text("new")
    (tmp_path / "next").replace(file)
    clock.now += 1
    assert good(known, "old", "new") == ["new"]


def test_a_file_that_becomes_bad_changes_nothing_and_is_told_once(
    write: Write, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    file = write("one")
    known = ApiKeys(file=file, clock=clock)
    with caplog.at_level(logging.INFO, "virtualptz"):
        for break_it in (lambda: write(""), lambda: write(""), lambda: file.chmod(0o644), file.unlink):
            break_it()
            clock.now += 1
            assert good(known, "one", "") == ["one"]
        file.touch(0o600)
        write("two")
        clock.now += 1
        assert good(known, "one", "two") == ["two"]
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR", "ERROR", "INFO"]
    stay = "the keys that were good before stay good"
    assert [record.message.endswith(stay) for record in caplog.records] == [True, True, True, False]
    assert "two" not in caplog.text


def test_without_any_none_is_needed_and_none_fits() -> None:
    assert not ApiKeys(" ")
    assert not ApiKeys().opens(b"")
    assert ApiKeys().first() == ""


def test_our_clients_take_the_settings_key_else_the_file_s_first(write: Write) -> None:
    clock = Clock()
    assert ApiKeys("mine", write("one\ntwo")).first() == "mine"
    known = ApiKeys("", write("one\ntwo"), clock)
    assert known.first() == "one"
    write("two\nthree")
    clock.now += 1
    assert known.first() == "two"
