"""One soak from its begin to its end."""

import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from .census import Census, Growth
from .ledger import Ledger
from .life import Life
from .outcome import Happened, Outcome, steady
from .plan import plan
from .slope import slope
from .stage import Stage, stage, wait_over
from .watch import Watch

SAMPLE_SECONDS = 5.0
WARM_UP_SECONDS = 60.0
BETWEEN_SECONDS = (15.0, 45.0)

Say = Callable[[str], None]


def say_nothing(line: str) -> None:
    """For whoever reads the outcome alone."""


def say_aloud(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@dataclass
class Soak:
    """`between`: seconds from one fault to the next, at least and at most."""

    seconds: float
    seed: int = 7
    faults: bool = True
    between: tuple[float, float] = BETWEEN_SECONDS
    say: Say = say_nothing
    _happened: list[Happened] = field(default_factory=list)
    _problems: list[str] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def run(self, folder: Path) -> Outcome:
        """In an empty folder. Where something cannot go on, that is among the outcome's problems."""
        with stage(folder) as made:
            census, ledger = Census(made.agent, made.jobs), Ledger(made)
            watch, life = Watch(made.program), Life(made, self.seed)
            watch.start()
            life.start()
            trouble = threading.Thread(target=self._trouble, args=(made, ledger), name="faults", daemon=True)
            if self.faults:
                trouble.start()
            try:
                self._sample(census, ledger, watch)
            finally:
                self._over.set()
                if self.faults:
                    trouble.join(120)
                life.close()
                watch.close()
            return self._outcome(census, ledger, watch, life)

    def _sample(self, census: Census, ledger: Ledger, watch: Watch) -> None:
        began, minutes = time.monotonic(), 1
        while (passed := time.monotonic() - began) < self.seconds:
            census.take()
            ledger.look()
            if passed >= 60 * minutes:
                self.say(self._line(minutes, census, ledger, watch))
                minutes += 1
            self._over.wait(max(0.0, min(SAMPLE_SECONDS, self.seconds - passed)))

    def _trouble(self, made: Stage, ledger: Ledger) -> None:
        began = time.monotonic()
        try:
            for each in plan(self.seconds, self.seed, self.between):
                if self._over.wait(max(0.0, began + each.at - time.monotonic())):
                    return
                since = time.monotonic()
                ledger.explain(each.kind)
                made.inflict(each.kind, each.lasts)
                self._happened.append(Happened(each.kind, since, time.monotonic()))
                self.say(f"  {since - began:6.0f} s: {each.kind}")
                wait_over(made, each.kind)
        except (AssertionError, OSError, httpx2.HTTPError) as error:
            self._problems.append(f"after {time.monotonic() - began:.0f} s: {error}")
            self._over.set()

    def _line(self, minutes: int, census: Census, ledger: Ledger, watch: Watch) -> str:
        newest = {role: life[-1] for (role, _), life in census.lives.items() if not role.endswith("preview")}
        held = ", ".join(f"{role} {each.memory:.0f}" for role, each in sorted(newest.items()))
        still = sum(end - begin for begin, end in watch.gaps)
        return (
            f"{minutes} min: {watch.pictures} pictures, {still:.0f} s still, {len(self._happened)} faults, "
            f"{ledger.unplanned} unplanned restarts; MiB: {held}"
        )

    def _outcome(self, census: Census, ledger: Ledger, watch: Watch, life: Life) -> Outcome:
        warm_up = min(WARM_UP_SECONDS, self.seconds / 4)
        telling = self.seconds / 3
        growths = [Growth.of(role, lives, telling) for role, lives in census.settled(warm_up).items()]
        return Outcome(
            self.seconds,
            self.seed,
            self._happened,
            growths,
            slope(steady(watch.stretches, self._happened)),
            watch.offsets,
            watch.gaps,
            watch.pictures,
            dict(ledger.told),
            ledger.unplanned,
            dict(life.done),
            self._problems,
        )
