"""Passwords and stream keys: unique strings that must be found nowhere but in the job's own 0600 files."""

import stat
from pathlib import Path
from urllib.parse import quote, unquote

from ..ports import free_port
from .agent import Agent
from .conftest import AgentFactory
from .processes import command_lines
from .servers import Nginx, rtsp_server

USER_PASSWORD = "Zq7!kan@rienvogel"
SOURCE_QUERY = "querykanarie81c"
STREAM_KEY = "keykanarie5d2f"
TARGET_QUERY = "tokenkanarie9e0"
SECRETS = (USER_PASSWORD, quote(USER_PASSWORD, safe=""), SOURCE_QUERY, STREAM_KEY, TARGET_QUERY)


MARK = "Kanarie4f"
"""In every word of the addresses below but scheme, host and port."""
DEAD = (
    f"rtsp://{MARK}user:{MARK}%40pass@HOST/{MARK}-path-key/{MARK}x?{MARK}=%20{MARK}#{MARK}",
    f"rtmp://HOST/{MARK}-application/{MARK}%2Fstream-key",
    f"rtmp://{MARK}user:{MARK}pass@HOST/live/{MARK}-stream-key",
    f"http://{MARK}-token@HOST/{MARK}-path-key/{MARK}.m3u8?sig={MARK}%3D%3D&x={MARK}#{MARK}",
    f"srt://HOST?streamid={MARK}%20stream&passphrase={MARK}%25phrase",
)
REFUSED = (
    f"{MARK}://host/x",
    f"{MARK}:x@host/x",
    f"rtsp://{MARK}:{MARK}/{MARK}@host/x",
    f"rtsp://user:{MARK}@169.254.169.254/{MARK}",
    f"rtmp://host:{MARK}/live",
    f"rtmp://h$/{MARK}",
    f"srt://host:9000?{MARK}=1",
    f"srt://host:9000?mode={MARK}",
    f"srt://{MARK}@host:9000",
    f"file://{MARK}@host/x",
    f"file:rtsp://user:{MARK}@host/x",
    f"concat:rtsp://user:{MARK}@host/x|{MARK}",
    f"-i rtsp://user:{MARK}@host/x",
    f"rtsp:user:{MARK}@host/x",
    f"http://host/{MARK}%00",
    f"http://host/{MARK} {MARK}",
)


def assert_clean(what: str, text: str, secrets: tuple[str, ...] = SECRETS) -> None:
    plain = unquote(text)
    for secret in secrets:
        assert secret not in text, f"{what}: {text[max(0, text.find(secret) - 200) :][:400]}"
        assert secret not in plain, f"{what}, percent-decoded"


def provoke(agent: Agent, source: str) -> None:
    """Everything that might repeat an address to its caller."""
    dead = source.split("@")[0] + f"@127.0.0.1:{free_port()}/x"
    agent.client.post("/runner/probe", json={"source_uri_ref": source, "timeout_seconds": 5})
    agent.client.post("/runner/probe", json={"source_uri_ref": dead, "timeout_seconds": 2})
    for broken in (f"gopher://u:{USER_PASSWORD}@host/x", f"rtsp://u:{USER_PASSWORD}@[bad/x", f"-i {source}"):
        for path, extra in (
            ("/runner/probe", {}),
            ("/runner/preview/start", {"profile": {}}),
            ("/runner/ingest/start", {"session_id": "s", "profile": "balanced"}),
        ):
            answer = agent.client.post(path, json={"source_uri_ref": broken, **extra})
            assert 400 <= answer.status_code < 500, answer.text
    failing = agent.start_ingest(dead, "failing")
    agent.wait_status(failing, "an error", lambda status: bool(status["last_error"]))
    agent.stop_ingest(failing)
    agent.client.get("/runner/plugins")
    agent.client.get("/runner/jobs")


def test_credentials_are_found_nowhere(
    nginx: Nginx, loop_mp4: Path, tmp_path: Path, start_agent: AgentFactory
) -> None:
    with rtsp_server(tmp_path, "play", str(loop_mp4), "me", USER_PASSWORD) as (port, _):
        login = f"me:{quote(USER_PASSWORD, safe='')}"
        source = f"rtsp://{login}@127.0.0.1:{port}/stream?k={SOURCE_QUERY}"
        output = nginx.url("{session_id}-" + STREAM_KEY) + f"?auth={TARGET_QUERY}"
        agent = start_agent(output=output)
        job_id = agent.start_ingest(source, "on-air")
        nginx.wait_published(f"on-air-{STREAM_KEY}")
        preview, url = agent.start_preview(source)
        agent.wait_streaming(job_id)
        seen = command_lines(agent.family())
        provoke(agent, source)
        seen += command_lines(agent.family())
        agent.status(job_id)
        agent.status(preview)
    # The camera is gone: the errors of a reconnect come too.
    agent.wait_status(job_id, "the loss", lambda status: bool(status["last_error"]))
    agent.stop_ingest(job_id)
    assert agent.terminate() == 0

    assert len(agent.answers) > 10
    for answer in [*agent.answers, url]:
        assert_clean("an answer", answer)
    for line in seen:
        assert_clean("a process list", line)
    assert_clean("a log", agent.everything_written())
    assert_private(agent.state_dir)


def test_no_position_in_an_address_is_shown(start_agent: AgentFactory) -> None:
    """Sources that FFmpeg fails on and says so, those that are refused, and requests that are no JSON."""
    agent = start_agent(
        {"RUNNER_INGEST_OUTPUT_URI": f"rtmp://127.0.0.1:{free_port()}/live/{{session_id}}-{MARK}-key"}
    )
    here = f"127.0.0.1:{free_port()}"
    seen: list[str] = []
    jobs = [agent.start_ingest(uri.replace("HOST", here), uri[:3]) for uri in (DEAD[0], DEAD[-1])]
    for uri in DEAD:
        body = {"source_uri_ref": uri.replace("HOST", here), "timeout_seconds": 2}
        assert agent.client.post("/runner/probe", json=body).status_code in (502, 504)
        seen += command_lines(agent.family())
    for job_id in jobs:
        agent.wait_status(job_id, "an error", lambda status: bool(status["last_error"]))
    seen += command_lines(agent.family())
    for uri in REFUSED:
        wrong: tuple[object, ...] = (uri, [uri], {uri: uri})
        for value in wrong:
            assert agent.client.post("/runner/probe", json={"source_uri_ref": value}).status_code == 422
    for text in (f'{{"source_uri_ref": "{MARK}', f'["{MARK}"]', f'"{MARK}"'):
        assert agent.client.post("/runner/probe", content=text).status_code == 422
    metrics = agent.client.get("/metrics").text
    agent.client.get("/runner/jobs")
    agent.stop_all()
    assert agent.terminate() == 0
    for what, text in (
        ("the metrics", metrics),
        ("a process list", "\n".join(seen)),
        ("an answer", "\n".join(agent.answers)),
        ("a log", agent.everything_written()),
    ):
        assert text
        assert_clean(what, text, (MARK,))


def assert_private(folder: Path) -> None:
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for path in folder.rglob("*"):
        if path.is_file() and any(secret.encode() in path.read_bytes() for secret in SECRETS):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
