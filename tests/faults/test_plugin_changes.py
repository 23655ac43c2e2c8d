"""Plug-ins and settings change while a program is on air."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from ..architecture import ROOT
from ..core.distributions import POLICY, Site
from ..e2e import judge
from ..e2e.agent import API_KEY, Agent
from ..e2e.conftest import AgentFactory
from ..e2e.processes import wait_for
from ..e2e.servers import Nginx, rtmp_camera
from ..media.watch import Viewer
from .figures import Figures
from .program import lost, now

STILL = "vptz-still"
ZOOMED = POLICY.replace("self.view = View(zoom=options.zoom)", "self.zoom = options.zoom").replace(
    "return self.view", "return View(zoom=self.zoom)"
)
"""A policy whose version is seen in the picture: 2.0 at first."""
LETHAL = "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Where the agent and what it starts look for distributions, beside where they usually are."""
    site = Site(tmp_path / "site")
    site.folder.mkdir()
    return site


@pytest.fixture
def agent(start_agent: AgentFactory, site: Site, nginx: Nginx, tmp_path: Path) -> Agent:
    """Publishes each session under its own name."""
    environ = {"PYTHONPATH": str(site.folder), "PYTHONDONTWRITEBYTECODE": "1"}
    return start_agent(environ, output=nginx.url(f"{tmp_path.name}-{{session_id}}"))


@pytest.fixture
def source(nginx: Nginx, loop_mp4: Path, tmp_path: Path) -> Iterator[str]:
    with rtmp_camera(nginx, loop_mp4, f"{tmp_path.name}-camera", tmp_path / "camera.log") as url:
        yield url


def start(agent: Agent, source: str, session_id: str, **asked: object) -> httpx2.Response:
    body = {"session_id": session_id, "source_uri_ref": source, "profile": "fluid", **asked}
    return agent.client.post("/runner/ingest/start", json=body)


def started(agent: Agent, source: str, session_id: str, **asked: object) -> str:
    answer = start(agent, source, session_id, **asked)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["job_id"])


def plugin(agent: Agent, name: str) -> dict[str, Any]:
    listed = agent.client.get("/runner/plugins").json()["plugins"]
    return next((each for each in listed if each["name"] == name), {})


def command(agent: Agent, *words: str) -> str:
    """What `virtualptz plugins` says."""
    place = ["--runner-base-url", agent.base_url]
    done = subprocess.run(
        [sys.executable, "-m", "virtualptz", "plugins", *words, *place],
        env={**os.environ, "RUNNER_STATE_DIR": str(agent.state_dir), "RUNNER_API_KEY": API_KEY},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout


@contextmanager
def on_air(agent: Agent, nginx: Nginx, source: str, figures: Figures) -> Iterator[str]:
    """A program that somebody watches throughout, and that nothing within the block may touch."""
    job_id = started(agent, source, "main")
    name = f"{agent.folder.parent.name}-main"
    publisher = nginx.wait_published(name)
    agent.wait_streaming(job_id)
    process = job_process(agent, job_id)
    viewer = Viewer(nginx.url(name))
    viewer.wait_frames(25)
    yield job_id
    viewer.wait_frames(25)
    dropped = agent.status(job_id)["frames_dropped"]
    recording = viewer.close()
    assert job_process(agent, job_id) == process
    assert agent.status(job_id)["restart_count"] == 0
    assert nginx.clients(name).publishers == (publisher,)
    judge.assert_steady(recording)
    figures.add("pictures lost", lost(recording))
    assert lost(recording) <= dropped, "pictures that nobody dropped for want of time are missing on air"


def job_process(agent: Agent, job_id: str) -> int:
    return int((agent.state_dir / "jobs" / job_id / "pid").read_text().split()[0])


def wait_policy(agent: Agent, job_id: str, policy: str, zoom: float) -> None:
    """The job streams, moved by that policy, at that zoom."""
    agent.wait_streaming(job_id)
    agent.wait_status(job_id, f"policy {policy}", lambda now: now["policy"] == policy)
    agent.wait_status(
        job_id, f"zoom {zoom}", lambda now: abs((now["view"] or {}).get("zoom", 0) - zoom) < 0.01
    )


@pytest.mark.fault(27)
def test_a_plugin_comes_goes_and_comes_back_anew(
    agent: Agent, site: Site, nginx: Nginx, source: str, figures: Figures
) -> None:
    with on_air(agent, nginx, source, figures):
        assert start(agent, source, "none", smoothing_policy="still").status_code == 422
        site.install(STILL, ZOOMED)
        asked = now()
        assert agent.client.post("/runner/plugins/rescan").status_code == 200
        job_id = started(agent, source, "first", smoothing_policy="still")
        figures.add("in force", now() - asked)
        assert plugin(agent, STILL)["version"] == "1.0"
        wait_policy(agent, job_id, "still", 2.0)

        asked = now()
        assert agent.client.post(f"/runner/plugins/{STILL}/disable").json()["state"] == "disabled"
        refused = start(agent, source, "late", smoothing_policy="still")
        figures.add("in force", now() - asked)
        assert refused.status_code == 422
        assert f"(disabled plug-ins: {STILL}" in refused.json()["detail"]
        os.kill(job_process(agent, job_id), signal.SIGKILL)
        agent.wait_status(job_id, "a new process", lambda now: now["restart_count"] == 1)
        wait_policy(agent, job_id, "still", 2.0)
        agent.stop_ingest(job_id)

        site.install(STILL, ZOOMED.replace("default=2.0", "default=3.0"), version="2.0")
        asked = now()
        assert agent.client.post(f"/runner/plugins/{STILL}/enable").json()["version"] == "2.0"
        job_id = started(agent, source, "second", smoothing_policy="still")
        figures.add("in force", now() - asked)
        wait_policy(agent, job_id, "still", 3.0)


@pytest.fixture
def ease(tmp_path: Path) -> Path:
    """A wheel of the example, as its author would publish it."""
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run(
        [*pip, "--wheel-dir", str(tmp_path), str(ROOT / "examples" / "ease")], check=True, timeout=60
    )
    return next(tmp_path.glob("vptz_ease-*.whl"))


@pytest.mark.fault(27)
def test_a_wheel_of_somebody_else_is_installed_on_air(
    agent: Agent, site: Site, ease: Path, nginx: Nginx, source: str, figures: Figures
) -> None:
    """By pip, found by the command, and used by the next job."""
    with on_air(agent, nginx, source, figures) as main:
        assert plugin(agent, "ease") == {}
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
        subprocess.run([*pip, "--target", str(site.folder), str(ease)], check=True, timeout=60)
        asked = now()
        command(agent, "rescan")
        job_id = started(agent, source, "next", smoothing_policy="ease")
        figures.add("in force", now() - asked)
        found = plugin(agent, "ease")
        assert (found["state"], found["distribution"], found["version"]) == ("loaded", "vptz-ease", "1.0")
        agent.wait_streaming(job_id)
        agent.wait_status(job_id, "the new policy", lambda now: now["policy"] == "ease")
        viewer = Viewer(nginx.url(f"{agent.folder.parent.name}-next"))
        viewer.wait_frames(25)
        judge.assert_unbroken(viewer.close())
        assert agent.status(main)["policy"] == "lookahead"


@pytest.mark.fault(27)
def test_a_plugin_that_does_not_work_changes_nothing(
    agent: Agent, site: Site, nginx: Nginx, source: str, figures: Figures
) -> None:
    with on_air(agent, nginx, source, figures):
        agent.post("/runner/plugins/motion/disable", {})
        before = agent.client.get("/runner/plugins").json()
        site.install("lethal", LETHAL)
        answer = agent.client.post("/runner/plugins/rescan")
        assert answer.status_code == 422
        assert "plug-in lethal" in answer.json()["detail"]
        assert "killed by signal 11" in answer.json()["detail"]
        assert agent.client.get("/runner/plugins").json() == before
        assert agent.post("/runner/plugins/lethal/disable", {})["state"] == "disabled"
        assert agent.client.post("/runner/plugins/lethal/enable").status_code == 422

        site.install("raiser", "raise RuntimeError('built for another CPU')")
        assert agent.client.post("/runner/plugins/rescan").status_code == 200
        assert (plugin(agent, "raiser")["state"], plugin(agent, "raiser")["reason"]) == (
            "failed",
            "RuntimeError: built for another CPU",
        )
        assert "virtualptz plugins disable raiser" in plugin(agent, "raiser")["remedy"]
        agent.post("/runner/plugins/raiser/disable", {})
        refused = agent.client.post("/runner/plugins/raiser/enable")
        assert (refused.status_code, plugin(agent, "raiser")["state"]) == (422, "disabled")
        assert "built for another CPU" in refused.json()["detail"]
        assert agent.client.post("/runner/plugins/nosuch/enable").status_code == 404
        needed = agent.client.post("/runner/plugins/policies/disable")
        assert (needed.status_code, plugin(agent, "policies")["state"]) == (422, "loaded")
        assert "RUNNER_SMOOTHING_POLICY" in needed.json()["detail"]


def test_what_was_disabled_stays_so_for_the_next_agent(agent: Agent) -> None:
    agent.post("/runner/plugins/motion/disable", {})
    agent.kill()
    agent.start()
    assert plugin(agent, "motion")["state"] == "disabled"
    assert plugin(agent, "motion")["remedy"] == "virtualptz plugins enable motion"
    assert agent.post("/runner/plugins/motion/enable", {})["state"] == "loaded"


def test_the_command_asks_the_agent_that_runs(agent: Agent) -> None:
    for words, told, state in (
        (["disable", "motion"], "motion 0", "disabled"),
        (["enable", "motion"], "motion 0", "loaded"),
        (["rescan"], "policies 0", "loaded"),
    ):
        assert told in command(agent, *words)
        assert plugin(agent, "motion")["state"] == state


@pytest.mark.fault(27)
def test_settings_are_read_again(agent: Agent, nginx: Nginx, source: str, figures: Figures) -> None:
    file = agent.folder / "runner.toml"

    def read_again(text: str) -> float:
        file.write_text(text)
        agent.send(signal.SIGHUP)
        return now()

    def refusal() -> str:
        """Why a start is refused that could not be anyway: so it can be asked for often."""
        answer = start(agent, "/clip.mp4", "x", detector="nosuch")
        assert answer.status_code == 422
        return str(answer.json()["detail"])

    with on_air(agent, nginx, source, figures) as main:
        assert "RUNNER_SOURCE_ROOTS" not in refusal()
        asked = read_again(
            'smoothing_policy = "deadband"\nsource_roots = ["/srv"]\npreview_token_seconds = 9\n'
        )
        wait_for("the new settings", lambda: "RUNNER_SOURCE_ROOTS" in refusal())
        figures.add("in force", now() - asked)
        wait_for("a word", lambda: "wait for a restart: preview_token_seconds" in agent.log.read_text())
        assert agent.wait_streaming(started(agent, source, "next"))["policy"] == "deadband"
        assert agent.status(main)["policy"] == "lookahead"

        for bad, told in (
            (
                'source_roots = []\n\nmax_jobs = "many"\n',
                f"RUNNER_MAX_JOBS ({file}, line 3): Input should be",
            ),
            ("source_roots = []\nmax_jobs = = 3\n", "line 2, column"),
            ('source_roots = []\nsmoothing_policy = "nosuch"\n', "there is no smoothing policy 'nosuch'"),
        ):
            read_again(bad)
            wait_for(f"{told!r} in the log", lambda told=told: told in agent.log.read_text())  # type: ignore[misc]
            assert "RUNNER_SOURCE_ROOTS" in refusal()
