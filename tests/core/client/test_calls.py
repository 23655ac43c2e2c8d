import json
import threading
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from virtualptz.client import RunnerRefusedError, RunnerUnreachableError, environment_key
from virtualptz.client.lines import LONGEST_LINE
from virtualptz.errors import ConfigError
from virtualptz.model import NO_LIMITS, TrackingUpdate
from virtualptz.wire.view import ViewValue

from ..tracking.worker.agent import HEALTHY, Agent
from .conftest import Open

UPDATE = TrackingUpdate(tracking_confidence=0.5, source="detector-worker", target_x=0.25)
STATUS = "/runner/job/status"


def test_a_push_sends_what_is_known_and_no_more(agent: Agent, connect: Open) -> None:
    with connect(agent.url, "secret") as client:
        stored = client.push_tracking("job-1", UPDATE)
    (call,) = agent.calls
    assert call.path == "/runner/tracking/update"
    assert call.authorization == "Bearer secret"
    assert call.body == {
        "job_id": "job-1",
        "tracking_confidence": 0.5,
        "source": "detector-worker",
        "target_x": 0.25,
    }
    assert (stored.job_id, stored.target_x, stored.updated_at.year) == ("job-1", 0.25, 2026)


def test_a_start_leaves_to_the_settings_what_it_is_not_told(agent: Agent, connect: Open) -> None:
    with connect(agent.url) as client:
        assert client.start_ingest("final", "rtsp://camera/wide").job_id == "job-1"
        client.start_ingest("final", "rtsp://camera/wide", "fluid", lookahead_seconds=1, detector="none")
    bare, more = (call.body for call in agent.calls)
    assert bare == {
        "session_id": "final",
        "source_uri_ref": "rtsp://camera/wide",
        "profile": "balanced",
        "replica_index": 0,
    }
    assert more == {**bare, "profile": "fluid", "lookahead_seconds": 1.0, "detector": "none"}


def test_a_preview_is_asked_for_in_the_contract_s_words(agent: Agent, connect: Open) -> None:
    path = "/runner/preview/start"
    agent.answers[path] = [(200, {"job_id": "pre-1", "preview_url": "http://x/y"})]
    with connect(agent.url) as client:
        client.start_preview("a.mp4", quality=5, view=ViewValue(zoom=2.0))
    assert agent.calls[0].body == {
        "source_uri_ref": "a.mp4",
        "profile": {"q_v": 5, "ptz": {"center_x": 0.5, "center_y": 0.5, "zoom": 2.0}},
    }


def test_limits_can_be_set_and_taken_away(agent: Agent, connect: Open) -> None:
    camera = {"job_id": "job-1", "state": "running", "available": True, "applied": True, "queued": False}
    view = {"center_x": 0.5, "center_y": 0.5, "zoom": 1.0}
    agent.answers["/runner/ptz/mode"] = [(200, {**camera, "view": view})]
    with connect(agent.url) as client:
        client.set_camera("job-1", mode="manual")
        assert client.set_camera("job-1", limits=NO_LIMITS).view.zoom == 1.0
    kept, taken = (call.body for call in agent.calls)
    assert kept == {"job_id": "job-1", "mode": "manual"}
    assert taken["limits"] == NO_LIMITS.model_dump()


def test_what_cannot_be_asked_is_not_sent(agent: Agent, connect: Open) -> None:
    with connect(agent.url) as client:
        with pytest.raises(ConfigError, match="zoom: "):
            client.ptz("job-1", zoom=9.0)
        with pytest.raises(ConfigError, match="session_id: "):
            client.start_ingest("../x", "rtsp://camera/wide")
    assert agent.calls == []


def test_without_a_key_none_is_sent(agent: Agent, connect: Open) -> None:
    with connect(agent.url) as client:
        client.push_tracking("job-1", UPDATE)
    assert agent.calls[0].authorization is None


def test_a_key_that_changes_is_looked_up_for_each_call(agent: Agent, connect: Open) -> None:
    keys = ["checked", "first", "second"]
    with connect(agent.url, lambda: keys.pop(0)) as client:
        client.job_status("job-1")
        client.job_status("job-1")
    assert [call.authorization for call in agent.calls] == ["Bearer first", "Bearer second"]


def test_the_environment_s_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RUNNER_API_KEY", raising=False)
    monkeypatch.delenv("RUNNER_API_KEY_FILE", raising=False)
    assert environment_key() == ""
    file = tmp_path / "keys"
    file.write_text("# ours\nfrom-the-file\nolder\n")
    file.chmod(0o600)
    monkeypatch.setenv("RUNNER_API_KEY_FILE", str(file))
    assert environment_key() == "from-the-file"
    monkeypatch.setenv("RUNNER_API_KEY", "plain")
    assert environment_key() == "plain"


def test_one_connection_is_kept_for_all_calls(agent: Agent, connect: Open) -> None:
    with connect(agent.url) as client:
        for _ in range(5):
            client.push_tracking("job-1", UPDATE)
            client.job_status("job-1")
    assert len({call.connection for call in agent.calls}) == 1


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((404, {"detail": "unknown job"}), "404 unknown job"),
        ((422, {"detail": [{"loc": ["body", "x"], "msg": "too large"}]}), "422 .*too large"),
        ((500, "<html>oops\n\n</html>"), "500 <html>oops </html>"),
        ((307, ""), "307"),
        ((502, "[1]"), r"502 \[1\]"),
    ],
)
def test_a_refusal_says_why_on_one_line(
    agent: Agent, connect: Open, answer: tuple[int, str], says: str
) -> None:
    agent.answers["/runner/tracking/update"] = [answer]
    with connect(agent.url) as client, pytest.raises(RunnerRefusedError, match=f"^{says}") as refused:
        client.push_tracking("job-1", UPDATE)
    assert "\n" not in str(refused.value)
    assert refused.value.type == "about:blank"


def test_a_refusal_has_its_kind_and_its_parts(agent: Agent, connect: Open) -> None:
    faults = [{"type": "missing", "loc": ["body", "x"], "msg": "Field required"}]
    problem = {"type": "urn:x:busy", "title": "Busy", "status": 503, "detail": faults}
    agent.answers[STATUS] = [(503, problem)]
    agent.retry_after = "5"
    with connect(agent.url) as client, pytest.raises(RunnerRefusedError) as refused:
        client.job_status("job-1")
    error = refused.value
    assert (error.status, error.type, error.title) == (503, "urn:x:busy", "Busy")
    assert error.detail == faults
    assert error.retry_after == 5.0


def test_an_agent_that_is_not_ready_says_so_and_refuses_nothing(agent: Agent, connect: Open) -> None:
    agent.answers["/readyz"] = [(503, {"ready": False, "checks": {"disk": "full", "jobs": "ok"}})]
    with connect(agent.url) as client:
        readiness = client.readyz()
    assert not readiness.ready
    assert readiness.checks == {"disk": "full", "jobs": "ok"}


def test_an_answer_that_is_no_agent_s_is_said_to_be_none(agent: Agent, connect: Open) -> None:
    with connect(agent.url) as client:
        for answer in ("hello", "[]"):
            agent.answers[STATUS] = [(200, answer)]
            with pytest.raises(RunnerUnreachableError, match="is this a runner agent"):
                client.job_status("job-1")
        agent.answers["/runner/ingest/start"] = [(200, {"state": "running"})]
        with pytest.raises(RunnerUnreachableError, match="not an answer of a runner agent: job_id"):
            client.start_ingest("s", "x")


def test_nobody_there_and_nobody_answering_are_told_apart(agent: Agent, connect: Open) -> None:
    with (
        connect("http://127.0.0.1:1") as client,
        pytest.raises(RunnerUnreachableError, match=r"refused|failed"),
    ):
        client.job_status("job-1")
    agent.hang.set()
    with connect(agent.url, answer_seconds=0.3) as client:
        with pytest.raises(RunnerUnreachableError, match="no answer in time"):
            client.job_status("job-1")
        agent.hang.clear()


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1:9001", "ftp://host", "http://", "http://host:port", "file:///etc", "http://[::1"]
)
def test_an_address_that_cannot_be_called_is_refused_before_any_call(url: str, connect: Open) -> None:
    with pytest.raises(ConfigError, match="must look like"), connect(url):
        pass


@pytest.mark.parametrize("key", ["two words", "new\nline", "schlüssel", "\x00"])
def test_a_key_that_no_header_can_hold_is_refused_without_showing_it(key: str, connect: Open) -> None:
    with pytest.raises(ConfigError) as refused, connect("http://127.0.0.1:9001", key):
        pass
    assert key not in str(refused.value)


def test_text_comes_as_it_is(agent: Agent, connect: Open) -> None:
    agent.answers["/metrics"] = [(200, "# HELP a b\na 1\n")]
    with connect(agent.url) as client:
        assert client.metrics() == "# HELP a b\na 1\n"


def test_a_name_is_one_part_of_the_path(agent: Agent, connect: Open) -> None:
    agent.answers["/runner/plugins/a%2Fb%20%3F/enable"] = [(200, {"name": "a/b ?", "state": "loaded"})]
    with connect(agent.url) as client:
        assert client.enable_plugin("a/b ?").name == "a/b ?"


def test_frames_come_until_the_stream_ends(agent: Agent, connect: Open) -> None:
    agent.frames = [(1.0, b"one"), (1.5, b"two" * 5000)]
    with connect(agent.url) as client:
        frames = list(client.frames("job-1", fps=29.97, width=320))
    assert [(frame.pts, frame.jpeg) for frame in frames] == agent.frames
    assert agent.calls[0].path == "/runner/job/frames/job-1?fps=29.97&width=320"


def test_a_stream_that_is_left_is_closed(agent: Agent, connect: Open) -> None:
    agent.live_jpeg = b"picture"
    with connect(agent.url) as client:
        for _ in range(2):
            with closing(client.frames("job-1")) as frames:
                assert [frame.jpeg for frame in islice(frames, 3)] == [b"picture"] * 3
    assert len({call.connection for call in agent.calls}) == 2


def test_a_stream_that_is_refused_says_why(agent: Agent, connect: Open) -> None:
    agent.answers["/runner/job/frames/job-1?fps=10"] = [(404, {"detail": "unknown job"})]
    with connect(agent.url) as client, pytest.raises(RunnerRefusedError, match="404 unknown job"):
        next(client.frames("job-1"))


def test_a_newer_agent_is_understood_as_far_as_this_version_goes(agent: Agent, connect: Open) -> None:
    newer: dict[str, Any] = {
        **HEALTHY,
        "job_id": "job-1",
        "state": "running",
        "phase": "rehearsing",
        "weather": {"rain": True},
        "view": {"center_x": 0.25, "center_y": 0.5, "zoom": 2.0, "roll": 3},
        "media": {"codec": "av2", "width": 64, "height": 36, "frame_rate": "30/1", "depth": 12},
    }
    agent.answers[STATUS] = [(200, json.dumps(newer))]
    with connect(agent.url) as client:
        status = client.job_status("job-1")
    assert status.phase is None
    assert status.view == ViewValue(center_x=0.25, center_y=0.5, zoom=2.0)
    assert status.media is not None
    assert status.media.codec == "av2"


def test_some_of_the_jobs(agent: Agent, connect: Open) -> None:
    with connect(agent.url) as client:
        client.jobs()
        client.jobs(kind="ingest", state=["running", "failed"], session_id="final & co")
    everything, some = (call.path for call in agent.calls)
    assert everything == "/runner/jobs"
    assert parse_qs(urlsplit(some).query) == {
        "kind": ["ingest"],
        "state": ["running", "failed"],
        "session_id": ["final & co"],
    }


def test_a_start_with_a_key_of_its_own(agent: Agent, connect: Open) -> None:
    with connect(agent.url) as client:
        client.start_ingest("final", "rtsp://camera/wide", idempotency_key="try 1")
        client.start_ingest("final", "rtsp://camera/wide")
        for bad in ("", "schlüssel", "x" * 256, "new\nline"):
            with pytest.raises(ConfigError, match="idempotency key"):
                client.start_preview("rtsp://camera/wide", idempotency_key=bad)
    assert [call.idempotency_key for call in agent.calls] == ["try 1", None]


def test_a_log_as_text_and_line_by_line(agent: Agent, connect: Open) -> None:
    agent.answers["/runner/job/logs/job-1"] = [(200, "one\ntwo\n")]
    agent.log = [b"one\ntw", b"o \xe2\x9c", b"\x85\n\n\xff\r\nl", b"ast\ncut o"]
    with connect(agent.url) as client:
        assert client.logs("job-1") == "one\ntwo\n"
        assert list(client.follow_logs("job-1", 50)) == ["one", "two \u2705", "", "\ufffd", "last"]
    assert agent.calls[-1].path == "/runner/job/logs/job-1?lines=50&follow=true"


def test_a_log_is_waited_for_longer_than_any_answer(agent: Agent, connect: Open) -> None:
    def slow() -> Iterator[bytes]:
        yield b"one\n"
        threading.Event().wait(0.5)
        yield b"two\n"

    agent.log = slow()
    with connect(agent.url, answer_seconds=0.2) as client:
        assert list(client.follow_logs("job-1")) == ["one", "two"]


def test_what_is_no_log_is_said_to_be_none(agent: Agent, connect: Open) -> None:
    agent.log = [b"x" * (LONGEST_LINE + 1)]
    agent.answers["/runner/job/logs/gone?follow=true"] = [(404, {"detail": "unknown job"})]
    with connect(agent.url) as client:
        with pytest.raises(RunnerUnreachableError, match="a line without an end"):
            next(client.follow_logs("job-1"))
        with pytest.raises(RunnerRefusedError, match="404 unknown job"):
            next(client.follow_logs("gone"))
