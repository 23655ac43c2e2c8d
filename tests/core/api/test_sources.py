"""Sources that an operator's lists do not hold are refused wherever one is named."""

from pathlib import Path

import pytest

from .fake import MemoryEngine, app_on, client_of, settings_for

CALLS: dict[str, dict[str, object]] = {
    "/runner/probe": {},
    "/runner/preview/start": {"profile": {}},
    "/runner/ingest/start": {"session_id": "s", "profile": "fluid"},
}


@pytest.mark.parametrize("path", CALLS)
def test_a_host_that_the_list_does_not_hold_is_422(engine: MemoryEngine, tmp_path: Path, path: str) -> None:
    settings = settings_for(tmp_path, source_hosts=("camera.example", "10.0.0.0/8"))
    with client_of(app_on(engine, settings)) as client:
        answers = [
            client.post(path, json={"source_uri_ref": f"rtsp://u:pass-word@{host}/x", **CALLS[path]})
            for host in ("evil.invalid", "127.0.0.1", "localhost", "10.0.0.1", "camera.example")
        ]
    assert [answer.status_code for answer in answers] == [422, 422, 422, 200, 200]
    for answer in answers[:3]:
        assert "RUNNER_SOURCE_HOSTS" in answer.json()["detail"]
        assert "pass-word" not in answer.text
    assert len(engine.asked) == 2
