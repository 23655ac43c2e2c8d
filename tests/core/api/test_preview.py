import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from virtualptz.jobs.status import JpegFrame
from virtualptz.wire.view import ViewValue

from .fake import MemoryEngine

START, STOP, MOVE = "/runner/preview/start", "/runner/preview/stop", "/runner/preview/ptz/update"
STREAM = "/runner/preview/stream/"
SOURCE = "rtmp://camera/live"


def start(client: TestClient, profile: Any) -> Any:
    return client.post(START, json={"source_uri_ref": SOURCE, "profile": profile})


def test_a_preview_starts_with_the_settings(client: TestClient, engine: MemoryEngine) -> None:
    answer = client.post(START, json={"source_uri_ref": SOURCE, "profile": {}})
    assert answer.status_code == 200
    body = answer.json()
    assert body.keys() == {"job_id", "preview_kind", "preview_url"}
    assert (body["job_id"], body["preview_kind"]) == ("preview-1", "mjpeg")
    url = r"https://gw/agent/runner/preview/stream/preview-1\?token=[A-Za-z0-9._-]+"
    assert re.fullmatch(url, body["preview_url"])
    assert engine.asked == [
        {
            "source": SOURCE,
            "fps": 20.0,
            "scale": "640:-1",
            "q": 8,
            "view": ViewValue(),
            "start_seconds": 0.0,
        }
    ]


@pytest.mark.parametrize("body", [{"source_uri_ref": SOURCE}, {"source_uri_ref": SOURCE, "profile": None}])
def test_the_profile_may_be_left_out(client: TestClient, body: dict[str, Any]) -> None:
    assert client.post(START, json=body).status_code == 200


def test_a_profile_is_passed_on(client: TestClient, engine: MemoryEngine, clip: str) -> None:
    profile = {
        "fps": 12.5,
        "scale": "-1:360",
        "q_v": 3,
        "q": 9,
        "ptz": {"center_x": 0.25, "zoom": 2},
        "start_seconds": 1.5,
        "transport": "mjpeg",
        "vendor_extra": {"a": [1]},
    }
    assert (
        client.post(START, json={"source_uri_ref": f"file://{clip}", "profile": profile}).status_code == 200
    )
    assert engine.asked == [
        {
            "source": clip,
            "fps": 12.5,
            "scale": "-1:360",
            "q": 3,
            "view": ViewValue(center_x=0.25, center_y=0.5, zoom=2.0),
            "start_seconds": 1.5,
        }
    ]


def test_q_is_another_name_of_q_v(client: TestClient, engine: MemoryEngine) -> None:
    start(client, {"q": 31})
    assert engine.asked[0]["q"] == 31


@pytest.mark.parametrize("scale", ["640:-1", "-1:360", "320:180", "-1:-1"])
def test_good_scales(client: TestClient, scale: str) -> None:
    assert start(client, {"scale": scale}).status_code == 200


@pytest.mark.parametrize(
    "profile",
    [
        {"fps": 0.5},
        {"fps": 61},
        {"fps": "fast"},
        {"scale": "640"},
        {"scale": "640x360"},
        {"scale": "0:360"},
        {"scale": "-2:360"},
        {"scale": "99999:1"},
        {"scale": "640:-1,drawtext=x"},
        {"q_v": 1},
        {"q": 32},
        {"q_v": 2.5},
        {"ptz": {"center_x": 1.1}},
        {"ptz": {"zoom": 0.9}},
        {"start_seconds": -1},
        {"start_seconds": 1e300},
        {"transport": "webrtc"},
        [],
        "fast",
    ],
)
def test_bad_profiles(client: TestClient, engine: MemoryEngine, profile: Any) -> None:
    assert start(client, profile).status_code == 422
    assert engine.known == {}


def test_a_missing_file_cannot_be_previewed(client: TestClient, clip: str) -> None:
    answer = client.post(START, json={"source_uri_ref": clip + ".gone"})
    assert answer.status_code == 422
    assert "No such file" in answer.json()["detail"]


def test_stopping_an_unknown_job_and_twice(client: TestClient, engine: MemoryEngine) -> None:
    job = engine.add("preview")
    for job_id in ("nobody", job.job_id, job.job_id):
        answer = client.post(STOP, json={"job_id": job_id})
        assert (answer.status_code, answer.json()) == (200, {"stopped": True})
    assert engine.status(job.job_id).state == "stopped"


def test_an_ingest_is_not_stopped_as_a_preview(client: TestClient, engine: MemoryEngine) -> None:
    job = engine.add("ingest")
    assert client.post(STOP, json={"job_id": job.job_id}).json() == {"stopped": True}
    assert engine.status(job.job_id).state == "running"


def test_a_preview_moves(client: TestClient, engine: MemoryEngine) -> None:
    job = engine.add("preview")
    ptz = {"center_x": 0.3, "center_y": 0.7, "zoom": 2.5}
    answer = client.post(MOVE, json={"job_id": job.job_id, **ptz})
    assert answer.status_code == 200
    assert answer.json() == {
        "job_id": job.job_id,
        "preview_kind": "mjpeg",
        "state": "running",
        "ptz": ptz,
        "applied": True,
        "method": "subpixel_crop",
    }
    assert engine.asked == [{"view": ViewValue(**ptz)}]


def test_what_cannot_be_moved(client: TestClient, engine: MemoryEngine) -> None:
    ingest, preview = engine.add("ingest"), engine.add("preview")
    assert client.post(MOVE, json={"job_id": "nobody"}).status_code == 404
    assert client.post(MOVE, json={"job_id": ingest.job_id}).status_code == 404
    assert client.post(MOVE, json={"job_id": preview.job_id, "zoom": 5}).status_code == 422
    client.post(STOP, json={"job_id": preview.job_id})
    assert client.post(MOVE, json={"job_id": preview.job_id}).status_code == 409


def test_the_stream_is_multipart_with_the_boundary_right_behind_each_frame(
    client: TestClient, engine: MemoryEngine
) -> None:
    jpegs = (b"\xff\xd8one\xff\xd9", b"\xff\xd8two\xff\xd9")
    engine.pictures = (JpegFrame(0.5, 4, 2, jpegs[0]), JpegFrame(1.0, 4, 2, jpegs[1]))
    answer = client.get(STREAM + engine.add("preview").job_id)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "multipart/x-mixed-replace; boundary=frame"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "content-length" not in answer.headers
    head = "Content-Type: image/jpeg\r\nContent-Length: 7\r\nX-Frame-Pts: {}\r\nX-Frame-Width: 4\r\n"
    head += "X-Frame-Height: 2\r\n\r\n"
    one, two = (head.format(pts).encode() for pts in ("0.500000", "1.000000"))
    boundary = b"\r\n--frame\r\n"
    assert answer.content == (b"--frame\r\n" + one + jpegs[0] + boundary + two + jpegs[1] + boundary)
    assert engine.asked == [{"frames": None}]


def test_an_ingests_program_can_be_watched(client: TestClient, engine: MemoryEngine) -> None:
    assert client.get(STREAM + engine.add("ingest").job_id).status_code == 200


def test_head_opens_nothing(client: TestClient, engine: MemoryEngine) -> None:
    answer = client.head(STREAM + engine.add("preview").job_id)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "multipart/x-mixed-replace; boundary=frame"
    assert engine.asked == []
    assert client.head(STREAM + "nobody").status_code == 404


def test_no_stream_of_unknown_and_ended_jobs(client: TestClient, engine: MemoryEngine) -> None:
    job = engine.add("preview")
    client.post(STOP, json={"job_id": job.job_id})
    assert client.get(STREAM + "nobody").status_code == 404
    assert client.get(STREAM + job.job_id).status_code == 409
