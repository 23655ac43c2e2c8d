"""Bad sources, named to a real agent: refused before a process, a connection or a file is opened."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from ..canaries import Canary, Listener, canary, listener
from ..core.test_uris import BAD_FILES, BAD_URLS
from .agent import Agent
from .conftest import AgentFactory
from .processes import wait_for

CALLS: dict[str, dict[str, object]] = {
    "/runner/probe": {"timeout_seconds": 2},
    "/runner/preview/start": {"profile": {}},
    "/runner/ingest/start": {"session_id": "5004", "profile": "fluid"},
}
PLAYLISTS = {
    "list.m3u8": "#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:{port}/x.ts\n#EXTINF:1,\n{file}\n",
    "list.M3U": "#EXTM3U\n{file}\n",
    "list.pls": "[playlist]\nFile1=http://127.0.0.1:{port}/x\n",
    "list.ffconcat": "ffconcat version 1.0\nfile '{file}'\n",
    "camera.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video {port} RTP/AVP 96\n",
    "film.mpd": "<MPD><Period><BaseURL>http://127.0.0.1:{port}/</BaseURL></Period></MPD>",
}
TO_THE_FILE = """
    concat:{file}|{file} concatf:{file} subfile,,start,0,end,9,,:{file} SUBFILE,,start,0,end,9,,:{file}
    crypto:{file} crypto+file:{file} async:{file} cache:{file} async:cache:{file} tee:{file} md5:{file}
    unix:{file} bluray:{file} file:crypto:{file} file:subfile,,start,0,end,9,,:{file} file://127.0.0.1{file}
    file:.{file} lavfi:movie={file} fd:{file} pipe:{file} file+crypto:{file} -i{file} --{file}
"""
TO_THE_PORT = """
    tcp: tls: gopher: gophers: ftp: sftp: smb: http+tcp: hls+http: hls+https: applehttp+http: crypto+http:
    async:http: cache:http: concat:http: subfile,,start,0,end,9,,:http: httpproxy: rtmpt: rtmpe: rtmpte:
    rtmpts: ffrtmphttp: ffrtmpcrypt: rtp: srtp: sctp: udplite: prompeg: icecast: mmsh: mmst: amqp: amqps:
    rist: zmq:tcp: ipfs: ws: wss: file:http: -http:
"""
TWISTED = """
    http:/{port} http:{port} http:\\\\{port} http://{port}/%0d%0aX:%20y http://{port}/%00
    http://user:a/b@{port}/ http://{port}:80/ http://-@{port}x/ srt://{port}?mode=caller&srt_filter=x
    srt://{port}?protocol_whitelist=file srt://user:pass@{port} udp://{port}?protocol_whitelist=file
    udp://user@{port} srt://{port}?mode=tee
"""


def corpus(file: Path, port: int, folder: Path) -> Iterator[str]:
    """Those of our own kind that would lead to the canaries, were they opened; then all the others."""
    for name, text in PLAYLISTS.items():
        (folder / name).write_text(text.format(file=file, port=port))
        (folder / f"{name}.mp4").symlink_to(folder / name)
        yield from (str(folder / name), f"file://{folder / name}", str(folder / f"{name}.mp4"))
    here = f"127.0.0.1:{port}"
    yield from (form.format(file=file) for form in TO_THE_FILE.split())
    yield from (f"{scheme}//{here}/x.ts" for scheme in TO_THE_PORT.split())
    yield from (form.format(port=here) for form in TWISTED.split())
    data = base64.b64encode(PLAYLISTS["list.m3u8"].format(file=file, port=port).encode()).decode()
    yield f"data:application/vnd.apple.mpegurl;base64,{data}"
    yield from (
        f"http://{here}/{end}" for end in ("a b", "a\tb", "a\r\nX: y", "a\x00", "a\x7f", "a\u2028", "a\\b")
    )
    yield from (f"rtmp://{here}/live swfUrl=http://{here}/ live=1", f" http://{here}/", f"http://{here}/ ")
    yield from BAD_URLS


@pytest.fixture
def secret(tmp_path: Path, short_mp4: Path) -> Iterator[Canary]:
    """A video that FFmpeg could well play."""
    path = tmp_path / "secret.ts"
    path.write_bytes(short_mp4.read_bytes())
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


def status_of(agent: Agent, path: str, uri: str) -> int:
    body = json.dumps({"source_uri_ref": uri, **CALLS[path]})
    answer = agent.client.post(path, content=body, headers={"Content-Type": "application/json"})
    return answer.status_code


def test_nothing_is_opened_for_a_bad_source(
    start_agent: AgentFactory, secret: Canary, inside: Listener, tmp_path: Path
) -> None:
    agent = start_agent({"RUNNER_SPARE_PROCESS": "false"})
    bad = list(dict.fromkeys(corpus(secret.path, inside.port, tmp_path)))
    assert len(bad) > 200
    calls = [(path, uri) for uri in bad for path in CALLS]
    # A probe tells in its own way of a file that is not there.
    calls += [(path, uri) for uri in BAD_FILES for path in CALLS if path != "/runner/probe"]
    assert [call for call in calls if status_of(agent, *call) != 422] == []
    assert not secret.touched
    assert inside.calls == []
    assert psutil.Process(agent.pid).children(recursive=True) == []
    assert seconds_of_children(agent) == 0
    assert agent.client.get("/runner/jobs").json() == {"jobs": []}
    the_canaries_sing(agent, secret, inside)


def the_canaries_sing(agent: Agent, secret: Canary, inside: Listener) -> None:
    """What is asserted above would fail where something was opened."""
    assert status_of(agent, "/runner/probe", str(secret.path)) == 200
    assert status_of(agent, "/runner/probe", f"http://127.0.0.1:{inside.port}/x") == 502
    assert secret.touched
    assert inside.calls
    wait_for("the time that the probes took", lambda: seconds_of_children(agent) > 0)
