import logging
import re
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from virtualptz.api.auth import is_local

from .fake import KEY, MemoryEngine, app_on, client_of, settings_for

PATHS = [
    ("POST", "/runner/probe"),
    ("POST", "/runner/preview/start"),
    ("GET", "/runner/preview/stream/x"),
    ("HEAD", "/runner/preview/stream/x"),
    ("POST", "/runner/preview/stop"),
    ("POST", "/runner/preview/ptz/update"),
    ("POST", "/runner/ingest/start"),
    ("POST", "/runner/ingest/stop"),
    ("POST", "/runner/job/status"),
    ("GET", "/runner/job/frames/x"),
    ("GET", "/runner/jobs"),
    ("POST", "/runner/ptz/update"),
    ("POST", "/runner/tracking/update"),
    ("POST", "/runner/tracking/status"),
    ("GET", "/runner/plugins"),
    ("GET", "/docs"),
    ("GET", "/openapi.json"),
    ("POST", "/health"),
    ("GET", "/health/"),
    ("GET", "/no/such/path"),
]

STREAM = "/runner/preview/stream/preview-1"


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


@pytest.fixture
def stranger(engine: MemoryEngine, tmp_path: Path) -> Any:
    with client_of(app_on(engine, settings_for(tmp_path)), host="203.0.113.7", key=False) as client:
        yield client


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_no_key_is_401_wherever(stranger: TestClient, method: str, path: str) -> None:
    answer = stranger.request(method, path, content=b"{no json")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_a_wrong_key_is_403_wherever(stranger: TestClient, method: str, path: str) -> None:
    answer = stranger.request(method, path, headers={"Authorization": "Bearer wrong"})
    assert answer.status_code == 403


@pytest.mark.parametrize("value", ["", "Basic a2V5", KEY, f"Token {KEY}", f"Bearer{KEY}"])
def test_what_is_no_bearer_is_401(stranger: TestClient, value: str) -> None:
    answer = stranger.get("/runner/jobs", headers={"Authorization": value})
    assert answer.status_code == 401
    assert KEY not in answer.text


@pytest.mark.parametrize("value", [f"Bearer {KEY}", f"bearer {KEY}", f"Bearer   {KEY}"])
def test_the_key_opens(stranger: TestClient, value: str) -> None:
    assert stranger.get("/runner/jobs", headers={"Authorization": value}).status_code == 200


@pytest.mark.parametrize(
    "value", ["Bearer", "Bearer ", f"Bearer {KEY}x", f"Bearer {KEY[:-1]}", "Bearer \xfc"]
)
def test_nearly_the_key_does_not(stranger: TestClient, value: str) -> None:
    answer = stranger.get("/runner/jobs", headers={b"Authorization": value.encode("latin-1")})
    assert answer.status_code == 403


def test_health_is_open(stranger: TestClient) -> None:
    assert stranger.get("/health").json() == {"status": "ok", "preview_jobs": 0, "ingest_jobs": 0}


def test_a_key_is_compared_as_utf8(engine: MemoryEngine, tmp_path: Path) -> None:
    key = "schl\u00fcssel-\u00e0"
    app = app_on(engine, settings_for(tmp_path, api_key=f" {key}\n"))
    with client_of(app, key=False) as client:
        headers = {b"Authorization": f"Bearer {key}".encode()}
        assert client.get("/runner/jobs", headers=headers).status_code == 200


LOCAL = ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"]
REMOTE = [
    "192.168.1.5",
    "203.0.113.7",
    "::ffff:192.168.1.5",
    "2001:db8::1",
    "testclient",
    "localhost.evil.com",
    "",
]


@pytest.mark.parametrize("host", LOCAL)
def test_with_no_key_set_this_machine_is_served(engine: MemoryEngine, tmp_path: Path, host: str) -> None:
    with client_of(app_on(engine, settings_for(tmp_path, api_key=" ")), host=host, key=False) as client:
        assert client.get("/runner/jobs").status_code == 200


@pytest.mark.parametrize("host", REMOTE)
def test_with_no_key_set_others_are_not_and_the_log_says_why(
    engine: MemoryEngine, tmp_path: Path, host: str, caplog: pytest.LogCaptureFixture
) -> None:
    with client_of(app_on(engine, settings_for(tmp_path, api_key="")), host=host) as client:
        with caplog.at_level(logging.WARNING, "virtualptz"):
            answers = [client.get("/runner/jobs") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [403] * 3
        assert "RUNNER_API_KEY" in answers[0].json()["detail"]
        assert client.get("/health").status_code == 200
    assert [record.message.count("RUNNER_API_KEY") for record in caplog.records] == [1]


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "203.0.113.7"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"X-Real-IP": "127.0.0.1"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
        {"Host": "evil.example:9001"},
        {"Host": "localhost.evil.example"},
        {"Host": "[::1"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_what_a_proxy_or_a_foreign_page_passes_on_is_not_local(
    engine: MemoryEngine, tmp_path: Path, headers: dict[str, str]
) -> None:
    with client_of(app_on(engine, settings_for(tmp_path, api_key="")), key=False) as client:
        assert client.get("/runner/jobs", headers=headers).status_code == 403


@pytest.mark.parametrize("origin", ["http://localhost:3000", "http://127.0.0.1:9001", "http://[::1]:8080"])
def test_a_page_on_this_machine_is_local(origin: str) -> None:
    assert is_local({"client": ("127.0.0.1", 1), "headers": [(b"origin", origin.encode())]})


@pytest.mark.parametrize("host", ["localhost:9001", "127.0.0.1", "[::1]:9001", socket.gethostname()])
def test_a_client_may_call_this_machine_by_its_names(host: str) -> None:
    assert is_local({"client": ("127.0.0.1", 1), "headers": [(b"host", host.encode())]})


def test_a_unix_socket_is_local() -> None:
    assert is_local({"client": None, "headers": []})
    assert not is_local({"client": None, "headers": [(b"x-forwarded-for", b"1.2.3.4")]})


# several keys


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    file = tmp_path / "keys"
    file.touch(0o600)
    file.write_text("# the old one, until the gateway has the other\nold-key\nnew-key\n")
    return file


def test_each_key_of_the_file_opens_and_so_does_that_of_the_settings(
    engine: MemoryEngine, tmp_path: Path, key_file: Path
) -> None:
    app = app_on(engine, settings_for(tmp_path, api_key_file=str(key_file)))
    with client_of(app, host="203.0.113.7", key=False) as client:
        answers = [
            client.get("/runner/jobs", headers=bearer(key)) for key in ("old-key", "new-key", KEY, "#")
        ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 403]


def test_with_a_file_alone_nobody_is_served_without_a_key(
    engine: MemoryEngine, tmp_path: Path, key_file: Path
) -> None:
    app = app_on(engine, settings_for(tmp_path, api_key="", api_key_file=str(key_file)))
    with client_of(app, key=False) as client:
        assert client.get("/runner/jobs").status_code == 401
        assert client.get("/runner/jobs", headers=bearer("old-key")).status_code == 200


def test_a_preview_url_outlives_the_key_that_asked_for_it(
    engine: MemoryEngine, tmp_path: Path, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_on(engine, settings_for(tmp_path, api_key="", api_key_file=str(key_file)))
    with client_of(app, key=False) as client:
        url = preview(engine, client, "old-key")
        key_file.write_text("new-key\n")
        monkeypatch.setattr(app.state.services.access.keys, "_clock", lambda: time.monotonic() + 60)
        assert client.get("/runner/jobs", headers=bearer("old-key")).status_code == 403
        assert client.get("/runner/jobs", headers=bearer("new-key")).status_code == 200
        assert client.get(url).status_code == 200


# failures


class Waits:
    """Stands where the event loop's sleep is: who should wait, and for how long."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def test_only_wrong_keys_wait_and_a_right_one_never(
    engine: MemoryEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, waits = app_on(engine, settings_for(tmp_path)), Waits()
    with client_of(app, host="203.0.113.7", key=False) as client:
        monkeypatch.setattr(app.state.services.access.delays, "_sleep", waits)
        for _ in range(6):
            assert client.get("/runner/jobs").status_code == 401
            assert client.get(f"{STREAM}?token=stale").status_code == 403
        assert waits.seconds == []
        answers = [client.get("/runner/jobs", headers=bearer("wrong")) for _ in range(6)]
        assert {(answer.status_code, answer.json()["detail"]) for answer in answers} == {
            (403, "wrong API key")
        }
        assert len(waits.seconds) == 3
        assert client.get("/runner/jobs", headers=bearer(KEY)).status_code == 200
        assert len(waits.seconds) == 3


def test_refusals_are_counted_by_reason_and_told_once(
    engine: MemoryEngine, stranger: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "virtualptz"):
        for _ in range(3):
            stranger.get("/runner/jobs", headers=bearer("guessed-key"))
        stranger.get("/runner/jobs")
        stranger.get(f"{STREAM}?token=stale")
    metrics = stranger.get("/metrics", headers=bearer(KEY)).text
    found = dict(
        re.findall(r'^vptz_auth_failures_total\{reason="(\w+)"\} (\S+)$', metrics, flags=re.MULTILINE)
    )
    assert found == {"no_key": "1.0", "wrong_key": "3.0", "stale_preview": "1.0", "stranger": "0.0"}
    assert [record.message for record in caplog.records] == [
        "refused 203.0.113.7: wrong API key",
        "refused 203.0.113.7: send the API key: Authorization: Bearer <RUNNER_API_KEY>",
        "refused 203.0.113.7: this preview URL is not valid, or no longer: start the preview anew",
    ]
    assert "guessed-key" not in caplog.text


# preview URLs


def preview(engine: MemoryEngine, client: TestClient, key: str = KEY) -> str:
    body = {"source_uri_ref": "rtmp://camera/live", "profile": {}}
    answer = client.post("/runner/preview/start", json=body, headers=bearer(key))
    url: str = answer.json()["preview_url"]
    return url.removeprefix("http://127.0.0.1:9001")


def test_a_preview_url_works_on_its_own(engine: MemoryEngine, stranger: TestClient) -> None:
    url = preview(engine, stranger)
    assert stranger.get(url).status_code == 200
    assert stranger.head(url).status_code == 200
    assert KEY not in url


def test_a_preview_url_opens_nothing_else(engine: MemoryEngine, stranger: TestClient) -> None:
    url = preview(engine, stranger)
    token = url.partition("?")[2]
    other = engine.add("preview").job_id
    assert stranger.get(f"/runner/preview/stream/{other}?{token}").status_code == 403
    assert stranger.get(f"/runner/job/frames/preview-1?{token}").status_code == 401
    assert stranger.get(f"/runner/jobs?{token}").status_code == 401
    assert stranger.post(f"/runner/preview/stop?{token}", json={"job_id": "preview-1"}).status_code == 401
    assert stranger.post(url).status_code == 401


def test_a_changed_token_opens_nothing(engine: MemoryEngine, stranger: TestClient) -> None:
    url = preview(engine, stranger)
    path, _, token = url.partition("?token=")
    expiry, _, signature = token.partition(".")
    for wrong in (
        "x",
        f"{int(expiry) + 60}.{signature}",
        f"{expiry}.",
        token[:-1],
        token + "x",
        "\u0661." + signature,
    ):
        assert stranger.get(path, params={"token": wrong}).status_code == 403
    assert stranger.get(path, params={"token": ""}).status_code == 401


def test_a_preview_url_expires(engine: MemoryEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = app_on(engine, settings_for(tmp_path, preview_token_seconds=60))
    with client_of(app, key=False) as client:
        url = preview(engine, client)
        assert client.get(url).status_code == 200
        monkeypatch.setattr(app.state.services.tokens, "_clock", lambda: 4e9)
        answer = client.get(url)
    assert answer.status_code == 403
    assert "no longer" in answer.json()["detail"]


def test_the_key_opens_a_stream_whatever_the_token(engine: MemoryEngine, stranger: TestClient) -> None:
    engine.add("preview")
    url = "/runner/preview/stream/preview-1?token=expired"
    assert stranger.get(url, headers={"Authorization": f"Bearer {KEY}"}).status_code == 200


def test_a_prefix_that_a_proxy_adds_is_no_way_around(engine: MemoryEngine, tmp_path: Path) -> None:
    app = app_on(engine, settings_for(tmp_path))
    with TestClient(app, root_path="/agent", raise_server_exceptions=False) as client:
        assert client.get("/agent/health").status_code == 200
        assert client.get("/agent/runner/jobs").status_code == 401
