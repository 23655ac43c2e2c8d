"""Who uses the agent meanwhile: previews that come and go, a hand that steers, a reader of frames."""

import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx2

from ...e2e.agent import API_KEY
from ...e2e.previews import PreviewViewer
from .stage import CAMERA, Stage

PAUSE_SECONDS = 2.0
PARTS = 20
KEPT_ANSWERS = 100


@dataclass
class Life:
    """Does one thing after another until it is closed; while the agent is down, nothing."""

    stage: Stage
    seed: int
    done: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    """Calls that brought nothing: while the agent was down there are some."""
    _leave: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        self._thread = threading.Thread(target=self._live, name="soak life", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._leave.set()
        self._thread.join(60)
        assert not self._thread.is_alive(), "it hangs in a call to the agent"

    def _live(self) -> None:
        draw = random.Random(self.seed)
        things = (self._preview, self._overlay, self._frames, self._steer, self._preset, self._tracking)
        while not self._leave.wait(draw.uniform(0, 2 * PAUSE_SECONDS)):
            thing: Callable[[random.Random], None] = draw.choice(things)
            name = thing.__name__.lstrip("_")
            try:
                thing(draw)
                self.done[name] += 1
            except (httpx2.HTTPError, AssertionError):
                self.failed[name] += 1
            del self.stage.agent.answers[:-KEPT_ANSWERS]

    def _preview(self, draw: random.Random) -> None:
        job_id, url = self.stage.agent.start_preview(self.stage.source_server.url(CAMERA), fps=10)
        self._see(url)
        self.stage.agent.post("/runner/preview/stop", {"job_id": job_id})

    def _overlay(self, draw: random.Random) -> None:
        self._see(str(self.stage.agent.status(self.stage.published)["overlay_url"]))

    def _see(self, url: str) -> None:
        viewer = PreviewViewer(url)
        try:
            viewer.wait_parts(PARTS, 15)
        finally:
            viewer.close()

    def _frames(self, draw: random.Random) -> None:
        url = f"{self.stage.agent.base_url}/runner/job/frames/{self.stage.other}?fps=10&width=320"
        viewer = PreviewViewer(url, {"Authorization": f"Bearer {API_KEY}"})
        try:
            viewer.wait_parts(PARTS, 15)
        finally:
            viewer.close()

    def _steer(self, draw: random.Random) -> None:
        self.stage.agent.ptz(self.stage.published, draw.uniform(0.3, 0.7), 0.5, draw.uniform(1.0, 2.0))

    def _preset(self, draw: random.Random) -> None:
        named = {"job_id": self.stage.published, "name": f"place {draw.randrange(8)}"}
        self.stage.agent.post(
            "/runner/ptz/presets", {**named, "center_x": draw.uniform(0.3, 0.7), "zoom": 1.5}
        )
        self.stage.agent.post("/runner/ptz/presets/recall", named)

    def _tracking(self, draw: random.Random) -> None:
        self.stage.agent.post("/runner/tracking/stop", {"job_id": self.stage.other})
        while not self._leave.wait(PAUSE_SECONDS) and not self._track_again():
            self.failed["tracking"] += 1

    def _track_again(self) -> bool:
        """A stop that is not taken back would be taken for a detector that does not come back."""
        try:
            self.stage.agent.post(
                "/runner/tracking/start", {"job_id": self.stage.other, "detector": "motion"}
            )
        except (httpx2.HTTPError, AssertionError):
            return False
        return True
