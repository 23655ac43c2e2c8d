"""Sources that would read files, reach inside or pass options: nothing is opened for them."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest

from ..canaries import Canary, Listener, canary, listener
from ..core.test_uris import BAD_FILES
from ..e2e.agent import Agent
from ..e2e.conftest import AgentFactory
from ..e2e.processes import wait_for
from ..hostile_rtsp import Asked, moved, rtsp_server
from ..media.clip import Clip, write
from .bad_sources import CALLS, NAMED_INSIDE, corpus
from .figures import Figures
from .rest import wait_rest

LISTED = "127.0.0.2"
LED_TO = (
    "file:{file}",
    "{file}",
    "concat:{file}|{file}",
    "subfile,,start,0,end,9999,,:{file}",
    "crypto:{file}",
    "rtmp://127.0.0.1:{port}/x",
    "gopher://127.0.0.1:{port}/x",
)
FROM_HTTP = (*LED_TO, "rtsp://127.0.0.1:{port}/x", "tcp://127.0.0.1:{port}")
FROM_RTSP = (
    *LED_TO,
    "rtspt://127.0.0.1:{port}/x",
    "rtsp+http://127.0.0.1:{port}/x",
    "http://127.0.0.1:{port}/x",
    "tcp://127.0.0.1:{port}",
)
PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n{}\n#EXT-X-ENDLIST\n"


@pytest.fixture
def secret(tmp_path: Path) -> Iterator[Canary]:
    """A video that FFmpeg could well play."""
    path = write(tmp_path / "secret.ts", Clip(width=320, height=180, seconds=1.0))
    with canary(path) as watched:
        yield watched


@pytest.fixture
def inside() -> Iterator[Listener]:
    with listener() as listens:
        yield listens


def seconds_of_children(agent: Agent) -> float:
    """Of all that the agent ever started and buried: a process that was started shows in it for good."""
    times = psutil.Process(agent.pid).cpu_times()
    return float(times.children_user + times.children_system)


def status_of(agent: Agent, path: str, uri: str, **more: object) -> int:
    body = json.dumps({"source_uri_ref": uri, **CALLS[path], **more})
    answer = agent.client.post(path, content=body, headers={"Content-Type": "application/json"})
    return answer.status_code


def count(
    agent: Agent, secret: Canary, inside: Listener, calls: list[tuple[str, str]], figures: Figures
) -> None:
    """Each of the calls must be refused, and nothing come of any."""
    let_in = [call for call in calls if status_of(agent, *call) != 422]
    processes = len(psutil.Process(agent.pid).children(recursive=True)) + (seconds_of_children(agent) > 0)
    seen = secret.touched + len(inside.calls)
    figures.add("refused", 100 * (1 - len(let_in) / len(calls)))
    figures.add("processes started", processes)
    figures.add("canaries seen", seen)
    assert let_in == []
    assert (processes, seen) == (0, 0)
    assert agent.client.get("/runner/jobs").json() == {"jobs": []}


@pytest.mark.fault(23)
def test_bad_sources(
    start_agent: AgentFactory, secret: Canary, inside: Listener, tmp_path: Path, figures: Figures
) -> None:
    agent = start_agent({"RUNNER_SPARE_PROCESS": "false"})
    bad = list(dict.fromkeys(corpus(secret.path, inside.port, tmp_path)))
    assert len(bad) > 200
    calls = [(path, uri) for uri in bad for path in CALLS]
    # A probe tells in its own way of a file that is not there.
    calls += [(path, uri) for uri in BAD_FILES for path in CALLS if path != "/runner/probe"]
    count(agent, secret, inside, calls, figures)
    # What is asserted there would fail where something was opened.
    assert status_of(agent, "/runner/probe", str(secret.path), timeout_seconds=30) == 200
    assert status_of(agent, "/runner/probe", f"http://127.0.0.1:{inside.port}/x", timeout_seconds=30) == 502
    assert secret.touched
    assert inside.calls
    wait_for("the time that the probes took", lambda: seconds_of_children(agent) > 0)


@pytest.mark.fault(23)
def test_hosts_and_folders_that_are_not_allowed(
    start_agent: AgentFactory, secret: Canary, inside: Listener, tmp_path: Path, figures: Figures
) -> None:
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / "link.ts").symlink_to(secret.path)
    settings = {"RUNNER_SOURCE_HOSTS": "10.0.0.0/8", "RUNNER_SOURCE_ROOTS": str(tmp_path / "clips")}
    agent = start_agent({"RUNNER_SPARE_PROCESS": "false", **settings})
    outside = (
        secret.path,
        tmp_path / "clips" / "link.ts",
        tmp_path / "clips" / ".." / "secret.ts",
        "/etc/passwd",
    )
    bad = [uri.format(port=inside.port) for uri in NAMED_INSIDE.split()] + list(map(str, outside))
    count(agent, secret, inside, [(path, uri) for uri in bad for path in CALLS], figures)


@pytest.mark.fault(23)
def test_servers_that_lead_elsewhere(
    start_agent: AgentFactory, secret: Canary, inside: Listener, figures: Figures
) -> None:
    """Servers that may be named, and that answer with what may not: playlists and redirects."""
    agent = start_agent()
    ways, moves = (
        [way.format(file=secret.path, port=inside.port) for way in ways] for ways in (FROM_HTTP, FROM_RTSP)
    )
    with (
        hostile_http(ways) as http,
        rtsp_server(lambda asked: moved(moves[int(asked.name)])) as (rtsp, asked),
    ):
        sources = [
            f"{http}/{kind}/{index}.m3u8" for index in range(len(ways)) for kind in ("list", "redirect")
        ]
        sources += [f"{rtsp}/{index}" for index in range(len(moves))]
        with ThreadPoolExecutor(4) as pool:
            found = list(
                pool.map(lambda uri: status_of(agent, "/runner/probe", uri, timeout_seconds=20), sources)
            )
    figures.add("canaries seen", secret.touched + len(inside.calls))
    assert set(found) <= {502, 504}
    assert inside.calls == []
    assert not secret.touched
    assert {each.name for each in asked} == {str(index) for index in range(len(moves))}
    assert secret.path.read_bytes()
    assert secret.touched, "the canary sleeps"


@pytest.mark.fault(23)
def test_a_listed_server_that_leads_to_others(
    start_agent: AgentFactory, inside: Listener, figures: Figures
) -> None:
    """Those of the operator's list are all that is reached, whatever a playlist or a redirect names."""
    agent = start_agent({"RUNNER_SOURCE_HOSTS": LISTED})
    there = [f"{scheme}://127.0.0.1:{inside.port}/x.ts" for scheme in ("http", "https")]
    with hostile_http(there, LISTED) as http:
        for kind in ("list", "redirect"):
            for index in range(len(there)):
                source = {"source_uri_ref": f"{http}/{kind}/{index}.m3u8", "timeout_seconds": 20}
                answer = agent.client.post("/runner/probe", json=source)
                assert answer.status_code == 502
                assert "RUNNER_SOURCE_HOSTS does not allow" in answer.json()["detail"]
    figures.add("canaries seen", len(inside.calls))
    assert inside.calls == []


@pytest.mark.fault(23)
def test_a_listed_rtsp_server_that_leads_to_others(start_agent: AgentFactory, inside: Listener) -> None:
    agent = start_agent({"RUNNER_SOURCE_HOSTS": LISTED})
    with rtsp_server(lambda _: moved(f"rtsp://127.0.0.1:{inside.port}/x"), LISTED) as (rtsp, asked):
        assert status_of(agent, "/runner/probe", f"{rtsp}/x", timeout_seconds=20) == 502
    assert asked
    assert inside.calls == []


@pytest.mark.fault(23)
def test_a_login_is_not_told_to_whom_its_rtsp_server_names(start_agent: AgentFactory) -> None:
    agent = start_agent()
    with (
        rtsp_server(challenge, LISTED) as (other, told),
        rtsp_server(lambda _: moved(f"{other}/x")) as (rtsp, asked),
    ):
        source = rtsp.replace("//", "//user:word@")
        assert status_of(agent, "/runner/probe", f"{source}/x", timeout_seconds=20) == 502
    assert asked
    assert {each.authorization for each in told} <= {""}


def challenge(asked: Asked) -> str:
    return "200 OK" if asked.method == "OPTIONS" else '401 Who?\nWWW-Authenticate: Basic realm="other"'


@pytest.mark.fault(23)
def test_an_rtsp_server_that_leads_in_a_circle(start_agent: AgentFactory) -> None:
    """It is gone round some times, and no more."""
    agent = start_agent()
    with rtsp_server(lambda asked: moved(asked.uri)) as (rtsp, asked):
        assert status_of(agent, "/runner/probe", f"{rtsp}/x", timeout_seconds=20) == 502
        assert 1 < len(asked) < 20
    agent.client.close()
    wait_rest(agent)


@contextmanager
def hostile_http(ways: list[str], address: str = "127.0.0.1") -> Iterator[str]:
    """`/list/N.m3u8` is a playlist of way N, `/redirect/N.m3u8` a redirect to it."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            _, kind, name = self.path.split("/")
            way = ways[int(name.removesuffix(".m3u8"))]
            text = PLAYLIST.format(way).encode() if kind == "list" else b""
            self.send_response(200 if kind == "list" else 302)
            self.send_header("Content-Length", str(len(text)))
            if kind == "redirect":
                self.send_header("Location", way)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer((address, 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://{address}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
