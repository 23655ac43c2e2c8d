from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from virtualptz.jobs.messages import Heartbeat
from virtualptz.jobs.status import DetectorStatus, FrameStreamRequest, JpegFrame
from virtualptz.wire.job import MediaSummary
from virtualptz.wire.view import ViewValue

from .fake import MemoryEngine, app_on, client_of, settings_for

STATUS, FRAMES = "/runner/job/status", "/runner/job/frames/"


def test_health_counts_running_jobs(client: TestClient, engine: MemoryEngine) -> None:
    engine.add("preview")
    engine.add("ingest")
    engine.add("ingest")
    answer = client.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "preview_jobs": 1, "ingest_jobs": 2})
    assert client.head("/health").status_code == 200


def test_an_unknown_job(client: TestClient) -> None:
    answer = client.post(STATUS, json={"job_id": "nobody"})
    assert answer.status_code == 200
    assert answer.json() == {"job_id": "nobody", "state": "unknown", "restart_count": 0, "last_error": None}


def test_a_job_that_has_not_spoken_yet(client: TestClient, engine: MemoryEngine) -> None:
    job = engine.add("ingest", "final")
    assert client.post(STATUS, json={"job_id": job.job_id}).json() == {
        "job_id": job.job_id,
        "state": "running",
        "restart_count": 0,
        "last_error": None,
        "kind": "ingest",
        "session_id": "final",
        "created_at": "2030-01-02T03:04:05Z",
        "phase": "connecting",
    }


def with_heartbeat(engine: MemoryEngine) -> str:
    job = engine.add("ingest")
    beat = Heartbeat(
        job_id=job.job_id,
        pid=7,
        phase="streaming",
        media=MediaSummary(codec="h264", width=1920, height=1080, frame_rate="30/1"),
        pts_in=12.5,
        pts_out=12.25,
        fps_in=30.0,
        fps_out=29.9,
        frames_in=375,
        frames_dropped=2,
        view=ViewValue(center_x=0.25, zoom=2.0),
        holder="manual",
        target="rtmp://server/live/stream-key-123",
        last_error="rtmp://u:p@server/x refused",
    )
    error = "cannot open rtmp://user:hunter22@camera/live"
    changed = replace(job, heartbeat=beat, phase="streaming", restart_count=3, last_error=error)
    engine.known[job.job_id] = changed
    return job.job_id


def test_a_job_with_all_its_numbers_and_no_credential(client: TestClient, engine: MemoryEngine) -> None:
    answer = client.post(STATUS, json={"job_id": with_heartbeat(engine)})
    body = answer.json()
    assert body["state"] == "running"
    assert body["restart_count"] == 3
    assert body["last_error"] == "cannot open rtmp://camera/***"
    assert body["phase"] == "streaming"
    assert (body["pts"], body["pts_out"], body["fps_in"], body["fps_out"]) == (12.5, 12.25, 30.0, 29.9)
    assert (body["frames_in"], body["frames_dropped"], body["packets_dropped"]) == (375, 2, 0)
    assert body["view"] == {"center_x": 0.25, "center_y": 0.5, "zoom": 2.0}
    assert body["holder"] == "manual"
    assert body["target"] == "rtmp://server/***"
    assert body["media"]["frame_rate"] == "30/1"
    for secret in ("hunter22", "stream-key", "u:p"):
        assert secret not in answer.text


def test_the_list_of_jobs(client: TestClient, engine: MemoryEngine) -> None:
    first = with_heartbeat(engine)
    second = engine.add("preview").job_id
    answer = client.get("/runner/jobs")
    assert [job["job_id"] for job in answer.json()["jobs"]] == [first, second]
    assert "hunter22" not in answer.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [1, 2, 3, 4]),
        ("kind=ingest", [1, 2, 4]),
        ("kind=preview", [3]),
        ("state=failed", [2]),
        ("state=failed&state=stopped", [2, 4]),
        ("session_id=final", [1, 2]),
        ("session_id=", [3]),
        ("session_id=final&state=running&kind=ingest", [1]),
        ("session_id=nobody", []),
    ],
)
def test_some_of_the_jobs(client: TestClient, engine: MemoryEngine, query: str, found: list[int]) -> None:
    ids = [engine.add("ingest", "final").job_id for _ in range(2)]
    ids += [engine.add("preview").job_id, engine.add("ingest", "semi").job_id]
    engine.known[ids[1]] = replace(engine.known[ids[1]], state="failed")
    engine.known[ids[3]] = replace(engine.known[ids[3]], state="stopped")
    told = client.get(f"/runner/jobs?{query}").json()["jobs"]
    assert [job["job_id"] for job in told] == [ids[number - 1] for number in found]


@pytest.mark.parametrize("query", ["kind=camera", "state=unknown", "state=running&state="])
def test_jobs_of_a_kind_that_there_is_not(client: TestClient, query: str) -> None:
    assert client.get(f"/runner/jobs?{query}").status_code == 422


@pytest.mark.parametrize(
    ("query", "scale", "fps", "quality"),
    [
        ("", "640:-1", 10.0, 5),
        ("?width=1280", "1280:-1", 10.0, 5),
        ("?height=360", "-1:360", 10.0, 5),
        ("?width=640&height=360&fps=2.5&q=2", "640:360", 2.5, 2),
    ],
)
def test_frames_for_a_detector(
    client: TestClient, engine: MemoryEngine, query: str, scale: str, fps: float, quality: int
) -> None:
    job = engine.add("ingest")
    answer = client.get(f"{FRAMES}{job.job_id}{query}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "multipart/x-mixed-replace; boundary=frame"
    assert b"X-Frame-Pts: 1.500000\r\nX-Frame-Width: 4\r\nX-Frame-Height: 2\r\n" in answer.content
    wanted = FrameStreamRequest(of="source", fps=fps, scale=scale, quality=quality)
    assert engine.asked == [{"frames": wanted}]


@pytest.mark.parametrize(
    "query", ["fps=0", "fps=61", "fps=nan", "fps=inf", "width=8", "height=9999", "q=1", "q=x", "transport=x"]
)
def test_frames_out_of_range(client: TestClient, engine: MemoryEngine, query: str) -> None:
    assert client.get(f"{FRAMES}{engine.add('ingest').job_id}?{query}").status_code == 422


@pytest.mark.parametrize(
    ("peer", "headers", "shared"),
    [
        ("127.0.0.1", {}, True),
        ("192.0.2.7", {}, False),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}, False),
    ],
)
def test_frames_in_shared_memory_are_for_this_machine_alone(
    engine: MemoryEngine, tmp_path: Path, peer: str, headers: dict[str, str], shared: bool
) -> None:
    engine.pictures = (JpegFrame(1.5, 4, 2, b"", "12/7/0123456789abcdef/3"),)
    app = app_on(engine, settings_for(tmp_path))
    with client_of(app, host=peer) as client:
        answer = client.get(f"{FRAMES}{engine.add('ingest').job_id}?transport=shared", headers=headers)
    assert engine.asked == [{"frames": FrameStreamRequest("source", 10, "640:-1", 5, shared)}]
    assert b"Content-Length: 0\r\n" in answer.content
    assert b"X-Frame-Shared: 12/7/0123456789abcdef/3\r\n\r\n\r\n--frame" in answer.content


def test_frames_of_an_unknown_job(client: TestClient) -> None:
    assert client.get(f"{FRAMES}nobody").status_code == 404


def test_one_plugin_with_its_options(client: TestClient) -> None:
    found = client.get("/runner/plugins/broken").json()
    assert (found["name"], found["reason"]) == ("broken", "ImportError: torch")
    [option] = found["options"]
    assert (option["value"], option["origin"], option["key"]) == (1.0, "default", "plugin.broken.speed")
    refused = client.get("/runner/plugins/nosuch")
    assert refused.status_code == 404
    assert "no plug-in 'nosuch' is installed" in refused.json()["detail"]


def test_the_plugins(client: TestClient) -> None:
    assert client.get("/runner/plugins").json() == {
        "plugins": [
            {
                "name": "broken",
                "state": "failed",
                "reason": "ImportError: torch",
                "remedy": None,
                "distribution": "",
                "version": "",
                "license": "",
                "offers": {"media_backends": []},
                "hooks": [],
                "missing": {},
            }
        ]
    }


def test_what_the_agent_detects_with(client: TestClient, engine: MemoryEngine) -> None:
    job = engine.add("ingest")
    detector = DetectorStatus("yolo", "failed", "no model at rtsp://user:secret@camera/1")
    engine.known[job.job_id] = replace(job, detector=detector)
    told = client.post(STATUS, json={"job_id": job.job_id}).json()
    assert (told["detector"], told["detector_state"]) == ("yolo", "failed")
    assert told["detector_problem"] == "no model at rtsp://camera/***"
    preview = engine.add("preview").job_id
    assert not any("detector" in name for name in client.post(STATUS, json={"job_id": preview}).json())
