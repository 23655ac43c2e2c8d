"""What the fuzzed agent knows and tells nobody, and jobs that run with it."""

import base64
import secrets
import sysconfig
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from tests.e2e.agent import Agent
from tests.media.clip import Clip, write

ROOT = Path(__file__).parents[2]
FILM = Clip(width=64, height=48, seconds=600.0, audio="", patch=None)
NOBODY = "127.0.0.1:9"
"""Whoever goes there is refused: the job says so, again and again, of an address with secrets in it."""


@dataclass(frozen=True)
class Planted:
    folder: Path
    word: str = field(default_factory=lambda: secrets.token_hex(8))
    """In each secret, and nowhere else."""

    @property
    def key(self) -> str:
        return f"{self.word}-key"

    @property
    def clip(self) -> Path:
        return self.folder / "sources" / "clip.mp4"

    @property
    def login(self) -> tuple[str, str]:
        return f"{self.word}user", f"{self.word}/pass"

    def settings(self) -> dict[str, str]:
        """What is asked for at random must reach nothing but this machine."""
        return {
            "RUNNER_API_KEY": self.key,
            "RUNNER_SOURCE_HOSTS": "127.0.0.1",
            "RUNNER_SOURCE_ROOTS": str(self.clip.parent),
            "RUNNER_INGEST_OUTPUT_URI": f"rtmp://{NOBODY}/live/{self.word}{{session_id}}?auth={self.word}",
            "RUNNER_MAX_JOBS": "6",
        }

    def start_jobs(self, agent: Agent) -> list[str]:
        """One that plays, one whose camera has a login, a preview; all programs go to a secret place."""
        self.clip.parent.mkdir(exist_ok=True)
        write(self.clip, FILM)
        user, password = (quote(part, safe="") for part in self.login)
        camera = f"rtsp://{user}:{password}@{NOBODY}/{self.word}path?token={self.word}"
        ingests = [agent.start_ingest(str(self.clip), "fuzzed"), agent.start_ingest(camera, "hidden")]
        return [*ingests, agent.runner.start_preview(str(self.clip)).job_id]

    def words(self) -> list[str]:
        """What no answer may hold: the secrets, and insides of the agent, such as a trace names them."""
        installed = (
            sysconfig.get_path("purelib"),
            ROOT / "core",
            ROOT / "plugins",
            self.folder / "state" / "jobs",
        )
        typed = base64.b64encode(":".join(self.login).encode()).decode()
        return [self.word, typed, "Traceback (most recent call last)", *map(str, installed)]
