"""The two trials. Whatever does not work ends them."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from tests.media.watch import Viewer

ROOT = Path(__file__).resolve().parents[2]
BUILD = ("hatchling>=1.27", "editables>=0.3")
"""What pip needs beside the dependencies to build the clone and a plug-in."""
NAME = "newcomer"
PICTURES = 50


class TrialError(Exception):
    """A step did not do what somebody new would expect of it."""


@dataclass
class Clock:
    """Steps and their seconds, in their order."""

    steps: list[tuple[str, float]] = field(default_factory=list)

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        begun = time.monotonic()
        yield
        self.steps.append((what, time.monotonic() - begun))

    @property
    def seconds(self) -> float:
        return sum(seconds for _, seconds in self.steps)


@dataclass(frozen=True)
class Place:
    """A folder with a clone, its own environment, and all that pip would download."""

    folder: Path
    commit: str = "HEAD"

    @property
    def clone(self) -> Path:
        return self.folder / "virtualptz"

    @property
    def programs(self) -> Path:
        return self.clone / ".venv" / "bin"

    def environment(self, **settings: str) -> dict[str, str]:
        """Of somebody who has downloaded everything and set nothing."""
        ours = ("RUNNER_", "PREVIEW_", "VPTZ_", "PYTHON", "VIRTUAL_ENV")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.folder / "downloads")}
        return inherited | offline | {"PYTHON": sys.executable} | settings

    def run(self, *command: str | Path, **settings: str) -> str:
        """What it printed."""
        words = [str(word) for word in command]
        done = subprocess.run(
            words,
            cwd=self.clone,
            env=self.environment(**settings),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise TrialError(f"{' '.join(words)}: {done.stdout[-1000:]}{done.stderr[-1000:]}")
        return done.stdout


def download(place: Place) -> float:
    """Seconds. From the package index, or from pip's cache: this depends on the line, not on us."""
    begun = time.monotonic()
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(place.folder / "downloads")]
    subprocess.run([*pip, f"{ROOT}[ffmpeg]", *BUILD], check=True, stderr=subprocess.DEVNULL)
    for built in (place.folder / "downloads").glob("virtualptz*"):
        built.unlink()
    return time.monotonic() - begun


def to_a_moving_picture(place: Place) -> Clock:
    """Clone, scripts/demo, and its program in a viewer's hands."""
    clock = Clock()
    with clock.step("`git clone`"):
        command = ["git", "clone", "--quiet", str(ROOT), str(place.clone)]
        subprocess.run(command, check=True)
        place.run("git", "checkout", "--quiet", "--detach", place.commit)
    command = ["scripts/demo", "--seconds", "10"]
    begun = time.monotonic()
    with subprocess.Popen(
        command,
        cwd=place.clone,
        env=place.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as demo:
        lines: list[str] = []
        url = _wait_line(demo, r"(http://\S+/runner/preview/stream/\S+)", lines, clock, begun)
        with clock.step("the first two pictures that differ, at the URL it names"):
            see_motion(url)
        lines.extend(demo.stdout or ())
    if demo.returncode:
        raise TrialError("".join(lines[-20:]))
    return clock


def _wait_line(
    demo: "subprocess.Popen[str]", pattern: str, lines: list[str], clock: Clock, begun: float
) -> str:
    drawn = False
    for line in demo.stdout or ():
        lines.append(line)
        if line.startswith("Drawing") and not drawn:
            drawn = True
            clock.steps.append(("`scripts/demo`: environment, installation", time.monotonic() - begun))
            begun = time.monotonic()
        if found := re.search(pattern, line):
            clock.steps.append(("`scripts/demo`: draws a match, goes on air", time.monotonic() - begun))
            return found[1]
    raise TrialError("".join(lines[-20:]))


def see_motion(url: str) -> None:
    """Until two pictures of a preview differ."""
    with httpx2.stream("GET", url, timeout=30, trust_env=False) as answer:
        body = b""
        for piece in answer.iter_bytes():
            body += piece
            if len(set(re.findall(rb"\xff\xd8.*?\xff\xd9", body, re.DOTALL))) > 1:
                return
    raise TrialError(f"{url} ended")


def post(client: httpx2.Client, path: str, **body: object) -> dict[str, object]:
    answer = client.post(path, json=body)
    if not answer.is_success:
        raise TrialError(f"{path}: {answer.status_code} {answer.text}")
    found: dict[str, object] = answer.json()
    return found


@dataclass(frozen=True)
class Agent:
    """An agent of the clone."""

    client: httpx2.Client
    clip: Path

    def status(self, job_id: str) -> dict[str, object]:
        return post(self.client, "/runner/job/status", job_id=job_id)

    def another(self, **asked: object) -> str:
        """One more ingest of the clip that the demonstration has drawn, when it streams; its id."""
        body = {"source_uri_ref": str(self.clip), "profile": "balanced", **asked}
        job_id = str(post(self.client, "/runner/ingest/start", **body)["job_id"])
        wait("the job", lambda: self.status(job_id)["phase"] == "streaming")
        return job_id


def target(port: object) -> str:
    return f"udp://127.0.0.1:{port}"


@contextmanager
def agent_of(place: Place) -> Iterator[Agent]:
    """Jobs publish to the port that their session is named by; motion says where play is."""
    port = free_port(socket.SOCK_STREAM)
    settings = {
        "RUNNER_STATE_DIR": str(place.folder / "state"),
        "RUNNER_CONFIG": str(place.folder / "runner.toml"),
        "RUNNER_INGEST_OUTPUT_URI": f"{target('{session_id}')}?pkt_size=1316",
        "RUNNER_DETECTOR": "motion",
    }
    with (
        (place.folder / "agent.log").open("wb") as log,
        httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False) as client,
        subprocess.Popen(
            [place.programs / "virtualptz", "serve", "--port", str(port)],
            env=place.environment(**settings),
            stdout=log,
            stderr=log,
        ) as process,
    ):
        try:
            wait("the agent", lambda: _answers(client))
            yield Agent(client, next((place.clone / "demo-output").glob("court-*.mp4")))
        finally:
            process.terminate()


def to_a_policy_on_air(place: Place) -> Clock:
    """From nothing to a policy of one's own that steers a job, while another one is on air."""
    clock = Clock()
    ours = place.programs / "virtualptz"
    with agent_of(place) as agent:
        before = agent.another(session_id=str(free_port(socket.SOCK_DGRAM)))
        with clock.step(f"`virtualptz plugins new {NAME} --kind policy`"):
            place.run(ours, "plugins", "new", NAME, "--kind", "policy")
        with clock.step(f"`pip install ./vptz-{NAME}`"):
            place.run(place.programs / "pip", "install", "--quiet", f"./vptz-{NAME}")
        with clock.step("`virtualptz plugins rescan`"):
            file = str(place.folder / "runner.toml")
            base = str(agent.client.base_url)
            place.run(ours, "plugins", "rescan", "--runner-base-url", base, RUNNER_CONFIG=file)
        port = free_port(socket.SOCK_DGRAM)
        viewer = Viewer(target(port))
        with clock.step(f"an ingest with `smoothing_policy: {NAME}`, until its status names it"):
            job_id = agent.another(session_id=str(port), smoothing_policy=NAME)
            wait("the policy", lambda: agent.status(job_id)["policy"] == NAME)
        with clock.step(f"{PICTURES} pictures of its program, decoded, with its camera on the move"):
            first = agent.status(job_id)["view"]
            viewer.wait_frames(PICTURES)
            wait("the camera", lambda: agent.status(job_id)["view"] != first)
        viewer.close()
        for each in (before, job_id):
            if agent.status(each)["restart_count"]:
                raise TrialError(f"{agent.status(each)}")
    return clock


def _answers(client: httpx2.Client) -> bool:
    try:
        return client.get("/healthz").is_success
    except httpx2.TransportError:
        return False


def wait(what: str, condition: Callable[[], bool], timeout: float = 60.0) -> None:
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end:
            raise TrialError(f"waited {timeout:g} s in vain for {what}")
        time.sleep(0.1)


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
