"""How long to wait after failures in a row."""

from dataclasses import dataclass


def paused(first: float, failures: int, longest: float) -> float:
    """Seconds before the next try: `first`, doubled with each further failure, at most `longest`."""
    return float(min(first * 2 ** min(max(failures - 1, 0), 20), longest))


@dataclass
class Tries:
    """Of one thing that is tried again for as long as it takes."""

    first: float = 0.5
    longest: float = 8.0
    failures: int = 0
    """In a row."""

    def failed(self) -> bool:
        """Whether this is the first failure after a success: the one to tell of."""
        self.failures += 1
        return self.failures == 1

    def worked(self) -> None:
        self.failures = 0

    @property
    def pause(self) -> float:
        """Seconds to the next try."""
        return paused(self.first, self.failures, self.longest)
