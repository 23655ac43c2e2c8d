"""What a log holds, line by line."""

from dataclasses import dataclass, field

from pydantic_core import from_json

from ...model import Holder, TrackingUpdate, View
from ..decision_lines import ReshapeLine, RuleLine, Start, SteerLine, ViewLine


@dataclass(frozen=True, slots=True)
class LoggedUpdate:
    """A tracking update as its line: an hour of them, parsed, would fill half a gigabyte."""

    where: str
    """File and number of its line, for messages."""
    text: bytes
    at: float
    """Stream time of what was measured, as far as the line tells; else that of its arrival."""
    arrived: float | None
    """Stream time of the newest decoded picture when it came; None: the log does not say."""

    def parse(self) -> TrackingUpdate:
        update = TrackingUpdate.model_validate(from_json(self.text))
        return update if update.frame_pts is not None else update.model_copy(update={"frame_pts": self.at})


@dataclass(frozen=True, slots=True)
class LoggedView:
    at: float
    view: View
    wanted: View | None
    holder: Holder
    reason: str
    policy: str
    clock: float

    @classmethod
    def of(cls, line: ViewLine) -> "LoggedView":
        wanted = None if line.wanted is None else View(*line.wanted)
        return cls(line.pts, line.view, wanted, line.holder, line.reason, line.policy, line.clock)


Command = SteerLine | RuleLine | ReshapeLine
Entry = LoggedUpdate | LoggedView | Command


@dataclass(slots=True)
class Section:
    """What one operator went through, in the order in which it did."""

    start: Start | None = None
    """None: a log that somebody else wrote, or whose beginning is missing."""
    entries: list[Entry] = field(default_factory=list)

    @property
    def updates(self) -> list[LoggedUpdate]:
        return [entry for entry in self.entries if isinstance(entry, LoggedUpdate)]

    @property
    def views(self) -> list[LoggedView]:
        return [entry for entry in self.entries if isinstance(entry, LoggedView)]


@dataclass(slots=True)
class Log:
    files: tuple[str, ...]
    sections: list[Section] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """The first lines that could not be read, each with where and why."""
    skipped: int = 0
    """All of them."""
    dropped: int = 0
    """Lines that their writer had no room for, as it says itself."""

    @property
    def update_count(self) -> int:
        return sum(len(section.updates) for section in self.sections)

    @property
    def start(self) -> Start | None:
        """How the log begins; None where somebody else wrote it."""
        return self.sections[0].start if self.sections else None
