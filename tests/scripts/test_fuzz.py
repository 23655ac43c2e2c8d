"""An answer that tells a secret is found, whatever form it has, and so is one that is a defect."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from scripts._fuzz.document import LOGS, teach
from scripts._fuzz.leaks import leaks
from scripts._fuzz.planted import Planted
from scripts._fuzz.rounds import Sent, Target, send
from scripts._fuzz.run import Outcome

WORD = "5e8c3e7b"
WORDS = [WORD, "Traceback (most recent call last)", "/opt/env/lib"]
WELL = Sent(requests=10, defects=(), leaks=(), well=True)


@pytest.mark.parametrize(
    "answer",
    [
        f'{{"source": "rtsp://{WORD}user:***@camera/"}}',
        '{"detail": "no %35e8c3e7b of that name"}',
        f"Location: http://127.0.0.1/?token={WORD}",
        'Traceback (most recent call last):\n  File "/x.py", line 1',
        '{"detail": "in /opt/env/lib/python3.12/uvicorn"}',
    ],
)
def test_what_it_tells_is_found(answer: str) -> None:
    assert leaks(["{}", answer], WORDS)


def test_an_answer_that_tells_nothing_is_none() -> None:
    assert leaks(['{"detail": "a file, say /videos/match.mp4, was expected"}', "Retry-After: 5"], WORDS) == []


def test_logins_are_looked_for_as_they_are_typed_and_as_http_sends_them(tmp_path: Path) -> None:
    planted = Planted(tmp_path, "5e8c")
    words = planted.words()
    assert leaks(["Authorization: Basic NWU4Y3VzZXI6NWU4Yy9wYXNz"], words)
    assert leaks([f"{tmp_path}/state/jobs/ing_1/job.log"], words)
    assert all(
        "5e8c" in value for name, value in planted.settings().items() if "KEY" in name or "URI" in name
    )


def test_what_takes_an_id_takes_those_that_there_are() -> None:
    job = {"type": "object", "properties": {"job_id": {"type": "string"}}}
    parameters = [{"name": name, "in": where} for name, where in (("job_id", "path"), ("follow", "query"))]
    logs: dict[str, Any] = {"parameters": parameters}
    teach({"components": {"schemas": {"Job": job}}, "paths": {LOGS: {"get": logs}}}, ["ing_1"], [])
    some = {"anyOf": [{"enum": ["ing_1", "nobody"]}, {"type": "string"}]}
    assert job["properties"] == {"job_id": some}
    assert logs["parameters"] == [{"name": "job_id", "in": "path", "schema": some}]


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (Outcome(10, WELL, (), (), ()), ""),
        (Outcome(11, WELL, (), (), ()), "10 requests were sent, and not 11"),
        (Outcome(10, Sent(10, ["GET /x: 500"], (), False), (), (), ()), "GET /x: 500"),
        (Outcome(10, Sent(10, (), ["GET /x: secret"], True), (), (), ()), "GET /x: secret"),
        (Outcome(10, WELL, ["ing_1"], (), ()), "1 jobs that ended"),
        (Outcome(10, WELL, (), ["socket"], ()), "socket"),
        (Outcome(10, WELL, (), (), ["Traceback"]), "1 places in the logs"),
    ],
)
def test_what_is_wrong_is_told(outcome: Outcome, told: str) -> None:
    broken = list(outcome.broken())
    assert told in "\n".join(broken)
    assert bool(broken) == bool(told)


class Leaky(BaseHTTPRequestHandler):
    """`/body` and `/head` tell the word, `/defect` fails, `/stop` notes whom it was to stop."""

    stopped: set[str]

    def do_GET(self) -> None:
        self.send_response(500 if self.path == "/defect" else 200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("X-About", WORD if self.path == "/head" else "nothing")
        text = WORD.encode() if self.path == "/body" else b"fine"
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if b"ing_" in asked:
            self.stopped.add(json.loads(asked)["job_id"])
        self.do_GET()

    def send_error(self, code: int, *_: str | None) -> None:
        """Methods that it does not know."""
        super().send_error(405 if code == 501 else code)

    def log_message(self, *_: object) -> None: ...


@contextmanager
def leaky() -> Iterator[tuple[str, set[str]]]:
    """Its address, and the jobs that it was asked to stop."""
    stopped: set[str] = set()
    handler = type("Handler", (Leaky,), {"stopped": stopped})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="leaky")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", stopped
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def target(folder: Path, url: str, *paths: str, jobs: tuple[str, ...] = ()) -> Target:
    one = {"get": {"responses": {"200": {"description": "all"}}}}
    ids = {
        "type": "object",
        "properties": {"job_id": {"enum": ["ing_kept", "ing_other"]}},
        "required": ["job_id"],
    }
    body = {"required": True, "content": {"application/json": {"schema": ids}}}
    stop = {"post": {**one["get"], "requestBody": body}}
    operations = {path: stop if path.endswith("stop") else one for path in paths}
    document = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": operations}
    (folder / "openapi.json").write_text(json.dumps(document))
    return Target(url, "key", folder / "openapi.json", WORDS, jobs)


def test_schemathesis_is_watched(tmp_path: Path) -> None:
    """What a handler tells that it may not, in body or head, ends in the notes, and so does its failure."""
    pytest.importorskip("schemathesis")
    with leaky() as (url, stopped):
        (tmp_path / "bad").mkdir()
        found = send(target(tmp_path / "bad", url, "/body", "/head", "/defect", "/well"), 50)
        stop = target(tmp_path, url, "/runner/ingest/stop", jobs=("ing_kept",))
        well = send(stop, 60, ["--max-examples", "20"])
    assert told_of(found.leaks) == {"/body", "/head"}
    assert told_of(found.defects) == {"/defect"}
    assert not found.well
    assert (well.well, well.leaks, well.defects) == (True, [], [])
    assert well.requests >= 60, "one round is less"
    assert stopped == {"ing_other"}


def told_of(lines: Sequence[str]) -> set[str]:
    """The paths: each is asked with methods that it does not have, too."""
    return {line.partition(":")[0].split()[1] for line in lines}
