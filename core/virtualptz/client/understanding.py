"""Answers as the wire's models, also where a newer agent has more to say than this version knows."""

from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from .errors import REASON_LENGTH, RunnerUnreachableError

T = TypeVar("T")

NEWER = ("extra_forbidden", "literal_error")
"""What pydantic calls a field, and a word, that it does not know."""


def understood(answers: TypeAdapter[T], value: Any) -> T:
    """Fields and words that are not known here are left out, as if the agent had not told them.

    `value` may be changed. Raises RunnerUnreachableError where what is left is not such an answer.
    """
    while True:
        try:
            return answers.validate_python(value)
        except ValidationError as error:
            newer = [fault["loc"] for fault in error.errors() if fault["type"] in NEWER]
            if not any(_left_out(value, list(place)) for place in newer):
                raise RunnerUnreachableError(_said(error)) from error


def _left_out(value: Any, place: list[int | str]) -> bool:
    """Whether there was something at that place. Parts of it that are no keys name branches of the model."""
    found: list[tuple[dict[Any, Any], Any]] = []
    for step in place:
        if isinstance(value, dict) and step in value:
            found.append((value, step))
            value = value[step]
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
    if found:
        holder, key = found[-1]
        del holder[key]
    return bool(found)


def _said(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    place = ".".join(map(str, first["loc"]))
    return f"not an answer of a runner agent: {place}: {first['msg']}"[:REASON_LENGTH]
