"""What a plug-in offers, and what it finds on a machine."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from .frozen import Frozen

T_co = TypeVar("T_co", covariant=True)
OptionsT = TypeVar("OptionsT", bound=BaseModel)


NO_UNIT = "none"
"""Of a number that is a plain one: `json_schema_extra={"unit": NO_UNIT}`; others say theirs there."""


class NoOptions(Frozen):
    """For an extension that has nothing to set."""


@dataclass(frozen=True)
class Extension(Generic[T_co, OptionsT]):
    """One named thing that a plug-in offers: validated options in, a working object out."""

    name: str
    options: type[OptionsT]
    create: Callable[[OptionsT], T_co]
    missing: Callable[[OptionsT], str | None] | None = None
    """What it lacks to work on this machine with these options, and how to get it; None: nothing. Cheap."""
    preference: int = 50
    """Of tracking sources that lack nothing, the one with the highest is what `live` means; 0: never."""

    def build(self, values: dict[str, Any]) -> T_co:
        """Create from raw option values; raises pydantic's ValidationError where they do not fit."""
        return self.create(self.options.model_validate(values))


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that `virtualptz doctor` looked at: `ok`, or what to do about it in `remedy`."""

    ok: bool
    subject: str
    detail: str
    remedy: str = ""
