"""The drawn court as a camera, with its truth."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .agent import Agent


@dataclass(frozen=True)
class Court:
    clip: Path
    truth: list[dict[str, Any]]
    """One tracking update a frame."""

    def players(self, number: int) -> list[dict[str, Any]]:
        return [target for target in self.truth[number]["targets"] if target["cls"] == "player"]

    def ball(self, number: int) -> tuple[float, float] | None:
        """Where it is in this frame, fractions of the picture; None: outside."""
        return next((_place(each) for each in self.truth[number]["targets"] if each["cls"] == "ball"), None)


def _place(target: dict[str, Any]) -> tuple[float, float]:
    return float(target["x"]), float(target["y"])


def draw_court(folder: Path, seconds: int, size: tuple[int, int], fps: int, *, seed: int = 7) -> Court:
    clip, truth = folder / "court.mp4", folder / "truth.jsonl"
    what = [
        "--seconds",
        str(seconds),
        "--size",
        f"{size[0]}x{size[1]}",
        "--fps",
        str(fps),
        "--seed",
        str(seed),
    ]
    command = [sys.executable, "-m", "virtualptz", "court", *what]
    subprocess.run([*command, "--output", str(clip), "--truth", str(truth)], check=True, timeout=100)
    return Court(clip, [json.loads(line) for line in truth.read_text().splitlines()])


@contextmanager
def telling(agent: Agent, job_id: str, due: Sequence[dict[str, Any]]) -> Iterator[None]:
    """Reports each of these updates when its picture has been decoded."""
    over = threading.Event()

    def tell() -> None:
        told = 0
        while not over.wait(0.02) and told < len(due):
            pts = agent.status(job_id)["pts"] or 0.0
            while told < len(due) and due[told]["frame_pts"] <= pts:
                agent.post("/runner/tracking/update", {"job_id": job_id, **due[told]})
                told += 1

    teller = threading.Thread(target=tell, name="teller")
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join(30)
