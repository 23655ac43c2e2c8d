"""Real servers in processes of their own: signals, sockets, logs."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from virtualptz.cli import main

from ...ports import free_port
from .fake import BEARER, KEY
from .running import DEADLINE, Served, served, wait_for

PLAIN = ["-m", "uvicorn", "tests.core.api.served:app", "--port"]
OURS = ["-m", "tests.core.api.served"]
STREAM = "/runner/preview/stream/preview-1"


@pytest.fixture(params=[PLAIN, OURS], ids=["uvicorn", "serve"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Served]:
    with served(request.param, tmp_path) as server:
        yield server


def first_bytes(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    assert data.startswith(b"HTTP/1.1 200"), data
    return data


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_streams_and_server(server: Served, number: signal.Signals) -> None:
    viewers = [server.raw(STREAM) for _ in range(10)]
    for viewer in viewers:
        first_bytes(viewer)
    code = server.stop(number)
    for viewer in viewers:
        while viewer.recv(1 << 20):
            pass
        viewer.close()
    assert "streams ended" in server.log
    assert "Cancel" not in server.log
    assert "Traceback" not in server.log.replace("KeyboardInterrupt", "")
    assert code == 0 or server.plain


def test_what_hangs_at_the_end_does_not_keep_it_from_ending(tmp_path: Path) -> None:
    with served(OURS, tmp_path, HANG_AT_END="1") as server:
        assert server.stop() == 1
        assert "Finished server process" in server.log
        assert "Timeout (0:00:02)!" in server.log


def test_a_viewer_who_never_reads_is_dropped_and_keeps_nobody(server: Served) -> None:
    """Its connection must be gone too: one left in the server's buffers keeps plain uvicorn for ever."""
    with server.raw(STREAM, receive_buffer=4096):
        wait_for(lambda: established(server.port), "the stream begins")
        wait_for(lambda: not established(server.port), "its connection is gone")
        assert server.is_up()
        server.stop()
    assert "Traceback" not in server.log


def established(port: int) -> list[str]:
    """The server's side of connections to it."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return [line for line in lines if line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "01"]


def test_a_viewer_who_leaves_is_noticed(server: Served) -> None:
    with server.raw(STREAM) as viewer:
        first_bytes(viewer)
    wait_for(lambda: not established(server.port), "the stream ends")
    server.stop()
    assert "Traceback" not in server.log


def test_a_stream_is_parts_of_the_length_they_tell(server: Served) -> None:
    with httpx2.stream("GET", server.url + STREAM, headers=BEARER) as answer:
        assert answer.headers["content-type"] == "multipart/x-mixed-replace; boundary=frame"
        data = b""
        for piece in answer.iter_bytes():
            data += piece
            if data.count(b"--frame\r\n") > 3:
                break
    heads = list(re.finditer(rb"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: (\d+)\r\n", data))
    assert len(heads) >= 3
    for head in heads[:3]:
        start = data.index(b"\r\n\r\n", head.end()) + 4
        end = start + int(head.group(1))
        assert data[end:].startswith(b"\r\n--frame\r\n")


def test_no_token_and_no_key_in_any_log(server: Served) -> None:
    body = {"source_uri_ref": "rtsp://admin:hunter22@camera/x", "profile": {}}
    url = server.post("/runner/preview/start", json=body).json()["preview_url"]
    path, _, token = url.partition("/runner/preview/stream/")[2].partition("?")
    with httpx2.stream("GET", f"{server.url}/runner/preview/stream/{path}?{token}") as answer:
        assert answer.status_code == 200
    assert httpx2.get(f"{server.url}/runner/jobs?api_key={KEY}").status_code == 401
    server.stop()
    log = server.log
    assert f"/runner/preview/stream/{path} HTTP/1.1" in log
    for secret in (token, token.partition(".")[2], KEY, "hunter22", "api_key"):
        assert secret not in log


def test_a_preview_url_outlives_the_agent(tmp_path: Path) -> None:
    with served(OURS, tmp_path) as first:
        url = first.post("/runner/preview/start", json={"source_uri_ref": "rtmp://c/l"}).json()["preview_url"]
        assert url.startswith(f"http://127.0.0.1:{first.port}/runner/preview/stream/preview-2?token=")
        token = url.partition("?")[2]
        first.stop()
    with served(OURS, tmp_path) as second:
        second.post("/runner/preview/start", json={"source_uri_ref": "rtmp://c/l"})
        answer = httpx2.head(f"{second.url}/runner/preview/stream/preview-2?{token}")
        assert answer.status_code == 200


@pytest.mark.parametrize("size", [70_000, 5_000_000])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_long_body_is_413_on_the_wire(tmp_path: Path, size: int, chunked: bool) -> None:
    body = json.dumps({"job_id": "x" * size}).encode()
    pieces = (body[at : at + 8192] for at in range(0, len(body), 8192))
    headers = {**BEARER, "Content-Type": "application/json"}
    with served(OURS, tmp_path) as server:
        answer = server.post("/runner/job/status", content=pieces if chunked else body, headers=headers)
        assert answer.status_code == 413
        assert server.is_up()


def test_an_unforeseen_error_is_logged_once_and_masked(tmp_path: Path) -> None:
    with served(OURS, tmp_path) as server:
        answer = server.post("/runner/job/status", json={"job_id": "boom"})
        assert (answer.status_code, answer.json()["detail"].partition(";")[0]) == (500, "internal error")
        server.stop()
        log = server.log
    assert log.count("RuntimeError: cannot open rtsp://camera/***") == 1
    assert log.count("Traceback") == 1
    assert "hunter22" not in log


def run(command: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=DEADLINE, check=False)


def test_a_port_that_is_taken_is_an_exit_code(tmp_path: Path) -> None:
    with served(OURS, tmp_path) as first:
        environ = {**os.environ, "RUNNER_API_KEY": KEY, "RUNNER_STATE_DIR": str(tmp_path / "other")}
        command = [sys.executable, *OURS, str(first.port)]
        second = run(command, environ)
    assert second.returncode == 3
    assert "Address already in use" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_start_that_fails_is_one_line_and_an_exit_code(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    environ = {**os.environ, "RUNNER_STATE_DIR": str(tmp_path / "file" / "state")}
    for command in (OURS, PLAIN):
        full = [sys.executable, *command, str(free_port())]
        done = run(full, environ)
        assert done.returncode == 3
        assert "RUNNER_STATE_DIR: Not a directory" in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])  # noqa: S104 - what an operator gives
def test_doctor_knows_an_agent_that_has_the_port(
    host: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with served(OURS, tmp_path) as agent:
        main(["doctor", "--json", "--host", host, "--port", str(agent.port)])
    checks = json.loads(capsys.readouterr().out)
    (found,) = [check for check in checks if check["subject"] == "port"]
    assert (found["ok"], found["detail"]) == (True, f"{host}:{agent.port}: an agent runs there")
