"""The few calls that the worker and the launcher make to an agent, over one kept-alive connection."""

import ipaddress
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import TracebackType
from typing import Any
from urllib.parse import quote, urlsplit

import httpx2

from ...errors import ConfigError, VirtualPtzError
from ...model import FrameRequest, TrackingUpdate
from .mark import mark_headers

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 5.0
FRAME_SECONDS = 10.0
"""A stream of frames that brings none for so long is opened anew."""
REASON_LENGTH = 300

Key = str | Callable[[], str]


class RunnerError(VirtualPtzError):
    """A call that brought nothing; the message says why and holds no credential."""


class RunnerRefusedError(RunnerError):
    """The agent answered, and the answer is no."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{status} {reason}".rstrip())
        self.status = status


class RunnerUnreachableError(RunnerError):
    """No answer, or none that this agent gives."""


class RunnerClient:
    """Any thread may call. Raises RunnerError for all that goes wrong with a call."""

    def __init__(self, base_url: str, api_key: Key = "", answer_seconds: float = ANSWER_SECONDS) -> None:
        """`api_key` may be a way to look it up, which is then used for each call: keys are replaced."""
        self._http = httpx2.Client(
            base_url=_checked_url(base_url),
            headers=mark_headers(),
            auth=_access(api_key),
            timeout=httpx2.Timeout(answer_seconds, connect=CONNECT_SECONDS),
        )

        self.is_local = _is_loopback(urlsplit(base_url).hostname or "")
        """Whether the agent is reached at this machine's own address."""

    def __enter__(self) -> "RunnerClient":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def push_tracking(self, job_id: str, update: TrackingUpdate) -> None:
        body = {"job_id": job_id, **update.model_dump(mode="json", exclude_unset=True)}
        self._post("/runner/tracking/update", body)

    def job_status(self, job_id: str) -> dict[str, Any]:
        return self._post("/runner/job/status", {"job_id": job_id})

    def jobs(self) -> list[dict[str, Any]]:
        """All jobs that the agent knows, each as `job_status` tells of it."""
        with self._errors():
            answer = self._http.get("/runner/jobs")
        jobs = _answered(answer).get("jobs")
        if not isinstance(jobs, list) or not all(isinstance(job, dict) for job in jobs):
            raise RunnerUnreachableError("the answer lists no jobs: is this a runner agent?")
        return jobs

    def start_ingest(
        self, *, session_id: str, source: str, profile: str, replica_index: int, detector: str = ""
    ) -> str:
        """The new job's id. `detector`: the one that the agent is to run; "": as its settings say."""
        body = {
            "session_id": session_id,
            "source_uri_ref": source,
            "profile": profile,
            "replica_index": replica_index,
        }
        answer = self._post("/runner/ingest/start", {**body, "detector": detector} if detector else body)
        job_id = answer.get("job_id")
        if not isinstance(job_id, str) or not job_id:
            raise RunnerUnreachableError("the answer to ingest/start names no job_id")
        return job_id

    def stop_ingest(self, job_id: str) -> None:
        self._post("/runner/ingest/stop", {"job_id": job_id})

    def change_plugins(self, name: str, verb: str) -> dict[str, Any]:
        """`enable` or `disable` one: what the agent then tells of it; `rescan`, without a name: of all."""
        named = f"{quote(name, safe='')}/{verb}" if name else verb
        return self._post(f"/runner/plugins/{named}", {})

    @contextmanager
    def frames(
        self, job_id: str, request: FrameRequest, *, shared: bool = False
    ) -> Iterator[Iterator[bytes]]:
        """The bytes of the job's frame stream, as they come.

        `shared`: an agent that can is asked to say where in memory the pictures lie, instead of sending them.
        """
        query = {"fps": f"{request.fps:g}", "width": str(request.width)}
        if shared:
            query["transport"] = "shared"
        path = f"/runner/job/frames/{quote(job_id, safe='')}"
        timeout = httpx2.Timeout(FRAME_SECONDS, connect=CONNECT_SECONDS)
        with self._errors(), self._http.stream("GET", path, params=query, timeout=timeout) as answer:
            if not answer.is_success:
                answer.read()
                raise RunnerRefusedError(answer.status_code, _reason(answer))
            yield answer.iter_bytes()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except httpx2.TimeoutException as error:
            raise RunnerUnreachableError(f"no answer in time ({type(error).__name__})") from error
        except httpx2.HTTPError as error:
            raise RunnerUnreachableError(str(error) or type(error).__name__) from error
        except RuntimeError as error:
            if not self._http.is_closed:
                raise
            raise RunnerUnreachableError("the connection was closed on this side") from error

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        with self._errors():
            answer = self._http.post(path, json=body)
        return _answered(answer)


def _checked_url(base_url: str) -> str:
    try:
        parts = urlsplit(base_url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ConfigError("the runner's base URL must look like http://127.0.0.1:9001")
    return base_url


def _access(api_key: Key) -> Callable[[httpx2.Request], httpx2.Request]:
    key_now = api_key if callable(api_key) else partial(str, api_key)
    _checked_key(key_now())

    def sign(request: httpx2.Request) -> httpx2.Request:
        if key := key_now():
            request.headers["Authorization"] = f"Bearer {key}"
        return request

    return sign


def _checked_key(api_key: str) -> str:
    if not (api_key.isascii() and api_key.isprintable()) or " " in api_key:
        raise ConfigError("the API key may hold printable ASCII characters only, no spaces")
    return api_key


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _answered(answer: httpx2.Response) -> dict[str, Any]:
    if not answer.is_success:
        raise RunnerRefusedError(answer.status_code, _reason(answer))
    return _json_object(answer)


def _json_object(answer: httpx2.Response) -> dict[str, Any]:
    try:
        value = answer.json()
    except ValueError as error:
        raise RunnerUnreachableError("the answer is not JSON: is this a runner agent?") from error
    if not isinstance(value, dict):
        raise RunnerUnreachableError("the answer is no JSON object: is this a runner agent?")
    return value


def _reason(answer: httpx2.Response) -> str:
    """What the agent says, on one line."""
    try:
        value = answer.json()
        detail = value.get("detail", value) if isinstance(value, dict) else value
    except ValueError:
        detail = answer.text
    return " ".join(str(detail).split())[:REASON_LENGTH]
