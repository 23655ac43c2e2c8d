import subprocess
from collections.abc import Iterable
from dataclasses import replace
from typing import get_args

import pytest
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as plain_text
from starlette.testclient import TestClient

from virtualptz import __version__
from virtualptz.jobs.messages import Heartbeat
from virtualptz.jobs.rules import CameraRules
from virtualptz.jobs.status import (
    JobFigures,
    JobStatus,
    LossReason,
    TrackingPace,
    TrackingRecord,
    WorkerStatus,
)
from virtualptz.model import CameraQuality, CameraReport, PublishReport, TrackingUpdate, View
from virtualptz.model.histogram import Histogram

from ...promtool import needed_promtool
from .fake import NOW, MemoryEngine

QUALITY = CameraQuality(
    seconds=60.0,
    rms_jerk=0.25,
    rms_acceleration=0.125,
    peak_speed=0.5,
    direction_changes_per_minute=6.0,
    still_share=0.2,
    edge_share=0.1,
    zoom_oscillations_per_minute=3.0,
    wanted_distance=0.01,
    players_in_view=0.9,
    ball_in_view=0.95,
)
REPORT = CameraReport(
    view=View(0.25, 0.75, 2.0),
    holder="manual",
    policy="spring",
    lookahead_seconds=0.5,
    takeover_seconds_left=3.5,
    quality=QUALITY,
)


FIGURES = JobFigures(
    counts={
        "frames_in": 375,
        "frames_out": 340,
        "frames_coded": 338,
        "frames_held": 4,
        "frames_dropped": 3,
        "packets_dropped": 2,
        "bytes_written": 5000,
        "bytes_acknowledged": 4800,
        "source_restarts": 1,
        "publisher_restarts": 0,
        "publish_reconnects": 6,
    },
    losses={"died": 1, "unknown": 1},
    timings={"in": Histogram(bounds=(0.01, 0.1), counts=(3, 2, 1), total=0.5)},
    detect=Histogram(bounds=(0.5,), counts=(7, 0), total=1.5),
    outages=Histogram(bounds=(1.0,), counts=(0, 1), total=2.5),
    commands=Histogram(bounds=(0.1,), counts=(2, 0), total=0.05),
    source_age=0.25,
    camera_speed=0.05,
    tracker_updates=120,
    tracker_lost=2,
    viewers=3,
    frames_skipped=9,
    cpu_seconds=12.5,
)


def on_air(engine: MemoryEngine, report: CameraReport = REPORT) -> JobStatus:
    job = engine.add("ingest", "final")
    beat = Heartbeat(
        job_id=job.job_id,
        pid=7,
        phase="streaming",
        pts_in=12.5,
        pts_out=11.5,
        fps_in=30.0,
        fps_out=29.5,
        publish=PublishReport(state="publishing"),
        camera=report,
    )
    update = TrackingUpdate(tracking_confidence=0.75)
    job = replace(
        job,
        heartbeat=beat,
        phase="streaming",
        restart_count=2,
        rules=CameraRules(lookahead_seconds=1.0),
        tracking=TrackingRecord(update, NOW),
        pace=TrackingPace(rate_hertz=9.5, latency_seconds=0.125),
        figures=FIGURES,
    )
    engine.known[job.job_id] = job
    return job


def series(families: Iterable[Metric]) -> dict[str, float]:
    """Value by name and labels, as Prometheus writes them."""
    return {
        f"{sample.name}{{{','.join(f'{name}={value}' for name, value in sorted(sample.labels.items()))}}}": (
            sample.value
        )
        for family in families
        for sample in family.samples
    }


def scrape(client: TestClient) -> dict[str, float]:
    """Without what the agent's process takes, which is another each time."""
    return without_process(series(plain_text(client.get("/metrics").text)))


def without_process(found: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in found.items() if not name.startswith("process_")}


def test_the_agents_own_process(client: TestClient) -> None:
    found = series(plain_text(client.get("/metrics").text))
    assert found["process_resident_memory_bytes{}"] > 1e6
    assert found["process_cpu_seconds_total{}"] > 0


def test_an_idle_agent(client: TestClient) -> None:
    answer = client.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = scrape(client)
    assert found[f"vptz_build_info{{version={__version__}}}"] == 1
    assert found["vptz_plugin_up{plugin=broken}"] == 0
    assert found["vptz_jobs{kind=ingest,state=running}"] == 0
    assert not any("job_id" in name for name in found)


def test_all_that_is_told_of_a_job(client: TestClient, engine: MemoryEngine) -> None:
    job_id = on_air(engine).job_id
    found = {
        name.replace(f"job_id={job_id}", "job"): value
        for name, value in scrape(client).items()
        if job_id in name
    }
    assert found == {
        "vptz_job_info{job,kind=ingest,session_id=final}": 1,
        **{
            f"vptz_job_phase{{job,vptz_job_phase={phase}}}": float(phase == "streaming")
            for phase in ("connecting", "streaming", "reconnecting", "draining", "ended")
        },
        "vptz_job_restarts_total{job,reason=died,stage=process}": 1,
        "vptz_job_restarts_total{job,reason=hung,stage=process}": 0,
        "vptz_job_restarts_total{job,reason=memory,stage=process}": 0,
        "vptz_job_restarts_total{job,reason=not_started,stage=process}": 0,
        "vptz_job_restarts_total{job,reason=unknown,stage=process}": 1,
        "vptz_job_restarts_total{job,reason=lost,stage=in}": 1,
        "vptz_job_restarts_total{job,reason=lost,stage=out}": 0,
        "vptz_job_cpu_seconds_total{job}": 12.5,
        "vptz_source_age_seconds{job}": 0.25,
        "vptz_frames_total{job,stage=in}": 375,
        "vptz_frames_total{job,stage=detect}": 120,
        "vptz_frames_total{job,stage=encode}": 340,
        "vptz_frames_total{job,stage=out}": 338,
        "vptz_publish_written_bytes_total{job}": 5000,
        "vptz_publish_acked_bytes_total{job}": 4800,
        "vptz_publish_up{job}": 1,
        "vptz_publish_reconnects_total{job}": 6,
        "vptz_preview_viewers{job}": 3,
        "vptz_preview_frames_skipped_total{job}": 9,
        "vptz_tracker_lost_total{job}": 2,
        "vptz_camera_speed_ratio{job}": 0.05,
        "vptz_stage_seconds_bucket{job,le=0.01,stage=in}": 3,
        "vptz_stage_seconds_bucket{job,le=0.1,stage=in}": 5,
        "vptz_stage_seconds_bucket{job,le=+Inf,stage=in}": 6,
        "vptz_stage_seconds_count{job,stage=in}": 6,
        "vptz_stage_seconds_sum{job,stage=in}": 0.5,
        "vptz_stage_seconds_bucket{job,le=0.5,stage=detect}": 7,
        "vptz_stage_seconds_bucket{job,le=+Inf,stage=detect}": 7,
        "vptz_stage_seconds_count{job,stage=detect}": 7,
        "vptz_stage_seconds_sum{job,stage=detect}": 1.5,
        "vptz_outage_seconds_bucket{job,le=1.0}": 0,
        "vptz_outage_seconds_bucket{job,le=+Inf}": 1,
        "vptz_outage_seconds_count{job}": 1,
        "vptz_outage_seconds_sum{job}": 2.5,
        "vptz_ptz_command_seconds_bucket{job,le=0.1}": 2,
        "vptz_ptz_command_seconds_bucket{job,le=+Inf}": 2,
        "vptz_ptz_command_seconds_count{job}": 2,
        "vptz_ptz_command_seconds_sum{job}": 0.05,
        "vptz_frames_held_total{job}": 4,
        "vptz_frames_dropped_total{job,reason=late,stage=encode}": 3,
        "vptz_publish_packets_dropped_total{job}": 2,
        "vptz_frame_rate_hertz{job,stage=in}": 30,
        "vptz_frame_rate_hertz{job,stage=out}": 29.5,
        "vptz_stream_position_seconds{job,stage=in}": 12.5,
        "vptz_stream_position_seconds{job,stage=out}": 11.5,
        "vptz_tracker_confidence{job}": 0.75,
        "vptz_tracker_update_timestamp_seconds{job}": NOW.timestamp(),
        "vptz_tracker_updates_hertz{job}": 9.5,
        "vptz_tracker_latency_seconds{job}": 0.125,
        "vptz_camera_holder{job,vptz_camera_holder=auto}": 0,
        "vptz_camera_holder{job,vptz_camera_holder=manual}": 1,
        "vptz_camera_holder{job,vptz_camera_holder=none}": 0,
        "vptz_camera_mode{job,vptz_camera_mode=auto}": 1,
        "vptz_camera_mode{job,vptz_camera_mode=manual}": 0,
        "vptz_camera_policy_info{job,policy=spring}": 1,
        "vptz_camera_problem{job}": 0,
        "vptz_camera_lookahead_seconds{job}": 0.5,
        "vptz_camera_lookahead_asked_seconds{job}": 1.0,
        "vptz_camera_takeover_left_seconds{job}": 3.5,
        "vptz_camera_center_ratio{axis=x,job}": 0.25,
        "vptz_camera_center_ratio{axis=y,job}": 0.75,
        "vptz_camera_zoom_ratio{job}": 2.0,
        "vptz_camera_quality_window_seconds{job}": 60.0,
        "vptz_camera_jerk_rms{job}": 0.25,
        "vptz_camera_acceleration_rms{job}": 0.125,
        "vptz_camera_speed_peak{job}": 0.5,
        "vptz_camera_direction_changes_hertz{job}": 0.1,
        "vptz_camera_zoom_oscillations_hertz{job}": 0.05,
        "vptz_camera_still_ratio{job}": 0.2,
        "vptz_camera_edge_ratio{job}": 0.1,
        "vptz_camera_wanted_distance_rms{job}": 0.01,
        "vptz_camera_players_in_view_ratio{job}": 0.9,
        "vptz_camera_ball_in_view_ratio{job}": 0.95,
    }


@pytest.mark.parametrize("name", CameraQuality.model_fields)
def test_every_quality_figure_has_a_series(client: TestClient, engine: MemoryEngine, name: str) -> None:
    on_air(engine)
    before = scrape(client)
    quality = QUALITY.model_copy(update={name: 30.0})
    engine.known.clear()
    on_air(engine, REPORT.model_copy(update={"quality": quality}))
    assert len(set(scrape(client).items()) - set(before.items())) == 1


def test_what_nothing_told_is_no_series(client: TestClient, engine: MemoryEngine) -> None:
    quiet = REPORT.model_copy(update={"quality": CameraQuality(), "takeover_seconds_left": None})
    on_air(engine, quiet)
    engine.add("ingest")
    names = {name.partition("{")[0] for name in scrape(client)}
    assert "vptz_camera_zoom_ratio" in names
    assert not names & {"vptz_camera_takeover_left_seconds", "vptz_camera_ball_in_view_ratio"}
    assert not names & {"vptz_camera_jerk_rms", "vptz_camera_quality_window_seconds"}


def test_a_jobs_series_end_with_it(client: TestClient, engine: MemoryEngine) -> None:
    first, second = on_air(engine).job_id, on_air(engine).job_id
    client.post("/runner/ingest/stop", json={"job_id": first})
    found = scrape(client)
    assert {name for name in found if first in name} == set()
    assert any(second in name for name in found)
    assert found["vptz_jobs{kind=ingest,state=running}"] == 1
    assert found["vptz_jobs{kind=ingest,state=stopped}"] == 1


def test_a_preview_has_no_camera_of_its_own(client: TestClient, engine: MemoryEngine) -> None:
    beat = on_air(engine).heartbeat
    preview = engine.add("preview")
    engine.known[preview.job_id] = replace(preview, heartbeat=beat)
    assert not any("camera" in name for name in scrape(client) if preview.job_id in name)


def test_open_metrics_for_who_asks(client: TestClient, engine: MemoryEngine) -> None:
    on_air(engine)
    accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
    answer = client.get("/metrics", headers={"Accept": accept})
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    families: Iterable[Metric] = open_metrics(answer.text)  # type: ignore[no-untyped-call]
    assert without_process(series(families)) == scrape(client)


def test_only_with_the_key(client: TestClient) -> None:
    assert client.get("/metrics", headers={"Authorization": ""}).status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 403


def test_promtool_finds_nothing_to_mend(client: TestClient, engine: MemoryEngine) -> None:
    promtool = needed_promtool()
    on_air(engine)
    engine.workers = (WorkerStatus("motion", up=True, losses={"memory": 1}, memory_bytes=80_000_000),)
    text = client.get("/metrics").text
    command = [promtool, "check", "metrics"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_detectors_that_the_agent_runs(client: TestClient, engine: MemoryEngine) -> None:
    assert not any("detector" in name for name in scrape(client))
    engine.workers = (
        WorkerStatus("motion", up=True, losses={"memory": 1}, memory_bytes=80_000_000),
        WorkerStatus("yolo", losses={"hung": 7, "died": 1}),
        WorkerStatus("other", losses={"died": 2}, wanted=False),
    )
    found = {name: value for name, value in scrape(client).items() if "detector" in name}
    zeros = {name for name, value in found.items() if "restarts" in name and value == 0}
    assert len(zeros) == 3 * len(get_args(LossReason)) - 4
    assert {name: value for name, value in found.items() if name not in zeros} == {
        "vptz_detector_up{detector=motion}": 1,
        "vptz_detector_up{detector=yolo}": 0,
        "vptz_detector_memory_bytes{detector=motion}": 80_000_000,
        "vptz_detector_restarts_total{detector=motion,reason=memory}": 1,
        "vptz_detector_restarts_total{detector=yolo,reason=hung}": 7,
        "vptz_detector_restarts_total{detector=yolo,reason=died}": 1,
        "vptz_detector_restarts_total{detector=other,reason=died}": 2,
    }


def test_updates_that_name_no_frame_have_no_latency(client: TestClient, engine: MemoryEngine) -> None:
    job = replace(on_air(engine), pace=TrackingPace(rate_hertz=2.0))
    engine.known[job.job_id] = job
    found = scrape(client)
    assert found[f"vptz_tracker_updates_hertz{{job_id={job.job_id}}}"] == 2
    assert not any("latency" in name for name in found)
