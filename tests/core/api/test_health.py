import pytest
from starlette.testclient import TestClient

from virtualptz.jobs.readiness import CHECKS

from .fake import MemoryEngine

FINE = dict.fromkeys(CHECKS, "ok")


@pytest.mark.parametrize("path", ["/health", "/healthz", "/readyz"])
def test_they_are_open_and_head_is_as_get(client: TestClient, path: str) -> None:
    client.headers.clear()
    assert client.get(path).status_code == 200
    assert client.head(path).status_code == 200
    assert client.post(path).status_code == 401


def test_the_process_answers_whatever_else_is_wrong(client: TestClient, engine: MemoryEngine) -> None:
    engine.troubles = {"disk": "full", "agent": "stopping"}
    engine.fails = RuntimeError("the engine is not asked")
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_ready_is_a_word_for_each_check(client: TestClient, engine: MemoryEngine) -> None:
    assert client.get("/readyz").json() == {"ready": True, "checks": FINE}
    engine.troubles = {"disk": "full", "jobs": "full"}
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "checks": FINE | {"disk": "full", "jobs": "full"}}
    assert client.head("/readyz").status_code == 503
    engine.troubles = {}
    assert client.get("/readyz").status_code == 200
