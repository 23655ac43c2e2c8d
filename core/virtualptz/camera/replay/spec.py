"""How a log is to be played again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from pydantic import ValidationError

from ...errors import ConfigError
from ...model import MAX_LOOKAHEAD_SECONDS, CropShape, FramingOptions
from ..operator import NamedPolicy

BuildPolicy = Callable[[str, float, Mapping[str, Any]], NamedPolicy]
"""A policy by name, look-ahead in seconds and options; raises ConfigError or PluginError."""


@dataclass(frozen=True, slots=True)
class SourceShape:
    """What the picture looks like that a crop is taken of."""

    crop: CropShape
    aspect: float
    """Width over height."""

    @classmethod
    def of(cls, source_aspect: float, output_aspect: float) -> "SourceShape":
        return cls(CropShape.fit(source_aspect, output_aspect), source_aspect)


@dataclass(frozen=True, slots=True)
class Choice:
    """A policy to try, as in `spring` or `lookahead@0.5`."""

    policy: str
    """Empty: the log's own."""
    lookahead: float | None = None
    """Seconds; None: the log's own."""

    @classmethod
    def parse(cls, text: str) -> "Choice":
        name, at, seconds = text.strip().partition("@")
        try:
            lookahead = float(seconds) if at else None
        except ValueError:
            lookahead = -1.0
        if not name or (lookahead is not None and not 0 <= lookahead <= MAX_LOOKAHEAD_SECONDS):
            raise ConfigError(
                f"{text!r} is not like spring or lookahead@0.5 (0 to {MAX_LOOKAHEAD_SECONDS:g} seconds)"
            )
        return cls(name, lookahead)


@dataclass(frozen=True, slots=True)
class Window:
    """The part of the log to play."""

    start: float | None = None
    """Stream time; None: where the log begins."""
    seconds: float | None = None
    """None: to its end."""

    def span(self, begin: float, end: float) -> tuple[float, float]:
        """What of begin..end lies in it."""
        first = begin if self.start is None else max(self.start, begin)
        return first, end if self.seconds is None else min(first + self.seconds, end)


@dataclass(frozen=True, slots=True)
class ReplaySpec:
    """What differs from how it was."""

    choice: Choice = Choice("")
    options: Mapping[str, str] = field(default_factory=dict)
    """Of the policy; what is not named stays as in the log."""
    framing: Mapping[str, str] = field(default_factory=dict)
    """Of the framing, likewise."""
    fps: Fraction | None = Fraction(30)
    """Pictures a second; None: at the very times of the log's own pictures."""
    fixed_zoom: float | None = None
    """Pan only."""
    steering: bool = True
    """False: what people asked of the camera is left out."""
    latency: float = 0.0
    """Seconds from a picture to its update, where the log does not say when updates arrived."""
    shape: SourceShape | None = None
    """None: as the log says, else all of a 16:9 picture."""
    window: Window = Window()

    def framed(self, logged: FramingOptions) -> FramingOptions:
        """The log's framing with what is asked for; ConfigError names an option that does not fit."""
        asked = dict(self.framing)
        if self.fixed_zoom is not None:
            pinned = str(self.fixed_zoom)
            asked |= {"min_zoom": pinned, "max_zoom": pinned}
        try:
            return FramingOptions.model_validate({**logged.model_dump(), **asked})
        except ValidationError as error:
            raise ConfigError(f"--framing: {_explain(error)}") from error


def _explain(error: ValidationError) -> str:
    there = ", ".join(FramingOptions.model_fields)
    return "; ".join(
        f"no option {'.'.join(map(str, item['loc']))}; there are: {there}"
        if item["type"] == "extra_forbidden"
        else f"{'.'.join(map(str, item['loc']))}: {item['msg']}".removeprefix(": ")
        for item in error.errors()
    )
