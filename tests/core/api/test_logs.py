import logging
from collections.abc import Iterator

import pytest
from uvicorn.logging import AccessFormatter

from virtualptz.api.logs import REFUSED_LINES, NonsenseFilter, QueryFilter, RefusedFilter, guard_logs
from virtualptz.logs import JsonLines


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    loggers = [
        logging.getLogger(name) for name in ("", "uvicorn", "uvicorn.access", "uvicorn.error", "virtualptz")
    ]
    kept = [(logger, list(logger.filters), list(logger.handlers), logger.level) for logger in loggers]
    yield
    for logger, filters, handlers, level in kept:
        logger.filters, logger.handlers, logger.level = filters, handlers, level


def test_the_query_is_cut_off_the_access_log() -> None:
    args = ("127.0.0.1:5", "GET", "/runner/preview/stream/x?token=1.abc", "1.1", 200)
    record = logging.LogRecord("uvicorn.access", logging.INFO, "", 0, '%s - "%s %s HTTP/%s" %d', args, None)
    assert QueryFilter().filter(record)
    line = AccessFormatter("%(client_addr)s %(request_line)s %(status_code)s", use_colors=False).format(
        record
    )
    assert line == "127.0.0.1:5 GET /runner/preview/stream/x HTTP/1.1 200 OK"


@pytest.mark.parametrize(
    ("method", "path", "status", "shown"),
    [
        ("POST", "/runner/tracking/update", 200, False),
        ("POST", "/runner/tracking/update", 422, True),
        ("POST", "/runner/tracking/start", 200, True),
        ("GET", "/runner/jobs", 200, False),
        ("GET", "/runner/jobs?all=1", 200, False),
        ("GET", "/runner/jobs", 401, True),
    ],
)
def test_what_workers_do_all_the_time_does_not_bury_all_else(
    method: str, path: str, status: int, shown: bool
) -> None:
    args = ("127.0.0.1:5", method, path, "1.1", status)
    record = logging.LogRecord("uvicorn.access", logging.INFO, "", 0, '%s - "%s %s HTTP/%s" %d', args, None)
    assert QueryFilter().filter(record) is shown


def test_strangers_cannot_fill_the_log() -> None:
    now = [0.0]
    refused = RefusedFilter(lambda: now[0])

    def shown(status: int) -> bool:
        args = ("203.0.113.7:5", "GET", "/runner/jobs", "1.1", status)
        return refused.filter(logging.LogRecord("uvicorn.access", logging.INFO, "", 0, "%s", args, None))

    assert [shown(401 if number % 2 else 403) for number in range(100)].count(True) == REFUSED_LINES
    assert shown(200)
    now[0] = 60.0
    assert [shown(403) for _ in range(100)].count(True) == REFUSED_LINES
    assert refused.filter(logging.LogRecord("uvicorn.access", logging.INFO, "", 0, "done", None, None))


def test_nonsense_cannot_fill_the_log_either() -> None:
    nonsense = NonsenseFilter(lambda: 0.0)

    def shown(text: str) -> bool:
        return nonsense.filter(logging.LogRecord("uvicorn.error", logging.WARNING, "", 0, text, None, None))

    sent = ["Invalid HTTP request received.", "Unsupported upgrade request."] * 50
    assert [shown(text) for text in sent].count(True) == REFUSED_LINES
    assert shown("Exception in ASGI application")


def test_other_records_are_left_alone() -> None:
    record = logging.LogRecord("uvicorn.access", logging.INFO, "", 0, "done %s?", ("x?y",), None)
    assert QueryFilter().filter(record)
    assert record.getMessage() == "done x?y?"


def test_guarding_twice_is_guarding_once() -> None:
    root, access = logging.getLogger(), logging.getLogger("uvicorn.access")
    server = logging.getLogger("uvicorn.error")
    root.handlers, server.filters = [], []
    guard_logs()
    guard_logs()
    assert [type(one) for one in access.filters] == [QueryFilter, RefusedFilter]
    assert [type(one) for one in server.filters] == [NonsenseFilter]
    assert [len(handler.filters) for handler in root.handlers] == [1]
    assert logging.getLogger("virtualptz.api").isEnabledFor(logging.INFO)


def test_handlers_that_are_there_are_used() -> None:
    root = logging.getLogger()
    root.handlers = [logging.NullHandler()]
    guard_logs()
    assert [type(handler) for handler in root.handlers] == [logging.NullHandler]
    assert len(root.handlers[0].filters) == 1


def test_an_error_of_another_library_is_masked_too(capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger().handlers = []
    guard_logs()
    logging.getLogger("asyncio").error("Task failed: rtsp://admin:hunter22@camera/x")
    assert "Task failed: rtsp://camera/***" in capsys.readouterr().err


def test_uvicorn_s_own_forms_give_way_and_those_of_others_stay() -> None:
    server, access = logging.getLogger("uvicorn.error"), logging.getLogger("uvicorn.access")
    foreign, own = logging.StreamHandler(), logging.StreamHandler()
    foreign.setFormatter(logging.Formatter("%(message)s"))
    kept = foreign.formatter
    own.setFormatter(AccessFormatter("%(client_addr)s"))
    server.handlers, access.handlers = [foreign], [own]
    guard_logs("json")
    assert foreign.formatter is kept
    assert isinstance(own.formatter, JsonLines)


@pytest.mark.parametrize(
    ("level", "root", "ours"), [("debug", "WARNING", "DEBUG"), ("ERROR", "ERROR", "ERROR")]
)
def test_the_level_is_of_our_lines(level: str, root: str, ours: str) -> None:
    logging.getLogger().handlers = []
    guard_logs(level=level)
    for name, expected in (("", root), ("virtualptz", ours)):
        assert logging.getLevelName(logging.getLogger(name).level) == expected
