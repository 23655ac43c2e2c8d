"""How the work goes on, for whoever shows it."""

from typing import Protocol


class Progress(Protocol):
    """Called by one thread. Times are seconds of the recording."""

    def begin(self, stage: str, seconds: float | None, done: float = 0.0) -> None:
        """The next stage; None: nobody knows how long the recording is. `done`: before an interrupt."""

    def reached(self, seconds: float) -> None:
        """So much of the stage is done."""

    def note(self, text: str) -> None:
        """What a person should know."""


class Silent:
    """Shows nothing."""

    def begin(self, stage: str, seconds: float | None, done: float = 0.0) -> None: ...

    def reached(self, seconds: float) -> None: ...

    def note(self, text: str) -> None: ...
