import asyncio
from collections.abc import AsyncGenerator

import pytest
from starlette.testclient import TestClient

from virtualptz.api import routes_snapshot
from virtualptz.errors import LimitError
from virtualptz.jobs.messages import TapOf
from virtualptz.jobs.status import FrameStreamRequest, JpegFrame
from virtualptz.model import JobKind

from .fake import MemoryEngine

SNAPSHOT = "/runner/job/snapshot/"


@pytest.mark.parametrize(
    ("query", "of", "scale", "quality"),
    [
        ("", "program", "640:-1", 5),
        ("?of=program&width=320", "program", "320:-1", 5),
        ("?of=source&q=2", "source", "640:-1", 2),
        ("?overlay=1", "overlay", "640:-1", 5),
        ("?overlay=1&of=source", "overlay", "640:-1", 5),
        ("?overlay=0", "program", "640:-1", 5),
    ],
)
@pytest.mark.parametrize("kind", ["ingest", "preview"])
def test_one_picture(
    client: TestClient, engine: MemoryEngine, kind: JobKind, query: str, of: TapOf, scale: str, quality: int
) -> None:
    engine.pictures = (JpegFrame(1.5, 4, 2, b"\xff\xd8one\xff\xd9"), JpegFrame(1.6, 4, 2, b"two"))
    answer = client.get(f"{SNAPSHOT}{engine.add(kind).job_id}{query}")
    assert (answer.status_code, answer.content) == (200, b"\xff\xd8one\xff\xd9")
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "no-store"
    told = [answer.headers[f"x-frame-{name}"] for name in ("pts", "width", "height")]
    assert told == ["1.500000", "4", "2"]
    assert engine.asked == [{"frames": FrameStreamRequest(of, 60.0, scale, quality)}]


def test_the_viewers_place_is_given_up(
    client: TestClient, engine: MemoryEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Place:
        closed = False

        def __aiter__(self) -> "Place":
            return self

        async def __anext__(self) -> JpegFrame:
            return JpegFrame(1.5, 4, 2, b"one")

        async def aclose(self) -> None:
            self.closed = True

    place = Place()
    monkeypatch.setattr(engine, "_frames", lambda: place)
    assert client.get(SNAPSHOT + engine.add("ingest").job_id).content == b"one"
    assert place.closed


@pytest.mark.parametrize("query", ["of=overlay", "width=8", "width=x", "q=1", "overlay=1&of=program"])
def test_what_cannot_be(client: TestClient, engine: MemoryEngine, query: str) -> None:
    assert client.get(f"{SNAPSHOT}{engine.add('ingest').job_id}?{query}").status_code == 422


def test_jobs_without_a_picture(
    client: TestClient, engine: MemoryEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = engine.add("ingest").job_id
    assert client.get(f"{SNAPSHOT}nobody").status_code == 404
    engine.pictures = ()
    assert client.get(SNAPSHOT + job_id).status_code == 409, "it ended while it was waited for"
    engine.fails = LimitError("8 viewers are there already")
    assert client.get(SNAPSHOT + job_id).status_code == 503
    engine.fails = None
    closed = asyncio.Event()

    async def never() -> AsyncGenerator[JpegFrame, None]:
        try:
            await asyncio.Event().wait()
            yield JpegFrame(0, 0, 0, b"")
        finally:
            closed.set()

    monkeypatch.setattr(engine, "_frames", never)
    monkeypatch.setattr(routes_snapshot, "PICTURE_SECONDS", 0.05)
    answer = client.get(SNAPSHOT + job_id)
    assert answer.json()["type"] == "urn:virtualptz:error:no-picture"
    assert (answer.status_code, closed.is_set()) == (503, True)
