from typing import Any

import pytest
from starlette.testclient import TestClient

from virtualptz.errors import ConfigError
from virtualptz.tracking.worker.mark import WORKER_HEADER

from .fake import MemoryEngine

UPDATE, STATUS = "/runner/tracking/update", "/runner/tracking/status"
FULL: dict[str, Any] = {
    "tracking_confidence": 0.83,
    "tracking_state": "stable",
    "fallback_active": False,
    "occlusion_level": 0.1,
    "source": "yolo-bytetrack",
    "tracking_mode_hint": "follow_play",
    "play_phase": "transition",
    "ball_velocity_x": -0.4,
    "ball_velocity_y": 0.05,
    "possession_side": "left",
    "court_homography_ok": True,
    "target_x": 0.4,
    "target_y": 0.5,
    "target_zoom": 1.8,
    "targets": [
        {"x": 0.4, "y": 0.5, "confidence": 0.9, "cls": "player", "w": 0.02, "h": 0.1, "track_id": 7},
        {"x": 0.41, "y": 0.45, "confidence": 0.5, "cls": "ball"},
    ],
    "frame_pts": 12.345,
}
DEFAULTS: dict[str, Any] = {
    "tracking_state": "warning",
    "fallback_active": False,
    "occlusion_level": 0.0,
    "source": "external",
    "tracking_mode_hint": None,
    "play_phase": None,
    "ball_velocity_x": None,
    "ball_velocity_y": None,
    "possession_side": None,
    "court_homography_ok": None,
    "target_x": None,
    "target_y": None,
    "target_zoom": None,
    "targets": None,
    "frame_pts": None,
}
WHEN = "2030-01-02T03:04:05Z"


def test_a_full_update_is_stored_and_answered(client: TestClient, engine: MemoryEngine) -> None:
    job = engine.add("ingest")
    answer = client.post(UPDATE, json={"job_id": job.job_id, **FULL, "vendor": {"x": 1}})
    assert answer.status_code == 200
    assert answer.json() == {"job_id": job.job_id, **FULL, "updated_at": WHEN}
    known = client.post(STATUS, json={"job_id": job.job_id})
    assert known.json() == {"job_id": job.job_id, **FULL, "updated_at": WHEN, "available": True}


def test_only_the_confidence_is_needed(client: TestClient, engine: MemoryEngine) -> None:
    job = engine.add("ingest")
    answer = client.post(UPDATE, json={"job_id": job.job_id, "tracking_confidence": 1})
    assert answer.json() == {
        "job_id": job.job_id,
        "tracking_confidence": 1.0,
        **DEFAULTS,
        "updated_at": WHEN,
    }


def test_names_are_stored_in_lower_case(client: TestClient, engine: MemoryEngine) -> None:
    body = {"tracking_confidence": 0.5, "tracking_state": "LOST", "source": "Yolo-ByteTrack"}
    answer = client.post(UPDATE, json={"job_id": engine.add("ingest").job_id, **body}).json()
    assert (answer["tracking_state"], answer["source"]) == ("lost", "yolo-bytetrack")


@pytest.mark.parametrize(
    "wrong",
    [
        {"tracking_confidence": None},
        {"tracking_confidence": 1.01},
        {"tracking_confidence": -0.1},
        {"tracking_state": "ok"},
        {"tracking_state": "x" * 33},
        {"fallback_active": "perhaps"},
        {"occlusion_level": 2},
        {"source": "x"},
        {"source": "x" * 33},
        {"tracking_mode_hint": "wander"},
        {"play_phase": "timeout"},
        {"ball_velocity_x": "fast"},
        {"possession_side": "home"},
        {"court_homography_ok": 7},
        {"target_x": 1.2},
        {"target_y": -0.2},
        {"target_zoom": 0.5},
        {"target_zoom": 4.5},
        {"targets": {}},
        {"targets": [{"x": 0.5, "y": 0.5, "confidence": 0.5}]},
        {"targets": [{"x": 1.5, "y": 0.5, "confidence": 0.5, "cls": "ball"}]},
        {"frame_pts": "now"},
    ],
)
def test_what_is_invalid(client: TestClient, engine: MemoryEngine, wrong: dict[str, Any]) -> None:
    job = engine.add("ingest")
    answer = client.post(UPDATE, json={"job_id": job.job_id, **FULL, **wrong})
    assert answer.status_code == 422
    assert engine.updates == {}


def test_an_unknown_job_and_a_preview_take_no_update(client: TestClient, engine: MemoryEngine) -> None:
    preview = engine.add("preview")
    for job_id in ("nobody", preview.job_id):
        assert client.post(UPDATE, json={"job_id": job_id, "tracking_confidence": 0.5}).status_code == 404


def test_before_anything_has_reported_it_is_simulated(client: TestClient, engine: MemoryEngine) -> None:
    job = engine.add("ingest")
    body = client.post(STATUS, json={"job_id": job.job_id}).json()
    assert (body["source"], body["available"], body["updated_at"]) == ("runner-sim", True, WHEN)


@pytest.mark.parametrize("kind", ["nobody", "preview"])
def test_the_status_of_an_unknown_job(client: TestClient, engine: MemoryEngine, kind: str) -> None:
    job_id = engine.add("preview").job_id if kind == "preview" else kind
    answer = client.post(STATUS, json={"job_id": job_id})
    assert answer.status_code == 200
    assert answer.json() == {
        "job_id": job_id,
        "tracking_confidence": 0.0,
        "tracking_state": "lost",
        "fallback_active": True,
        "occlusion_level": 1.0,
        "source": "runner",
        "available": False,
    }


def test_a_detector_is_started_and_stopped(client: TestClient, engine: MemoryEngine) -> None:
    job_id = engine.add("ingest").job_id
    answer = client.post("/runner/tracking/start", json={"job_id": job_id, "detector": "yolo"})
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "job_id": job_id,
            "state": "running",
            "detector": "yolo",
            "detector_state": "starting",
            "detector_problem": None,
            "detector_next_attempt_in": None,
        },
    )
    assert client.post("/runner/tracking/start", json={"job_id": job_id}).json()["detector"] == "motion"
    answer = client.post("/runner/tracking/stop", json={"job_id": job_id})
    assert (answer.json()["detector"], answer.json()["detector_state"]) == ("none", "off")


@pytest.mark.parametrize("call", ["start", "stop"])
def test_only_a_running_job_has_a_detector(client: TestClient, engine: MemoryEngine, call: str) -> None:
    job_id = engine.add("ingest").job_id
    assert client.post(f"/runner/tracking/{call}", json={"job_id": "nobody"}).status_code == 404
    client.post("/runner/ingest/stop", json={"job_id": job_id})
    assert client.post(f"/runner/tracking/{call}", json={"job_id": job_id}).status_code == 409
    assert client.post(f"/runner/tracking/{call}", json={}).status_code == 422


def test_a_detector_that_cannot_work_is_refused_with_the_reason(
    client: TestClient, engine: MemoryEngine
) -> None:
    job_id = engine.add("ingest").job_id
    engine.fails = ConfigError("yolo cannot work here: no model")
    answer = client.post("/runner/tracking/start", json={"job_id": job_id, "detector": "yolo"})
    assert (answer.status_code, answer.json()["detail"]) == (422, "yolo cannot work here: no model")


def test_a_worker_of_the_agent_is_known_by_its_mark(client: TestClient, engine: MemoryEngine) -> None:
    job_id = engine.add("ingest").job_id
    body = {"job_id": job_id, "tracking_confidence": 0.5}
    client.post("/runner/tracking/update", json=body, headers={WORKER_HEADER: "wk_1"})
    client.post("/runner/tracking/update", json=body)
    assert engine.marks == ["wk_1", None]
