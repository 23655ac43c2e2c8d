"""Every endpoint of the contract once, with nothing made up: plain uvicorn, job processes, FFmpeg, a clip."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import cv2
import httpx2
import numpy as np
import numpy.typing as npt
import psutil
import pytest

from tests.media.clip import Clip, write

from ...ports import free_port
from .described import answer_faults
from .fake import BEARER, KEY
from .running import Served, served, wait_for

AGENT = ["-m", "uvicorn", "virtualptz.main:app", "--port"]
HEAD = re.compile(
    rb"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: (\d+)\r\nX-Frame-Pts: ([0-9.]+)\r\n"
    rb"X-Frame-Width: (\d+)\r\nX-Frame-Height: (\d+)\r\n\r\n"
)
GREEN_PATCH = {"center_x": 0.0625, "center_y": 0.0625, "zoom": 4.0}
"""A view of the clip's corner where the patch fills a quarter of the picture."""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("clip")
    return str(
        write(folder / "clip.mp4", Clip(width=320, height=180, seconds=60, patch=(0, 0, 0.125, 0.125)))
    )


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Served]:
    env = {
        "RUNNER_INGEST_OUTPUT_URI": str(tmp_path / "{session_id}-{replica_index}.mp4"),
        "RUNNER_OUTPUT_WIDTH": "160",
        "RUNNER_OUTPUT_HEIGHT": "90",
        "RUNNER_ORPHAN_SECONDS": "5",
    }
    with served(AGENT, tmp_path, **env) as agent:
        yield agent
        children = psutil.Process(agent.process.pid).children(recursive=True)
        agent.stop()
        psutil.wait_procs(children, timeout=10)
        assert [child for child in children if child.is_running()] == []
    assert "Traceback" not in agent.log


def post(agent: Served, path: str, **body: Any) -> Any:
    answer = agent.post(path, json=body, timeout=20)
    assert answer.status_code == 200, answer.text
    assert answer_faults("post", path, answer.json()) == []
    return answer.json()


Part = tuple[float, npt.NDArray[np.uint8]]


@contextmanager
def parts(url: str, **more: Any) -> Iterator[Iterator[Part]]:
    """The stream times and pictures of a multipart stream, each checked against its own head."""
    with httpx2.stream("GET", url, timeout=20, **more) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "multipart/x-mixed-replace; boundary=frame"
        yield _parts(answer.iter_bytes())


def _parts(pieces: Iterator[bytes]) -> Iterator[Part]:
    data = b""
    for piece in pieces:
        data += piece
        while (head := HEAD.search(data)) and len(data) >= head.end() + int(head[1]):
            end = head.end() + int(head[1])
            picture = cv2.imdecode(np.frombuffer(data[head.end() : end], np.uint8), cv2.IMREAD_COLOR)
            assert picture is not None
            assert picture.shape == (int(head[4]), int(head[3]), 3)
            yield float(head[2]), np.asarray(picture, np.uint8)
            data = data[end:].removeprefix(b"\r\n")


def greenness(picture: npt.NDArray[np.uint8]) -> float:
    blue, green, red = (float(picture[:, :, channel].mean()) for channel in range(3))
    return green - (blue + red) / 2


def status(agent: Served, job_id: str) -> Any:
    return post(agent, "/runner/job/status", job_id=job_id)


def test_probes(agent: Served, clip: str, tmp_path: Path) -> None:
    details = ["codec_name=h264", "width=320", "height=180", "r_frame_rate=25/1"]
    assert post(agent, "/runner/probe", source_uri_ref=clip) == {"ok": True, "details": details}
    (tmp_path / "notes.mp4").write_text("no picture in here\n" * 50)
    dead = f"rtmp://user:hunter22@127.0.0.1:{free_port()}/live"
    for bad in (str(tmp_path / "notes.mp4"), str(tmp_path / "none.mp4"), dead):
        answer = agent.post("/runner/probe", json={"source_uri_ref": bad, "timeout_seconds": 15}, timeout=20)
        assert answer.status_code == 502
        assert answer.json()["detail"].startswith("probe failed: ")
        assert "hunter22" not in answer.text
    with socket.create_server(("127.0.0.1", 0)) as mute:
        silent = {"source_uri_ref": f"rtmp://127.0.0.1:{mute.getsockname()[1]}/x", "timeout_seconds": 1}
        answer = agent.post("/runner/probe", json=silent, timeout=20)
    assert (answer.status_code, answer.json()["detail"]) == (504, "probe timeout")


def test_a_preview_from_start_to_stop(agent: Served, clip: str) -> None:
    profile = {"fps": 20, "scale": "160:-1", "q_v": 4, "start_seconds": 2}
    started = post(agent, "/runner/preview/start", source_uri_ref=clip, profile=profile)
    job_id = started["job_id"]
    url = agent.url + started["preview_url"].removeprefix("http://127.0.0.1:9001")
    with parts(url) as pictures:
        _, first = next(pictures)
        assert first.shape == (90, 160, 3)
        moved = post(agent, "/runner/preview/ptz/update", job_id=job_id, **GREEN_PATCH)
        assert moved == {
            "job_id": job_id,
            "preview_kind": "mjpeg",
            "state": "running",
            "ptz": GREEN_PATCH,
            "applied": True,
            "method": "subpixel_crop",
        }
        assert any(greenness(picture) > greenness(first) + 10 for _, picture in pictures)
        assert texture(snap(agent, job_id)[1]) < 4 < 15 < texture(snap_unlit(agent, job_id))
    assert agent.get("/health").json() == {"status": "ok", "preview_jobs": 1, "ingest_jobs": 0}
    assert status(agent, job_id)["restart_count"] == 0
    assert post(agent, "/runner/preview/stop", job_id=job_id) == {"stopped": True}
    assert status(agent, job_id)["state"] == "stopped"
    assert httpx2.get(url).status_code == 409
    assert agent.post("/runner/preview/ptz/update", json={"job_id": job_id}).status_code == 409


def test_an_ingest_from_start_to_stop(agent: Served, clip: str, tmp_path: Path) -> None:
    body = {"session_id": "final", "source_uri_ref": clip, "profile": "fluid", "replica_index": 1}
    started = post(agent, "/runner/ingest/start", **body)
    job_id = started["job_id"]
    assert started == {"job_id": job_id, "state": "running"}
    wait_for(lambda: (status(agent, job_id).get("frames_out") or 0) > 10, "pictures come out")
    told = status(agent, job_id)
    assert (told["state"], told["phase"], told["restart_count"]) == ("running", "streaming", 0)
    assert told["media"]["width"] == 320
    steer(agent, job_id)
    track(agent, job_id)
    watch(agent, job_id)
    assert [job["job_id"] for job in agent.get("/runner/jobs").json()["jobs"]] == [job_id]
    assert post(agent, "/runner/ingest/stop", job_id=job_id) == {"state": "stopped"}
    ended = status(agent, job_id)
    assert (ended["state"], ended["last_error"]) == ("stopped", None)
    assert agent.post("/runner/ptz/update", json={"job_id": job_id}).status_code == 409
    assert agent.get(f"/runner/job/snapshot/{job_id}").status_code == 409
    with av.open(str(tmp_path / "final-1.mp4")) as program:
        video = list(program.decode(video=0))
        assert (video[0].width, video[0].height) == (160, 90)
        assert len(video) > 10


def steer(agent: Served, job_id: str) -> None:
    moved = post(agent, "/runner/ptz/update", job_id=job_id, center_x=0.6, center_y=0.5, zoom=2)
    assert moved.keys() == {"job_id", "state", "ptz", "applied", "queued", "reason"}
    assert (moved["applied"], moved["queued"]) == (True, False)
    again = post(agent, "/runner/ptz/update", job_id=job_id, center_x=0.601, center_y=0.5, zoom=2)
    assert (again["applied"], again["queued"], again["reason"]) == (False, False, "tiny_delta")
    wait_for(lambda: status(agent, job_id)["view"]["zoom"] > 1.5, "the camera zooms in")
    assert status(agent, job_id)["holder"] == "manual"


def track(agent: Served, job_id: str) -> None:
    before = post(agent, "/runner/tracking/status", job_id=job_id)
    assert (before["source"], before["available"]) == ("runner-sim", True)
    target = {"x": 0.4, "y": 0.5, "confidence": 0.9, "cls": "player", "track_id": 7}
    update = {"tracking_confidence": 0.8, "tracking_state": "Stable", "targets": [target], "frame_pts": 1.0}
    stored = post(agent, "/runner/tracking/update", job_id=job_id, **update)
    assert (stored["tracking_state"], stored["source"], stored["targets"]) == ("stable", "external", [target])
    known = post(agent, "/runner/tracking/status", job_id=job_id)
    assert known == {**stored, "available": True}


def watch(agent: Served, job_id: str) -> None:
    with parts(f"{agent.url}/runner/job/frames/{job_id}?fps=10&width=320", headers=BEARER) as pictures:
        seen = [next(pictures) for _ in range(4)]
    times = [pts for pts, _ in seen]
    assert times == sorted(set(times))
    assert {picture.shape for _, picture in seen} == {(180, 320, 3)}
    with parts(f"{agent.url}/runner/preview/stream/{job_id}", headers=BEARER) as pictures:
        assert next(pictures)[1].shape[1] == 640
    snap_often(agent, job_id)


def snap_often(agent: Served, job_id: str) -> None:
    newest, times = status(agent, job_id)["pts"], []
    for _ in range(3):
        pts, picture = snap(agent, job_id, of="source")
        times.append(pts)
        assert picture.shape == (180, 320, 3)
    assert newest <= times[0] < times[1] < times[2], "none is older than its request"
    assert snap(agent, job_id, of="program")[1].shape == (180, 320, 3)
    assert snap(agent, job_id, overlay="1")[1].shape == (180, 320, 3)
    assert agent.get("/runner/job/snapshot/nobody").status_code == 404


def snap(agent: Served, job_id: str, **query: str) -> Part:
    answer = agent.get(f"/runner/job/snapshot/{job_id}", params={"width": "320", **query}, timeout=20)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg"), answer.text
    picture = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR)
    return float(answer.headers["x-frame-pts"]), np.asarray(picture, np.uint8)


def texture(picture: npt.NDArray[np.uint8]) -> float:
    """Of a part of the picture that lies in the patch, which has none, in the view of it and nowhere else."""
    return float(picture[30:80, 50:150].std(axis=(0, 1)).max())


def snap_unlit(agent: Served, job_id: str) -> npt.NDArray[np.uint8]:
    """The source, but none of its flashes: they have no texture either."""
    return max((snap(agent, job_id, of="source")[1] for _ in range(3)), key=texture)


def test_a_file_that_is_not_there_is_a_bad_request(agent: Served, tmp_path: Path) -> None:
    body = {"session_id": "final", "source_uri_ref": str(tmp_path / "none.mp4"), "profile": "fluid"}
    answer = agent.post("/runner/ingest/start", json=body)
    assert answer.status_code == 422
    assert "No such file" in answer.json()["detail"]
    assert agent.get("/health").json()["ingest_jobs"] == 0


def test_the_plugins_that_come_with_it_work(agent: Served) -> None:
    told = agent.get("/runner/plugins").json()
    assert answer_faults("get", "/runner/plugins", told) == []
    plugins = {plugin["name"]: plugin for plugin in told["plugins"]}
    assert {name: plugins[name]["state"] for name in ("ffmpeg", "policies", "tracking")} == {
        "ffmpeg": "loaded",
        "policies": "loaded",
        "tracking": "loaded",
    }
    assert plugins["ffmpeg"]["offers"]["media_backends"] == ["ffmpeg"]


@pytest.mark.parametrize("fault", ["port", "secret"])
def test_a_start_that_fails_takes_nothing_off_the_air(tmp_path: Path, clip: str, fault: str) -> None:
    """Jobs end with the agent, but one that never came to serve has no say in that."""
    env = {"RUNNER_INGEST_OUTPUT_URI": "", "RUNNER_KEEP_JOBS_ON_SHUTDOWN": "0"}
    with served(AGENT, tmp_path, **env | {"RUNNER_KEEP_JOBS_ON_SHUTDOWN": "1"}) as agent:
        started = post(agent, "/runner/preview/start", source_uri_ref=clip, profile={"fps": 5})
        job_id = started["job_id"]
        process = psutil.Process(process_of(tmp_path, job_id))
        agent.stop()
    with socket.create_server(("127.0.0.1", 0)) as other, secret_gone(tmp_path, really=fault == "secret"):
        port = other.getsockname()[1] if fault == "port" else free_port()
        done = subprocess.run(
            [sys.executable, *AGENT, str(port)],
            env={**os.environ, "RUNNER_API_KEY": KEY, "RUNNER_STATE_DIR": str(tmp_path / "state"), **env},
            capture_output=True,
            timeout=30,
            check=False,
        )
    assert done.returncode != 0
    assert process.is_running()
    with served(AGENT, tmp_path, **env) as agent:
        assert status(agent, job_id)["state"] == "running"
        agent.stop()
    assert psutil.wait_procs([process], timeout=10)[1] == []


def process_of(tmp_path: Path, job_id: str) -> int:
    file = tmp_path / "state" / "jobs" / job_id / "pid"
    wait_for(file.exists, "the job's process says who it is")
    return int(file.read_text().split()[0])


@contextmanager
def secret_gone(tmp_path: Path, *, really: bool) -> Iterator[None]:
    secret = tmp_path / "state" / "preview.secret"
    if really:
        secret.rename(secret.with_name("kept"))
        secret.mkdir()
    yield
    if really:
        secret.rmdir()
