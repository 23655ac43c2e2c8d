"""Sources that an operator's lists do not hold are refused wherever one is named."""

import threading
from pathlib import Path

import pytest

from virtualptz.api import sources
from virtualptz.jobs.checks import Checks

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


@pytest.mark.parametrize("path", CALLS)
def test_a_mount_that_hangs_is_503_and_takes_no_thread_of_the_loop(
    engine: MemoryEngine, tmp_path: Path, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mount, threads = threading.Event(), set[str]()

    def hang(uri: str, **_more: object) -> str:
        threads.add(threading.current_thread().name)
        mount.wait(20)
        return uri

    monkeypatch.setattr(sources, "validate_source", hang)
    monkeypatch.setattr(sources, "checks_of", lambda _uri: Checks("the disk of that file", 2, 0.05))
    try:
        with client_of(app_on(engine, settings_for(tmp_path))) as client:
            answer = client.post(path, json={"source_uri_ref": "/mnt/nas/x.mp4", **CALLS[path]})
    finally:
        mount.set()
    assert (answer.status_code, threads) == (503, {"virtualptz-check"})
    assert answer.json()["detail"] == "the disk of that file has not answered within 0.05 s"
