"""Prepares an agent to be fuzzed: jobs that run, and an OpenAPI document that knows them.

Requests at random never name a job that exists, so most calls would only ever answer 404.
"""

import json
import sys
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Any

import httpx2
from tests.media.clip import Clip, write

STOPS = ("/runner/ingest/stop", "/runner/preview/stop")
"""Would end the jobs that all else is tried on: these get ids at random."""
TRIES, PAUSE_SECONDS = 150, 0.2


def main(url: str, key: str, folder: Path, word: str) -> None:
    """`word`: marks what is secret of the job that knows a camera's login."""
    film = Clip(width=64, height=48, seconds=600.0, audio="", patch=None)
    clip = write(folder / "sources" / "clip.mp4", film)
    _wait(url)
    ingest = {"session_id": "fuzzed", "source_uri_ref": str(clip), "profile": "fluid", "lookahead_seconds": 0}
    closed = f"rtsp://{word}user:{word}%2Fpass@127.0.0.1:9/{word}path?token={word}"
    jobs = [
        _call(url, key, "/runner/ingest/start", ingest)["job_id"],
        _call(url, key, "/runner/ingest/start", {**ingest, "session_id": "hidden", "source_uri_ref": closed})[
            "job_id"
        ],
        _call(url, key, "/runner/preview/start", {"source_uri_ref": str(clip), "profile": {}})["job_id"],
    ]
    document = _call(url, key, "/openapi.json")
    _teach(document, {"job_id": [*jobs, "nobody"], "source_uri_ref": [str(clip), "rtsp://127.0.0.1:9/x"]})
    for path in STOPS:
        content = document["paths"][path]["post"]["requestBody"]["content"]
        some = {"type": "object", "properties": {"job_id": {"type": "string"}}, "required": ["job_id"]}
        content["application/json"]["schema"] = some
    (folder / "openapi.json").write_text(json.dumps(document))


def _wait(url: str) -> None:
    for _ in range(TRIES):
        with suppress(httpx2.TransportError):
            httpx2.get(f"{url}/health")
            return
        Event().wait(PAUSE_SECONDS)
    sys.exit("the agent did not start")


def _call(url: str, key: str, path: str, body: dict[str, Any] | None = None) -> Any:
    method = "GET" if body is None else "POST"
    headers = {"Authorization": f"Bearer {key}"}
    return (
        httpx2.request(method, url + path, json=body, headers=headers, timeout=30).raise_for_status().json()
    )


def _teach(part: object, known: dict[str, list[str]]) -> None:
    """Fields of these names are mostly one of these values."""
    if isinstance(part, list):
        for item in part:
            _teach(item, known)
    if isinstance(part, dict):
        for name, values in known.items():
            fields = part.get("properties")
            if isinstance(fields, dict) and name in fields:
                fields[name] = {"anyOf": [{"enum": values}, {"type": "string"}]}
        for item in part.values():
            _teach(item, known)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4])
