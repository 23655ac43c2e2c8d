import logging

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from virtualptz.api.request_id import HEADER, RequestIdMiddleware
from virtualptz.logs import Formatter


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    app.add_middleware(RequestIdMiddleware)

    @app.get("/line")
    def line() -> str:
        record = logging.LogRecord("virtualptz", logging.INFO, "", 0, "seen", None, None)
        return Formatter(coloured=False).format(record)

    return TestClient(app)


@pytest.mark.parametrize("given", ["a", "Match-7.final_2", "x" * 128])
def test_a_sane_id_is_kept_and_logged(client: TestClient, given: str) -> None:
    answer = client.get("/line", headers={HEADER: given})
    assert answer.headers[HEADER] == given
    assert answer.json().endswith(f"seen [request_id={given}]")


@pytest.mark.parametrize("given", ["", "x" * 129, "a b", "a\tb", "job=1]", "\xe9", "a/b"])
def test_any_other_is_replaced(client: TestClient, given: str) -> None:
    answer = client.get("/line", headers={HEADER.encode(): given.encode("latin-1")})
    made = answer.headers[HEADER]
    assert made != given
    assert len(made) == 32
    assert answer.json().endswith(f"[request_id={made}]")


def test_each_request_has_its_own(client: TestClient) -> None:
    assert client.get("/line").headers[HEADER] != client.get("/missing").headers[HEADER]
