"""A value that changes only once something else has held for a while."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Dwell(Generic[T]):
    """The value after some wishes; `after` gives it after one more."""

    value: T
    wish: T
    since: float = 0.0
    """Since when that has been the wish."""

    @classmethod
    def at(cls, value: T) -> "Dwell[T]":
        return cls(value, value)

    def after(self, wish: T, at: float, seconds: float) -> "Dwell[T]":
        """`wish` becomes the value once it has been the wish for `seconds`."""
        since = at if wish != self.wish else self.since
        return Dwell(wish if at - since >= seconds else self.value, wish, since)
