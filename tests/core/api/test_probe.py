from pathlib import Path

import pytest
from starlette.testclient import TestClient

from virtualptz.errors import MediaError, MediaTimeoutError

from .fake import MemoryEngine

PROBE = "/runner/probe"


def test_what_is_there(client: TestClient, engine: MemoryEngine) -> None:
    answer = client.post(PROBE, json={"source_uri_ref": "RTMP://Camera/live/k"})
    assert answer.status_code == 200
    details = ["codec_name=h264", "width=1920", "height=1080", "r_frame_rate=30000/1001"]
    assert answer.json() == {"ok": True, "details": details}
    assert engine.asked == [{"source": "rtmp://camera/live/k", "timeout": 6.0}]


def test_the_time_allowed_is_passed_on(client: TestClient, engine: MemoryEngine) -> None:
    client.post(PROBE, json={"source_uri_ref": "rtmp://camera/live", "timeout_seconds": 1.5})
    assert engine.asked[0]["timeout"] == 1.5


def test_not_media_is_502_with_the_reason_and_no_credential(client: TestClient, engine: MemoryEngine) -> None:
    engine.fails = MediaError("cannot open rtmp://u:pw@camera/live/k: refused (file:rtmp://u:pw@x)")
    answer = client.post(PROBE, json={"source_uri_ref": "rtmp://u:pw@camera/live/k"})
    assert answer.status_code == 502
    assert answer.json()["detail"].startswith("probe failed: cannot open rtmp://camera/***")
    assert "pw" not in answer.text


def test_too_slow_is_504(client: TestClient, engine: MemoryEngine) -> None:
    engine.fails = MediaTimeoutError("nothing came")
    answer = client.post(PROBE, json={"source_uri_ref": "rtmp://camera/live"})
    assert (answer.status_code, answer.json()["detail"]) == (504, "probe timeout")


@pytest.mark.parametrize("seconds", [0, -1, 60.1, "soon", None])
def test_the_time_allowed_is_bounded(client: TestClient, engine: MemoryEngine, seconds: object) -> None:
    answer = client.post(PROBE, json={"source_uri_ref": "rtmp://c/l", "timeout_seconds": seconds})
    assert answer.status_code == 422
    assert engine.asked == []


def test_a_missing_file_is_the_probes_to_report(client: TestClient, tmp_path: Path) -> None:
    assert client.post(PROBE, json={"source_uri_ref": str(tmp_path / "none.mp4")}).status_code == 200


def test_a_source_that_may_not_be_opened_is_422(client: TestClient, engine: MemoryEngine) -> None:
    answer = client.post(PROBE, json={"source_uri_ref": "concat:/etc/passwd|/etc/shadow"})
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("source: ")
    assert engine.asked == []
