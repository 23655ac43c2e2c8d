"""One call as a value: what is sent, and how the answer is read. Nothing here does I/O."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import quote

import httpx2
from pydantic import BaseModel, TypeAdapter, ValidationError

from ..errors import ConfigError
from .errors import RunnerError, RunnerUnreachableError, refused
from .multipart import FramePart
from .understanding import understood

T = TypeVar("T")
LONGEST_KEY = 255

ModelT = TypeVar("ModelT", bound=BaseModel)
Query = Mapping[str, str | list[str]]


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: Query = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    """How long the answer may take, or the next piece of a stream; 0: as long as the client has for any."""


@dataclass(frozen=True)
class Call(Generic[T]):
    """A request whose answer comes as a whole."""

    request: Request

    def read(self, answer: httpx2.Response) -> T:
        """Raises RunnerError."""
        if not answer.is_success:
            raise refused(answer)
        return self.parsed(answer)

    def parsed(self, answer: httpx2.Response) -> T:
        """What an answer that is no refusal holds. Raises RunnerUnreachableError."""
        raise NotImplementedError


@dataclass(frozen=True)
class JsonCall(Call[T]):
    answers: type[T] | TypeAdapter[T]
    also: int = 0
    """A status that is an answer too, and no refusal."""

    def read(self, answer: httpx2.Response) -> T:
        return self.parsed(answer) if answer.status_code == self.also else super().read(answer)

    def parsed(self, answer: httpx2.Response) -> T:
        try:
            value = answer.json()
        except ValueError as error:
            raise RunnerUnreachableError("the answer is not JSON: is this a runner agent?") from error
        if not isinstance(value, dict):
            raise RunnerUnreachableError("the answer is no JSON object: is this a runner agent?")
        answers = self.answers
        return understood(answers if isinstance(answers, TypeAdapter) else TypeAdapter(answers), value)


@dataclass(frozen=True)
class TextCall(Call[str]):
    def parsed(self, answer: httpx2.Response) -> str:
        return answer.text


@dataclass(frozen=True)
class PictureCall(Call[FramePart]):
    def parsed(self, answer: httpx2.Response) -> FramePart:
        return FramePart.of(dict(answer.headers), answer.content)


Reader = Callable[[bytes], Iterable[T]]
"""Takes a stream's bytes as they come; gives what has become whole. Raises RunnerUnreachableError."""


@dataclass(frozen=True)
class Stream(Generic[T]):
    """A request whose answer goes on and on."""

    request: Request
    reader: Callable[[], Reader[T]]
    """A new one for each connection."""
    media_type: str = ""
    """Where set, any other is not what was asked for."""

    def opened(self, answer: httpx2.Response) -> Reader[T]:
        """Raises RunnerError; a refusal has been read."""
        if not answer.is_success:
            raise refused(answer)
        if not answer.headers.get("Content-Type", "").startswith(self.media_type):
            raise RunnerUnreachableError(f"the answer is not {self.media_type}: is this a runner agent?")
        return self.reader()


class Lasting(Protocol[T]):
    """A stream that is opened again where it ends."""

    def stream(self) -> Stream[T]:
        """The next connection's."""

    def pause_after(self, error: RunnerError | None) -> float:
        """Seconds until then. Raises `error`, why the last one ended, where the next would be no better."""


def idempotent(key: str | None) -> dict[str, str]:
    """The header of a start that may be sent again. Raises ConfigError."""
    if key is None:
        return {}
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise ConfigError(f"an idempotency key has 1 to {LONGEST_KEY} printable ASCII characters")
    return {"Idempotency-Key": key}


def path(template: str, **names: str) -> str:
    return template.format(**{name: quote(value, safe="") for name, value in names.items()})


def asked(model: type[ModelT], **values: Any) -> dict[str, Any]:
    """The body of a request, checked before it is sent; what is None is not sent. Raises ConfigError."""
    told = {name: value for name, value in values.items() if value is not None}
    try:
        return model.model_validate(told).model_dump(mode="json", exclude_none=True)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise ConfigError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def query(**values: str | float | Sequence[str] | None) -> Query:
    """What is None is left out; a sequence is repeated."""
    return {name: _shown(value) for name, value in values.items() if value is not None}


def _shown(value: str | float | Sequence[str]) -> str | list[str]:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int):
        return str(value)
    return f"{value:g}" if isinstance(value, float) else list(value)
