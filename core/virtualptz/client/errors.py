"""What can become of a call that brings no answer, and what an agent's refusal says."""

from typing import Any

import httpx2

from ..errors import VirtualPtzError

REASON_LENGTH = 300
UNTYPED = "about:blank"
"""RFC 9457's word for an error that says no more than its status."""

Detail = str | list[dict[str, Any]]


class RunnerError(VirtualPtzError):
    """A call that brought nothing; the message says why on one line and holds no credential."""


class RunnerUnreachableError(RunnerError):
    """No answer, or none that an agent gives. Whether the agent did what was asked is not known."""


class RunnerRefusedError(RunnerError):
    """The agent answered, and the answer is no: nothing was done."""

    def __init__(
        self,
        status: int,
        detail: Detail = "",
        *,
        type: str = UNTYPED,  # noqa: A002 - RFC 9457's name
        title: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{status} {_one_line(detail)}".rstrip())
        self.status = status
        self.detail = detail
        """What is wrong this time; a list where fields of the request do not fit, one entry each."""
        self.type = type
        """The URI of the kind of error; `about:blank`: untyped, as what is no agent (a proxy) refuses."""
        self.title = title
        """The kind in words."""
        self.retry_after = retry_after
        """Seconds after which another try may be worth it; None: nothing is said of that."""


def refused(answer: httpx2.Response) -> RunnerRefusedError:
    """From an answer that has been read."""
    try:
        said = answer.json()
    except ValueError:
        said = answer.text
    if not isinstance(said, dict):
        return RunnerRefusedError(answer.status_code, str(said), retry_after=_retry_after(answer))
    detail = said.get("detail", said)
    return RunnerRefusedError(
        answer.status_code,
        detail if _is_list_of_faults(detail) else str(detail),
        type=str(said.get("type", UNTYPED)),
        title=str(said.get("title", "")),
        retry_after=_retry_after(answer),
    )


def _is_list_of_faults(detail: object) -> bool:
    return isinstance(detail, list) and all(isinstance(fault, dict) for fault in detail)


def _retry_after(answer: httpx2.Response) -> float | None:
    """A date, which the header may hold as well, is no number that our agents send."""
    try:
        return float(answer.headers.get("Retry-After", ""))
    except ValueError:
        return None


def _one_line(detail: Detail) -> str:
    return " ".join(str(detail).split())[:REASON_LENGTH]
