from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient

from virtualptz.errors import ConfigError, JobNotRunningError
from virtualptz.jobs.messages import Heartbeat
from virtualptz.jobs.status import FrameStreamRequest

from .fake import MemoryEngine, app_on, client_of, settings_for

STREAM, STATUS = "/runner/preview/stream/", "/runner/job/status"


@pytest.fixture
def stranger(engine: MemoryEngine, tmp_path: Path) -> Iterator[TestClient]:
    """A browser: it has no key."""
    with client_of(app_on(engine, settings_for(tmp_path)), key=False) as client:
        yield client


def on_air(engine: MemoryEngine, *, overlay: bool = True) -> str:
    job = engine.add("ingest")
    beat = Heartbeat(job_id=job.job_id, pid=7, phase="streaming", overlay=overlay)
    engine.known[job.job_id] = replace(job, heartbeat=beat)
    return job.job_id


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("overlay=1", FrameStreamRequest("overlay", 20, "640:-1", 8)),
        ("overlay=true&scale=1280:-1&fps=5", FrameStreamRequest("overlay", 5, "1280:-1", 8)),
        ("overlay=0", None),
        ("scale=1280:-1", None),
    ],
)
def test_an_overlay_as_it_is_asked_for(
    client: TestClient, engine: MemoryEngine, query: str, wanted: FrameStreamRequest | None
) -> None:
    answer = client.get(f"{STREAM}{on_air(engine)}?{query}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "multipart/x-mixed-replace; boundary=frame"
    assert engine.asked == [{"frames": wanted}]


@pytest.mark.parametrize("query", ["scale=wide", "scale=9:9", "fps=0", "fps=61", "fps=x", "overlay=perhaps"])
def test_what_no_overlay_can_be(client: TestClient, engine: MemoryEngine, query: str) -> None:
    both = query if query.startswith("overlay") else f"overlay=1&{query}"
    assert client.get(f"{STREAM}{on_air(engine)}?{both}").status_code == 422
    assert engine.asked == []


@pytest.mark.parametrize(
    ("error", "status"), [(ConfigError("ask for an ingest"), 422), (JobNotRunningError("an old one"), 409)]
)
def test_a_job_without_an_overlay_says_why(
    client: TestClient, engine: MemoryEngine, error: Exception, status: int
) -> None:
    engine.fails = error
    answer = client.get(f"{STREAM}{on_air(engine)}?overlay=1")
    assert (answer.status_code, answer.json()["detail"]) == (status, str(error))


def test_the_status_hands_out_a_url_that_a_browser_can_open(
    client: TestClient, stranger: TestClient, engine: MemoryEngine
) -> None:
    url = client.post(STATUS, json={"job_id": on_air(engine)}).json()["overlay_url"]
    assert url.startswith("https://gw/agent/runner/preview/stream/ingest-1?token=")
    opened = stranger.get(f"{STREAM}ingest-1?{urlsplit(url).query}")
    assert opened.status_code == 200
    assert engine.asked == [{"frames": FrameStreamRequest("overlay", 20, "640:-1", 8)}]
    [listed] = client.get("/runner/jobs").json()["jobs"]
    assert stranger.get(f"{STREAM}ingest-1?{urlsplit(listed['overlay_url']).query}").status_code == 200


def test_the_url_opens_its_own_job_only(
    client: TestClient, stranger: TestClient, engine: MemoryEngine
) -> None:
    first, second = on_air(engine), on_air(engine)
    query = urlsplit(client.post(STATUS, json={"job_id": first}).json()["overlay_url"]).query
    assert stranger.get(f"{STREAM}{second}?{query}").status_code == 403
    assert stranger.get(f"{STREAM}{first}?overlay=1").status_code == 401


def test_the_url_gets_no_more_pictures_than_usual(
    client: TestClient, stranger: TestClient, engine: MemoryEngine
) -> None:
    query = urlsplit(client.post(STATUS, json={"job_id": on_air(engine)}).json()["overlay_url"]).query
    for fps in (60, 5):
        assert stranger.get(f"{STREAM}ingest-1?{query}&fps={fps}").status_code == 200
    rates = [asked["frames"].fps for asked in engine.asked]
    assert rates == [20, 5]


def test_there_is_no_url_where_there_is_no_overlay(client: TestClient, engine: MemoryEngine) -> None:
    jobs = [engine.add("preview").job_id, engine.add("ingest").job_id, on_air(engine, overlay=False)]
    ended = on_air(engine)
    engine.known[ended] = replace(engine.known[ended], state="stopped")
    for job_id in (*jobs, ended, "nobody"):
        assert "overlay_url" not in client.post(STATUS, json={"job_id": job_id}).json()
