"""The client against a real agent, and its page, which does what it says."""

import re
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from itertools import islice
from pathlib import Path

import pytest

from virtualptz.client import RunnerClient, RunnerRefusedError
from virtualptz.model import TrackingUpdate
from virtualptz.wire.events import GapEvent, JobEvent

from ..architecture import ROOT
from ..core.client.both import waiting
from ..ports import free_port
from .agent import API_KEY, Agent
from .conftest import AgentFactory

EXAMPLES = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "client.md").read_text(), flags=re.DOTALL)
CAMERA = "rtsp://camera.example/wide"
JPEG = b"\xff\xd8\xff"

Connect = Callable[[str, str], AbstractContextManager[RunnerClient]]
both = pytest.mark.parametrize("connect", [RunnerClient, waiting], ids=["sync", "async"])


def session() -> str:
    """The shared agent's programs go to the port that the session is called."""
    return str(free_port(socket.SOCK_DGRAM))


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_the_page_s_examples_run(
    number: int,
    agent: Agent,
    loop_mp4: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("RUNNER_API_KEY", API_KEY)
    code = EXAMPLES[number].replace("http://127.0.0.1:9001", agent.base_url)
    code = code.replace(CAMERA, str(loop_mp4)).replace('"final"', repr(session()))
    exec(compile(code, f"docs/client.md, example {number}", "exec"), {"__name__": "example"})  # noqa: S102
    assert "print(" not in code or capsys.readouterr().out
    assert agent.runner.jobs(state="running").jobs == []


@both
def test_a_job_from_its_start_to_its_end(agent: Agent, loop_mp4: Path, connect: Connect) -> None:
    with connect(agent.base_url, API_KEY) as runner:
        assert (runner.healthz().status, runner.readyz().ready) == ("ok", True)
        job_id = runner.start_ingest(session(), str(loop_mp4), detector="none").job_id
        agent.wait_streaming(job_id)
        assert [job.job_id for job in runner.jobs(kind="ingest", state="running").jobs] == [job_id]
        assert runner.jobs(kind="preview", state=["running"]).jobs == []
        status = runner.job_status(job_id)
        assert (status.state, status.media and status.media.width) == ("running", 640)
        assert [part.jpeg[:3] for part in islice(runner.frames(job_id, width=320), 2)] == [JPEG] * 2
        assert next(runner.preview_frames(job_id)).jpeg[:3] == JPEG
        assert runner.snapshot(job_id, of="source", width=160).width == 160
        assert runner.health().ingest_jobs == 1
        assert "vptz_jobs{" in runner.metrics()
        assert runner.stop_ingest(job_id).state == "stopped"
        assert runner.job_status(job_id).state == "stopped"


@both
def test_a_camera_that_is_steered(agent: Agent, loop_mp4: Path, connect: Connect) -> None:
    with connect(agent.base_url, API_KEY) as runner:
        job_id = runner.start_ingest(session(), str(loop_mp4), detector="none").job_id
        agent.wait_streaming(job_id)
        assert runner.set_camera(job_id, mode="manual").mode == "manual"
        assert runner.ptz(job_id, 0.4, 0.5, 2.0).ptz.zoom == 2.0
        assert [view.name for view in runner.store_preset(job_id, "left", center_x=0.3).presets] == ["left"]
        assert runner.recall_preset(job_id, "left").ptz.center_x == 0.3
        assert runner.camera(job_id).mode == "manual"
        assert runner.delete_preset(job_id, "left").presets == runner.presets(job_id).presets == []
        assert runner.tracking(job_id).available
        update = TrackingUpdate(tracking_confidence=0.9, source="gym", targets=None)
        assert runner.push_tracking(job_id, update).source == "gym"
        assert not runner.tracking("no-such-job").available
        assert runner.stop_detector(job_id).detector == "none"
        with pytest.raises(RunnerRefusedError) as refused:
            runner.start_detector(job_id, "no-such-detector")
        assert refused.value.status == 422
        runner.stop_ingest(job_id)


@both
def test_plug_ins(agent: Agent, connect: Connect) -> None:
    with connect(agent.base_url, API_KEY) as runner:
        assert {"ffmpeg", "policies"} <= {plugin.name for plugin in runner.rescan_plugins().plugins}
        assert runner.disable_plugin("motion").state == "disabled"
        assert runner.enable_plugin("motion").state == "loaded"
        with pytest.raises(RunnerRefusedError, match="404"):
            runner.enable_plugin("no/such")


@both
def test_events_go_on_across_a_killed_agent(
    start_agent: AgentFactory, loop_mp4: Path, connect: Connect
) -> None:
    agent = start_agent()
    job_id = agent.start_ingest(str(loop_mp4))
    with connect(agent.base_url, API_KEY) as runner:
        with closing(runner.events(types=["job"], current=True)) as events:
            assert isinstance(next(events).body, GapEvent)
            first = next(events).body
            assert isinstance(first, JobEvent)
            assert first.job_id == job_id
            agent.kill()
            agent.start()
            gap = next(event.body for event in events if event.type == "gap")
            assert isinstance(gap, GapEvent)
            assert gap.reason == "another_agent"
            again = next(events).body
            assert isinstance(again, JobEvent)
            assert (again.job_id, again.state) == (job_id, "running")
        runner.stop_ingest(job_id)
