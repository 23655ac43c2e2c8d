"""`Idempotency-Key`: a start that is asked for twice starts one job."""

import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Header, Response

from ..jobs.status import JobStatus, Once
from ..model import JobKind
from ..wire.base import Request
from ..wire.problems import Name
from .services import Services

REPLAYED = "Idempotency-Replayed"
STARTS: tuple[int | Name, ...] = (422, "key-in-use", "key-reused", 503, "stopping", "store-failed")
"""What each start may be refused for."""
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[ -~]+$",
        description="asked for again with the same key and body within 24 h, nothing more is started",
    ),
]


async def started_once(
    services: Services,
    kind: JobKind,
    key: str | None,
    body: Request,
    answer: Response,
    begin: Callable[[Once | None], Awaitable[JobStatus]],
) -> str:
    """The id of the job that `begin` began, or of the one that this key began before.

    Raises KeyInUseError, KeyReusedError, and what `begin` does: then the key is as good as new.
    """
    if key is None:
        return (await begin(None)).job_id
    once = Once(key, _digest(kind, body))
    with services.engine.starts.claim(once) as earlier:
        if earlier is None:
            return (await begin(once)).job_id
    answer.headers[REPLAYED] = "true"
    return earlier


def _digest(kind: JobKind, body: Request) -> str:
    """Of what was sent, not of what stands for the rest: that may be otherwise in the next version."""
    sent = body.model_dump(mode="json", exclude_unset=True)
    return hashlib.sha256(f"{kind}\n{json.dumps(sent, sort_keys=True)}".encode()).hexdigest()
