"""Requests that no client in its right mind sends, from a seed: the same ones each time."""

import json
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

SECRET = "Kanarie4f"
"""In every address and value that must not come back."""
BAD_SOURCE = f"gopher://user:{SECRET}@host/{SECRET}"
BODIES: dict[str, dict[str, Any]] = {
    "/runner/probe": {"source_uri_ref": BAD_SOURCE, "timeout_seconds": 1},
    "/runner/preview/start": {"source_uri_ref": BAD_SOURCE, "profile": {"fps": 10}},
    "/runner/preview/ptz/update": {"job_id": "nobody", "center_x": 0.5, "center_y": 0.5, "zoom": 1},
    "/runner/ingest/start": {"session_id": "s", "source_uri_ref": BAD_SOURCE, "profile": "balanced"},
    "/runner/ptz/presets/recall": {"job_id": "nobody", "name": "home"},
    "/runner/ptz/update": {"job_id": "nobody", "center_x": 0.5, "center_y": 0.5, "zoom": 1},
    "/runner/ptz/mode": {"job_id": "nobody", "mode": "auto"},
    "/runner/tracking/update": {"job_id": "nobody", "tracking_confidence": 0.5},
}
"""Every one is refused as it is: what is done to it does not make it better."""
GETS = ("/health", "/metrics", "/runner/jobs", "/runner/plugins", "/openapi.json")
MAX_BODY = 64 * 1024
WRONG_VALUES = ("[]", "{}", '"x"', "null", "NaN", "Infinity", "-Infinity", "1e999", "9" * 5000, '"\\ud800"')
WRONG_METHODS = ("PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "get", "X" * 300, "M-SEARCH")
WRONG_TYPES = ("text/plain", "application/xml", "multipart/form-data", "application/x-www-form-urlencoded")
PATHS = (
    "/../../etc/passwd",
    "//runner//jobs",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/runner/job/status%00",
    "/%ff%fe",
    "/runner/preview/stream/..%2f..%2fhealth",
    "/runner/preview/stream/nobody?token=%00",
    "/runner/frames/%0d%0aX:y",
    "/.git/config",
    "/runner;/jobs",
    "/runner/jobs/",
    "*",
    "http://evil.example/runner/job",
    "/" + "a" * 20_000,
    "/runner/preview/stream/x?overlay=perhaps",
    "/runner/preview/stream/x?fps=1e999",
    "/runner/job/snapshot/x?width=1e999&of=%ff",
    "/runner/jobs?kind=%00&state=",
    "/runner/events?types=%00",
    "/runner/events?job_id=%ff&last_event_id=%00-9",
    "/%u0041",
    "/\\..\\x",
)
HEADERS = (
    b"Host: x\r\nHost: y",
    b"No-Colon",
    b"Space : before",
    b": empty",
    b"Host: x\r\n folded: \x00",
    b"Content-Length: -1",
    b"Content-Length: +5",
    b"Content-Length: 5, 6",
    b"Content-Length: 1_0",
    b"Content-Length: 99999999999999999999",
    b"Content-Length: x",
    b"Null: a\x00b",
    b"Bell: \x07",
    b"Transfer-Encoding: gzip",
    b"Transfer-Encoding: chunked, chunked",
    b"Transfer-Encoding: identity",
    b"X: " + b"y" * 70_000,
)
CHUNKS = (
    b"zz\r\nabc\r\n",
    b"-1\r\n\r\n",
    b"ffffffffffffffffffffff\r\n",
    b"3\r\nabcd\r\n0\r\n\r\n",
    b"0x3\r\nabc\r\n",
    b"\r\n\r\n",
    b"3;" + b"e" * 70_000,
    b"0\r\nbad trailer\r\n\r\n",
    b"3 \x00\r\nabc\r\n",
)
GREETINGS = (
    b"GET /\r\n\r\n",
    b"GET\r\n\r\n",
    b"HELLO\r\n\r\n",
    b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    b"\r\n\r\n\r\n \r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET / HTTP/1.1 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n",
    b"*1\r\n$4\r\nPING\r\n\r\n",
    b"GET  / HTTP/1.1\r\n\r\n",
    b"EHLO x\r\n\r\n",
    b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
)
Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Odd:
    """One request, or the beginning of one that cannot be finished."""

    kind: str
    data: bytes
    refused: bool = True
    """The answer must be 4xx; otherwise it may also be a success."""
    answers: int = 1


class Maker:
    """Makes them: `job_id` is one that runs, and only ever named beside something that cannot be."""

    def __init__(self, key: str, job_id: str, seed: int = 20) -> None:
        self._key = key
        self._job_id = job_id
        self._random = random.Random(seed)
        self._kinds: tuple[Callable[[], Odd], ...] = (
            self.broken_json,
            self.wrong_value,
            self.wrong_body,
            self.nested,
            self.wrong_method,
            self.wrong_type,
            self.odd_header,
            self.odd_chunks,
            self.many_headers,
            self.odd_path,
            self.no_key,
            self.too_long,
            self.greeting,
            self.noise,
            self.old_version,
            self.pipelined,
            self.not_on_air,
        )

    def make(self, count: int) -> Iterator[Odd]:
        for number in range(count):
            yield self._kinds[number % len(self._kinds)]()

    def broken_json(self) -> Odd:
        path, body = self._call()
        text = bytearray(json.dumps(body).encode())
        for _ in range(self._random.randint(1, 3)):
            text[self._random.randrange(len(text))] = self._random.choice(b'{}[]",:\\\x00\xff\x80')
        if self._random.random() < 0.5:
            del text[self._random.randrange(len(text)) :]
        return Odd("broken JSON", self._post(path, bytes(text)))

    def wrong_value(self) -> Odd:
        path, body = self._call()
        field = self._random.choice(list(body))
        known = {name: self._job_id if name == "job_id" != field else value for name, value in body.items()}
        text = json.dumps(known | {field: "HERE"})
        values = WRONG_VALUES[:2] if isinstance(body[field], str) else WRONG_VALUES
        wrong = self._random.choice(values)
        return Odd(
            "wrong value", self._post(path, text.replace('"HERE"', wrong).encode()), refused=field != "zoom"
        )

    def wrong_body(self) -> Odd:
        bodies = (
            b"",
            b"[]",
            b"null",
            b'"x"',
            b"7",
            b"\xef\xbb\xbf{}",
            '{"job_id": "x"}'.encode("utf-16"),
            b"a=b",
        )
        return Odd("wrong body", self._post(self._call()[0], self._random.choice(bodies)))

    def nested(self) -> Odd:
        path, body = self._call()
        depth = self._random.choice((100, 5000, 30_000))
        text = json.dumps(body | {"deep": "HERE"}).replace('"HERE"', "[" * depth + "]" * depth)
        return Odd("nested", self._post(path, text.encode()))

    def wrong_method(self) -> Odd:
        path = self._random.choice((*BODIES, *GETS, "/nowhere"))
        return Odd("wrong method", self._head(self._random.choice(WRONG_METHODS), path))

    def wrong_type(self) -> Odd:
        path, body = self._call()
        wrong = {"Content-Type": self._random.choice(WRONG_TYPES)}
        return Odd("wrong type", self._post(path, json.dumps(body).encode(), wrong))

    def odd_header(self) -> Odd:
        head = self._head("GET", self._random.choice((*GETS, "/nowhere"))).removesuffix(b"\r\n")
        return Odd("odd header", head + self._random.choice(HEADERS) + b"\r\n\r\n", refused=False)

    def odd_chunks(self) -> Odd:
        headers = {"Transfer-Encoding": "chunked", "Content-Type": "application/json"}
        head = self._head("POST", self._call()[0], headers)
        return Odd("odd chunks", head + self._random.choice(CHUNKS))

    def many_headers(self) -> Odd:
        headers = {f"X-{number}": "y" * self._random.randrange(30) for number in range(8000)}
        return Odd("many headers", self._head("GET", "/runner/jobs", headers))

    def odd_path(self) -> Odd:
        return Odd("odd path", self._head("GET", self._random.choice(PATHS)), refused=False)

    def no_key(self) -> Odd:
        """None at all: who sends a wrong one waits, as is meant."""
        given = self._random.choice(("", "Basic dXNlcjpwYXNz", "Digest x", SECRET, ",", "\xff"))
        path, body = self._call()
        return Odd("no key", self._post(path, json.dumps(body).encode(), {"Authorization": given}))

    def too_long(self) -> Odd:
        path, body = self._call()
        text = json.dumps(body | {"pad": "x" * self._random.randint(MAX_BODY, 70 * 1024)}).encode()
        return Odd("too long", self._post(path, text))

    def greeting(self) -> Odd:
        return Odd("greeting", self._random.choice(GREETINGS))

    def noise(self) -> Odd:
        return Odd("noise", self._random.randbytes(self._random.randint(1, 2000)) + b"\r\n\r\n")

    def old_version(self) -> Odd:
        path, body = self._call()
        data = self._post(path, json.dumps(body).encode()).replace(b"HTTP/1.1", b"HTTP/1.0", 1)
        return Odd("HTTP/1.0", data)

    def pipelined(self) -> Odd:
        """Requests without a pause, of which the last is none."""
        path, body = self._call()
        post = self._post(path, json.dumps(body).encode())
        return Odd("pipelined", post * 3 + b"nonsense\r\n\r\n", answers=4)

    def not_on_air(self) -> Odd:
        """Names a job that runs, and what it cannot do."""
        wrong = {
            "job_id": self._job_id,
            "center_x": self._random.choice((-1, 2, 1e300)),
            "center_y": 0.5,
            "zoom": 1,
        }
        return Odd("not on air", self._post("/runner/ptz/update", json.dumps(wrong).encode()))

    def _call(self) -> tuple[str, dict[str, Any]]:
        path = self._random.choice(list(BODIES))
        return path, BODIES[path]

    def _post(self, path: str, body: bytes, headers: Headers | None = None) -> bytes:
        usual = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        return self._head("POST", path, {**usual, **(headers or {})}) + body

    def _head(self, method: str, path: str, headers: Headers | None = None) -> bytes:
        usual = {"Host": "agent", "Authorization": f"Bearer {self._key}"}
        lines = [f"{method} {path} HTTP/1.1", *(f"{k}: {v}" for k, v in {**usual, **(headers or {})}.items())]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")
