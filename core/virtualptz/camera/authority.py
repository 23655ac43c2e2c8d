"""Who is in charge of the camera: people or the tracking."""

from dataclasses import dataclass

from ..model import CameraMode, Holder


@dataclass
class Authority:
    """A person's command takes the camera; in automatic mode it goes back after `takeover_seconds`.

    Any clock in seconds will do, as long as all calls use the same one.
    """

    takeover_seconds: float
    mode: CameraMode = "auto"
    _until: float = float("-inf")
    _taken: bool = False

    def take(self, now: float, *, busy: float = 0.0) -> None:
        """A person steers; `busy` seconds of a move that was asked for do not count."""
        self._taken, self._until = True, now + busy + self.takeover_seconds

    def give_back(self) -> None:
        """The person in charge gives the camera back now."""
        self._until = float("-inf")

    def holder(self, now: float, *, tracked: bool) -> Holder:
        if self._taken and (self.mode == "manual" or now < self._until):
            return "manual"
        return "auto" if tracked and self.mode == "auto" else "none"

    def seconds_left(self, now: float) -> float | None:
        """Of a takeover that will end by itself."""
        return self._until - now if self.mode == "auto" and now < self._until else None
