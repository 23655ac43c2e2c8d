"""What is to be rendered, and how."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .. import __version__
from ..camera.decision_lines import Start
from ..model import MAX_LOOKAHEAD_SECONDS, OutputSpec

WHOLE_SECONDS = MAX_LOOKAHEAD_SECONDS
"""So much of the future is all of it: framing looks about a second ahead, and the policy `lookahead` ten
times the 0.4 s in which it reacts. With 30 s, planned over 16 s, no picture moves by 1/1000 of the width."""
PART_SECONDS = 30.0
NO_DETECTOR = "none"
LOG_SUFFIXES = (".jsonl", ".json", ".ndjson")


@dataclass(frozen=True)
class RenderSpec:
    """The same spec on the same recording gives the same film."""

    source: Path
    output: Path
    encoding: OutputSpec
    """One that is not live."""
    start: Start
    """How the camera works: policy, look-ahead, framing."""
    detector: str = NO_DETECTOR
    """A tracking source's name, the path of a log, or `none`."""
    detector_options: Mapping[str, str] = field(default_factory=dict)
    log_shift: float = 0.0
    """Seconds that are added to the times of a log: where it began later than the recording."""
    since: float = 0.0
    seconds: float = math.inf
    """From `since` on; all there is."""
    part_seconds: float = PART_SECONDS
    """An interrupt costs at most so much film."""

    @property
    def until(self) -> float:
        return self.since + self.seconds

    @property
    def log(self) -> Path | None:
        """The log that says where play was, where there is one."""
        path = Path(self.detector)
        return path if path.suffix.lower() in LOG_SUFFIXES else None

    @property
    def decisions(self) -> Path:
        """The decision log, beside the output."""
        return self.output.with_name(f"{self.output.name}.decisions.jsonl")

    def tracking_key(self) -> str:
        """Of all that the tracking depends on."""
        files = {name: _file(Path(value)) for name, value in self.detector_options.items()}
        return _hash(
            {
                "version": __version__,
                "source": _file(self.source),
                "detector": self.detector,
                "options": dict(self.detector_options),
                "files": files,
                "log": self.log and _file(self.log),
                "shift": self.log_shift,
                "window": [self.since, repr(self.seconds)],
            }
        )

    def film_key(self) -> str:
        """Of all that the film depends on."""
        return _hash(
            {
                "tracking": self.tracking_key(),
                "encoding": self.encoding.model_dump(mode="json"),
                "start": self.start.model_dump(mode="json"),
                "part": self.part_seconds,
            }
        )


def _file(path: Path) -> list[Any] | None:
    """What tells a file from another one of its name; None: there is none."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return [str(path.resolve()), found.st_size, found.st_mtime_ns]


def _hash(values: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:32]
