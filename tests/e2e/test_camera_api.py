"""What a gateway asks of a camera on air, and what it reads of it."""

import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ..media import clip as media
from .agent import Agent
from .conftest import AgentFactory
from .processes import wait_for

LONG = media.Clip(width=320, height=180, seconds=120, audio="", flash_every=0, preset="ultrafast")
SETTINGS = {"RUNNER_LOOKAHEAD_SECONDS": "0.4", "RUNNER_PTZ_MIN_APPLY_INTERVAL_SECONDS": "0"}
BOX = {"left": 0.0, "top": 0.0, "right": 0.625, "bottom": 1.0}
LEFT = {"center_x": 0.3, "center_y": 0.5, "zoom": 2.0}
NEAR = 5e-3
PICTURES = 25
"""So many go by in which a camera that may not move does not."""


@pytest.fixture(scope="module")
def long_mp4(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(media.write(tmp_path_factory.mktemp("long") / "long.mp4", LONG))


class Camera:
    """One ingest's camera, as a gateway sees it."""

    def __init__(self, agent: Agent, source: str, **asked: Any) -> None:
        body = {"session_id": "s", "source_uri_ref": source, "profile": "fluid", **asked}
        self.agent = agent
        self.job_id = agent.post("/runner/ingest/start", body)["job_id"]
        agent.wait_streaming(self.job_id)
        wait_for("the camera's first report", lambda: self.status()["available"])

    def post(self, path: str, **body: Any) -> dict[str, Any]:
        return self.agent.post(f"/runner/ptz/{path}", {"job_id": self.job_id, **body})

    def status(self) -> dict[str, Any]:
        return self.post("status")

    def play_at(self, x: float) -> None:
        """A detector says where play is, with no word of when."""
        update = {"tracking_confidence": 0.9, "tracking_state": "stable", "target_x": x, "target_zoom": 2.0}
        self.agent.post("/runner/tracking/update", {"job_id": self.job_id, **update})

    def wait_at(self, view: Mapping[str, float]) -> None:
        def there() -> bool:
            now = self.status()["view"]
            return all(abs(now[axis] - view[axis]) < NEAR for axis in view)

        wait_for(f"the camera at {dict(view)}", there)

    def during(self, pictures: int) -> list[dict[str, Any]]:
        """What it said while these went by and play was on the right."""
        begin, said = self.agent.status(self.job_id)["frames_out"], []

        def passed() -> bool:
            self.play_at(0.8)
            said.append(self.status())
            return bool(self.agent.status(self.job_id)["frames_out"] >= begin + pictures)

        wait_for(f"{pictures} more pictures", passed)
        return said


def right_edge(view: Mapping[str, float]) -> float:
    return view["center_x"] + 0.5 / view["zoom"]


def test_a_camera_obeys_its_mode_and_its_limits(long_mp4: str, start_agent: AgentFactory) -> None:
    camera = Camera(start_agent(SETTINGS), long_mp4, camera_mode="manual")
    standing = camera.during(PICTURES)
    assert {(said["mode"], said["holder"], said["view"]["center_x"]) for said in standing} == {
        ("manual", "none", 0.5)
    }
    camera.agent.ptz(camera.job_id, 0.3, zoom=2.0)
    camera.wait_at(LEFT)
    held = camera.status()
    assert (held["holder"], held["reason"], held["takeover_seconds_left"]) == ("manual", "manual", None)

    answer = camera.post("mode", mode="auto")
    assert (answer["applied"], answer["mode"], answer["policy_asked"]) == (True, "auto", "auto")

    def follows() -> bool:
        camera.play_at(0.8)
        now = camera.status()
        return bool(now["holder"] == "auto" and right_edge(now["view"]) > 0.9)

    wait_for("the camera at play", follows)
    assert camera.post("mode", limits=BOX)["limits"] == BOX
    wait_for("the camera in its box", lambda: right_edge(camera.status()["view"]) < 0.625 + 1e-6)
    fenced = camera.during(PICTURES)
    assert max(right_edge(said["view"]) for said in fenced) < 0.625 + 1e-6
    assert camera.post("mode", limits=None)["limits"] is None
    wait_for("the camera at play again", follows)


def test_a_policy_that_is_not_there_changes_nothing(long_mp4: str, start_agent: AgentFactory) -> None:
    agent = start_agent(SETTINGS)
    body = {"session_id": "s", "source_uri_ref": long_mp4, "profile": "fluid", "smoothing_policy": "x"}
    refused = agent.client.post("/runner/ingest/start", json=body)
    assert (refused.status_code, "there are: deadband, " in refused.json()["detail"]) == (422, True)
    assert agent.client.get("/runner/jobs").json() == {"jobs": []}
    camera = Camera(agent, long_mp4)
    before = camera.status()
    change = {"job_id": camera.job_id, "policy": "x", "mode": "manual", "lookahead_seconds": 0.0}
    refused = agent.client.post("/runner/ptz/mode", json=change)
    assert (refused.status_code, "there are: deadband, " in refused.json()["detail"]) == (422, True)
    after = camera.status()
    for name in ("mode", "policy", "policy_asked", "lookahead_asked_seconds"):
        assert after[name] == before[name]
    changed = camera.post("mode", policy="spring", lookahead_seconds=0.0)
    assert (changed["policy"], changed["lookahead_asked_seconds"]) == ("spring", 0.0)
    wait_for("no look-ahead", lambda: camera.status()["lookahead_seconds"] == 0.0)


def test_presets_are_reached_and_outlive_the_agent(long_mp4: str, start_agent: AgentFactory) -> None:
    agent = start_agent(SETTINGS)
    camera = Camera(agent, long_mp4, camera_mode="manual")
    camera.post("presets", name="left", **LEFT)
    recalled = camera.post("presets/recall", name="left", glide_seconds=1.0)
    assert (recalled["applied"], recalled["ptz"]) == (True, LEFT)
    assert recalled["glide_seconds"] >= 1.0
    camera.wait_at(LEFT)
    now = camera.status()
    assert (now["holder"], now["reason"]) == ("manual", "preset left")
    camera.post("presets", name="closer", zoom=2.5)

    agent.kill()
    agent.start()
    agent.wait_streaming(camera.job_id)
    presets = camera.post("presets")["presets"]
    assert [preset["name"] for preset in presets] == ["closer", "left"]
    assert presets[0]["center_x"] == pytest.approx(0.3, abs=NEAR)
    camera.post("presets/recall", name="closer", glide_seconds=0)
    camera.wait_at({"zoom": 2.5})

    agent.stop_ingest(camera.job_id)
    another = Camera(agent, long_mp4)
    assert [preset["name"] for preset in another.post("presets")["presets"]] == ["closer", "left"]
    assert [preset["name"] for preset in another.post("presets", name="left", delete=True)["presets"]] == [
        "closer"
    ]
    body = {"job_id": another.job_id, "name": "left"}
    unknown = agent.client.post("/runner/ptz/presets/recall", json=body)
    assert (unknown.status_code, "there are: 'closer'" in unknown.json()["detail"]) == (404, True)


def scrape(agent: Agent, job_id: str) -> dict[tuple[str, str], float]:
    """Values by name and the labels beside the job's id."""
    answer = agent.client.get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, ",".join(value for value in sample.labels.values() if value != job_id)): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        if sample.labels.get("job_id") == job_id
    }


def test_a_camera_works_on_as_asked_in_its_next_process(
    long_mp4: str, tmp_path: Path, start_agent: AgentFactory
) -> None:
    agent = start_agent(SETTINGS)
    camera = Camera(agent, long_mp4)
    agent.ptz(camera.job_id, 0.3, zoom=2.0)
    camera.wait_at(LEFT)
    asked = {"mode": "manual", "policy": "deadband", "lookahead_seconds": 0.2, "limits": BOX}
    assert camera.post("mode", **asked)["applied"]
    wait_for("an encoded picture", lambda: scrape(agent, camera.job_id)["vptz_frames_total", "out"] > 0)
    before = scrape(agent, camera.job_id)
    (process,) = agent.job_processes()
    process.send_signal(signal.SIGKILL)
    agent.wait_status(camera.job_id, "a restart", lambda status: status["restart_count"] == 1)
    agent.wait_streaming(camera.job_id)
    wait_for("its report", lambda: camera.status()["available"])
    for said in camera.during(PICTURES):
        assert {name: said[name] for name in ("mode", "policy", "limits")} == {
            name: asked[name] for name in ("mode", "policy", "limits")
        }
        assert said["lookahead_asked_seconds"] == 0.2
        assert abs(said["view"]["center_x"] - 0.3) < NEAR

    found = scrape(agent, camera.job_id)
    assert found["vptz_job_restarts_total", "died,process"] == 1
    assert found["vptz_frames_total", "encode"] >= PICTURES
    counters = [key for key in before if key[0].endswith(("_total", "_count", "_bucket"))]
    assert [key for key in counters if found[key] < before[key]] == []
    assert found["vptz_frames_total", "encode"] > before["vptz_frames_total", "encode"]
    wait_for("an outage", lambda: scrape(agent, camera.job_id)["vptz_outage_seconds_count", ""] == 1)
    assert found["vptz_ptz_command_seconds_count", ""] == 1
    assert found["vptz_stage_seconds_count", "encode"] > 0
    assert found["vptz_source_age_seconds", ""] < 5
    assert found["vptz_camera_mode", "manual"] == 1
    assert found["vptz_camera_policy_info", "deadband"] == 1
    assert found["vptz_camera_lookahead_asked_seconds", ""] == 0.2
    assert found["vptz_camera_center_ratio", "x"] == pytest.approx(0.3, abs=NEAR)
    assert found["vptz_camera_quality_window_seconds", ""] > 0
    agent.stop_ingest(camera.job_id)
    assert scrape(agent, camera.job_id) == {}
    ended = camera.status()
    assert (ended["state"], ended["available"], ended["mode"]) == ("stopped", True, "manual")
