"""Jobs as people see them in a terminal."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from virtualptz.cli import main
from virtualptz.cli.job_table import HEAD, matching, remarks, row, uptime
from virtualptz.cli.watching import told
from virtualptz.client import Event
from virtualptz.wire.events import CameraEvent, GapEvent, JobEvent, TrackingEvent
from virtualptz.wire.job import JobAnswer

NOW = datetime(2026, 5, 3, 20, 15, 30, tzinfo=UTC)


def job(job_id: str = "ing_a", **told: Any) -> JobAnswer:
    usual = {"state": "running", "restart_count": 0, "last_error": None, "kind": "ingest"}
    return JobAnswer.model_validate({"job_id": job_id, **usual, **told})


def cells(answer: JobAnswer) -> dict[str, str]:
    return dict(zip(HEAD, row(answer, NOW), strict=True))


def test_a_job_on_air_in_one_row() -> None:
    seen = cells(
        job(
            session_id="final",
            created_at=NOW - timedelta(minutes=75),
            phase="streaming",
            fps_in=29.97,
            fps_out=30.0,
            publish={"state": "publishing"},
            detector="motion",
            detector_state="running",
            restart_count=2,
            target="rtmp://host/live/***",
        )
    )
    assert seen == {
        "JOB": "ing_a",
        "KIND": "ingest",
        "SESSION": "final",
        "STATE": "streaming",
        "UP": "1h15m",
        "IN": "30.0",
        "OUT": "30.0",
        "PUBLISH": "publishing",
        "DETECTOR": "running",
        "RESTARTS": "2",
        "TARGET": "rtmp://host/live/***",
    }


def test_a_job_that_has_ended_has_no_rates() -> None:
    seen = cells(job(state="stopped", phase="ended", created_at=NOW, fps_in=30.0, fps_out=30.0))
    assert (seen["STATE"], seen["UP"], seen["IN"], seen["OUT"]) == ("stopped", "-", "-", "-")


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(-1, "0s"), (59, "59s"), (60, "1m"), (3599, "59m"), (3661, "1h01m"), (86400 * 2 + 3600 * 4, "2d04h")],
)
def test_an_uptime_is_short(seconds: int, shown: str) -> None:
    assert uptime(timedelta(seconds=seconds)) == shown


def test_what_is_wrong_is_said_once() -> None:
    away = {"state": "reconnecting", "reason": "no packet for 1.5 s"}
    assert remarks(job(source=away, last_error="no packet for 1.5 s")) == ["source: no packet for 1.5 s"]
    assert remarks(job(source={"state": "streaming", "frozen_seconds": 12.4})) == [
        "source: the same picture for 12 s"
    ]
    assert remarks(job(last_error="x" * 500))[0].endswith("xxx...")
    assert remarks(job()) == []


def test_a_job_is_known_by_the_beginning_of_its_id() -> None:
    jobs = [job("ing_a"), job("ing_ab"), job("prv_c")]
    assert [found.job_id for found in matching(jobs, "ing_a")] == ["ing_a"]
    assert [found.job_id for found in matching(jobs, "ing")] == ["ing_a", "ing_ab"]
    assert matching(jobs, "x") == []


def test_each_kind_of_event_is_a_line() -> None:
    about: dict[str, Any] = {"at": NOW, "job_id": "ing_a"}
    job_event = JobEvent(
        **about,
        kind="ingest",
        session_id="final",
        state="running",
        phase="reconnecting",
        restart_count=0,
        last_error="no packet",
        publish_state="publishing",
    )
    tracking = TrackingEvent(
        **about, tracking_state="lost", fallback_active=True, tracking_confidence=0.125, source="motion"
    )
    camera = CameraEvent(
        **about, mode="auto", reason="wide", holder="none", policy="spring", problem="it failed"
    )
    lines = [
        told(Event("1", kind, body)).split(" ", 1)[1]
        for kind, body in (
            ("job", job_event),
            ("tracking", tracking),
            ("camera", camera),
            ("gap", GapEvent(at=NOW, reason="another_agent")),
        )
    ]
    assert lines == [
        "ing_a running (reconnecting, publishing): no packet",
        "ing_a tracking lost (0.12), by motion",
        "ing_a camera auto, wide, held by none: it failed",
        "what happened before is not known: the agent was started anew",
    ]


def test_no_agent_is_told_with_how_to_name_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for command in (["jobs"], ["jobs", "watch"], ["plugins", "rescan"]):
        assert main([*command, "--runner-base-url", "http://127.0.0.1:1"]) == 2
        error = capsys.readouterr().err
        assert "no answer from an agent at http://127.0.0.1:1 (" in error
        assert error.rstrip().endswith("--runner-base-url or RUNNER_AGENT_URL names another")


def test_what_to_stop_must_be_said(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["ing_a", "--all"]):
        assert main(["jobs", "stop", *arguments]) == 2
        assert "Name jobs by their ids" in capsys.readouterr().err
