"""Tracking workers as their user runs them, and what a job's decision log tells of their work."""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

from .agent import API_KEY, Agent
from .processes import Peer, peer

OVERLAP = 0.3
"""Two boxes that share so much (IoU), a moment apart, are of one person."""


@contextmanager
def worker(agent: Agent, *more: str) -> Iterator[Peer]:
    """`virtualptz worker` on this agent; its output is in the peer's log."""
    command = [sys.executable, "-m", "virtualptz", "worker", "--runner-base-url", agent.base_url]
    with peer([*command, *more], agent.folder / "worker.log", env=environment(agent.folder)) as process:
        yield process


def environment(folder: Path) -> dict[str, str]:
    """The key is not among the arguments; a detector's library stays off the network and out of the home."""
    offline = {"YOLO_OFFLINE": "true", "YOLO_AUTOINSTALL": "false", "YOLO_CONFIG_DIR": str(folder)}
    return {**os.environ, "RUNNER_API_KEY": API_KEY, "PYTHONUNBUFFERED": "1", **offline}


@dataclass(frozen=True)
class Record:
    """One job's decision log."""

    views: list[dict[str, Any]]
    updates: list[dict[str, Any]]

    @classmethod
    def of(cls, agent: Agent, job_id: str) -> "Record":
        text = (agent.state_dir / "jobs" / job_id / "decisions.jsonl").read_text()
        lines = [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]
        return cls(
            [line for line in lines if line["kind"] == "view"],
            [line for line in lines if line["kind"] == "update"],
        )

    def since(self, seconds: float) -> "Record":
        """What is of later pictures."""
        return Record(
            [view for view in self.views if view["pts"] >= seconds],
            [update for update in self.updates if update["frame_pts"] >= seconds],
        )

    @property
    def sources(self) -> set[str]:
        return {update["source"] for update in self.updates}

    @property
    def stable(self) -> float:
        """The share of updates that say so."""
        return share([update["tracking_state"] == "stable" for update in self.updates])

    @cached_property
    def people(self) -> list[list[dict[str, Any]]]:
        """In each update."""
        told = (update.get("targets") or () for update in self.updates)
        return [[target for target in targets if target["cls"] != "ball"] for targets in told]

    @property
    def panned(self) -> float:
        """How far the camera came across, source widths."""
        across = [float(view["center_x"]) for view in self.views]
        return max(across) - min(across)

    @property
    def kept_ids(self) -> float:
        """Of those who stand in one place from one update to the next, the share that keeps its id."""
        return share(
            [
                here["track_id"] == there["track_id"]
                for one, other in pairwise(self.people)
                for here, there in same(one, other)
            ]
        )


def share(met: Sequence[bool]) -> float:
    return sum(met) / len(met)


def same(one: Sequence[dict[str, Any]], other: Sequence[dict[str, Any]]) -> Iterator[tuple[Any, Any]]:
    """Pairs of boxes that overlap each other more than anybody else."""
    for here in one:
        best = max(other, key=lambda there: overlap(here, there), default=None)
        if best is not None and overlap(here, best) > OVERLAP:
            back = max(one, key=lambda again: overlap(again, best))
            if back is here:
                yield here, best


def overlap(a: dict[str, Any], b: dict[str, Any]) -> float:
    """Intersection over union."""
    across = (a["w"] + b["w"]) / 2 - max(abs(a["x"] - b["x"]), abs(a["w"] - b["w"]) / 2)
    down = (a["h"] + b["h"]) / 2 - max(abs(a["y"] - b["y"]), abs(a["h"] - b["h"]) / 2)
    shared = max(across, 0.0) * max(down, 0.0)
    return float(shared / (a["w"] * a["h"] + b["w"] * b["h"] - shared))
