import json
import logging
import threading
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest

from virtualptz import logs
from virtualptz.logs import about_job, about_request, formatter, said_in
from virtualptz.redact import SecretFilter, register_secret

SECRET = "hunter22-canary"
URI = f"rtsp://admin:{SECRET}@camera.example/x"
Write = Callable[[str], StringIO]


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    one = logging.getLogger("virtualptz.test_logs")
    one.propagate, one.level = False, logging.DEBUG
    yield one
    one.handlers, one.propagate, one.level = [], True, logging.NOTSET


@pytest.fixture
def write(logger: logging.Logger) -> Write:
    def to(form: str) -> StringIO:
        stream = StringIO()
        handler = logging.StreamHandler(stream)
        handler.setFormatter(formatter(form, stream))
        handler.addFilter(SecretFilter())
        logger.handlers = [handler]
        return stream

    return to


def test_a_line_is_one_object_with_job_and_request(logger: logging.Logger, write: Write) -> None:
    stream = write("json")
    with about_request("r-1"), about_job("ing_1"):
        logger.warning("lost %s\nagain", "it")
    logger.info("done")
    lost, done = map(json.loads, stream.getvalue().splitlines())
    assert lost.pop("time").endswith("+00:00")
    assert lost == {
        "level": "WARNING",
        "logger": "virtualptz.test_logs",
        "message": "lost it\nagain",
        "job_id": "ing_1",
        "request_id": "r-1",
    }
    assert done.keys() == {"time", "level", "logger", "message"}


def test_a_thread_of_a_job_s_process_says_the_job(
    logger: logging.Logger, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "_process_job", "ing_2")
    stream = write("json")
    thread = threading.Thread(target=logger.info, args=("decoding",), name="decoder")
    thread.start()
    thread.join()
    assert json.loads(stream.getvalue())["job_id"] == "ing_2"


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_secret_in_message_exception_or_fields(form: str, logger: logging.Logger, write: Write) -> None:
    register_secret(URI)
    stream = write(form)
    more = {"color_message": URI, "uri": URI, "deep": {"list": [URI, {URI: 1}], "thing": ValueError(URI)}}
    try:
        Path(f"/nowhere/{URI}").stat()
    except OSError:
        logger.exception("it failed: %s", {"uri": URI}, extra=more, stack_info=True)
    assert SECRET not in stream.getvalue()
    assert "FileNotFoundError" in stream.getvalue()


def test_fields_are_masked_where_nobody_filters(logger: logging.Logger, write: Write) -> None:
    register_secret(URI)
    stream = write("json")
    logger.handlers[0].filters = []
    logger.error("no %s", URI, extra={"uri": URI})
    assert json.loads(stream.getvalue())["uri"] == "rtsp://camera.example/***"
    assert SECRET not in stream.getvalue()


def test_text_ends_with_the_ids(logger: logging.Logger, write: Write) -> None:
    stream = write("text")
    with about_request("r-1"), about_job("ing_1"):
        logger.info("one")
    logger.info("two")
    one, two = stream.getvalue().splitlines()
    assert one.endswith(" INFO virtualptz.test_logs: one [job_id=ing_1 request_id=r-1]")
    assert two.endswith(" INFO virtualptz.test_logs: two")


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("ids", [("", ""), ("ing_1", ""), ("ing_1", "r-1")])
def test_what_a_line_says_is_had_back(
    form: str, ids: tuple[str, str], logger: logging.Logger, write: Write
) -> None:
    stream = write(form)
    with about_job(ids[0]), about_request(ids[1]):
        logger.warning("ing_1: no model: put one [there]")
    assert said_in(stream.getvalue().strip()) == "ing_1: no model: put one [there]"


@pytest.mark.parametrize("line", ["", "tracking worker: no", "{no JSON", '{"other": 1}', "Traceback:", "[1]"])
def test_a_line_of_others_says_itself(line: str) -> None:
    assert said_in(line) == line


@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_colours_on_a_terminal(no_color: str, coloured: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", no_color)
    record = logging.LogRecord("virtualptz", logging.ERROR, "", 0, "bad", None, None)
    line = formatter("text", Terminal()).format(record)
    assert line.startswith("\x1b[31m") is coloured
    assert "\x1b" not in formatter("text", StringIO()).format(record)


@pytest.mark.parametrize(
    ("form", "journal", "terminal", "expected"),
    [
        ("auto", "8:1", False, "json"),
        ("auto", "8:1", True, "text"),
        ("auto", "", False, "text"),
        ("text", "8:1", False, "text"),
        ("json", "", True, "json"),
    ],
)
def test_auto_is_json_for_a_journal(
    form: str, journal: str, terminal: bool, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOURNAL_STREAM", journal)
    monkeypatch.setattr("sys.stderr", Terminal() if terminal else StringIO())
    assert logs.resolved(form) == expected
