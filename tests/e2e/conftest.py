"""Servers and clips for the session; an agent for each test that checks its own end."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from ..media import clip as media
from .agent import Agent
from .processes import wait_for
from .servers import Nginx

AgentFactory = Callable[..., Agent]

LOOP = media.Clip(width=640, height=360, seconds=10.24, flash_every=1.28, seed=5)
"""256 frames: played in a loop, its counter runs on without a seam."""
SHORT = media.Clip(width=640, height=360, seconds=4.0, seed=6)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with loop.{mp4,ts} and short.mp4."""
    folder = tmp_path_factory.mktemp("clips")
    media.write(folder / "loop.mp4", LOOP)
    media.write(folder / "loop.ts", LOOP)
    media.write(folder / "short.mp4", SHORT)
    return folder


@pytest.fixture(scope="session")
def loop_mp4(clips: Path) -> Path:
    return clips / "loop.mp4"


@pytest.fixture(scope="session")
def loop_ts(clips: Path) -> Path:
    return clips / "loop.ts"


@pytest.fixture(scope="session")
def short_mp4(clips: Path) -> Path:
    return clips / "short.mp4"


@pytest.fixture(scope="session")
def silent_mp4(clips: Path) -> Path:
    return media.write(clips / "silent.mp4", media.Clip(width=640, height=360, seconds=2.0, audio=""))


@pytest.fixture(scope="session")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    """An RTMP server that all tests share; they choose stream names of their own."""
    server = Nginx(tmp_path_factory.mktemp("nginx"))
    yield server
    server.stop()


@pytest.fixture
def own_nginx(tmp_path: Path) -> Iterator[Nginx]:
    """An RTMP server that the test may kill."""
    folder = tmp_path / "nginx"
    folder.mkdir()
    server = Nginx(folder)
    yield server
    server.stop()


@pytest.fixture
def start_agent(tmp_path: Path) -> Iterator[AgentFactory]:
    """Starts agents with settings (`RUNNER_*`); afterwards each must end and leave no process."""
    with ExitStack() as stack:

        def start(settings: Mapping[str, str] | None = None, *, output: str = "") -> Agent:
            folder = tmp_path / f"agent{len(list(tmp_path.glob('agent*')))}"
            folder.mkdir()
            agent = Agent(folder, {"RUNNER_INGEST_OUTPUT_URI": output} | dict(settings or {}))
            stack.callback(agent.close)
            return agent.start()

        yield start


@pytest.fixture(scope="session")
def session_agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agent]:
    output = "udp://127.0.0.1:{session_id}?pkt_size=1316"
    agent = Agent(tmp_path_factory.mktemp("agent"), {"RUNNER_INGEST_OUTPUT_URI": output}).start()
    yield agent
    agent.close()


@pytest.fixture
def agent(session_agent: Agent) -> Iterator[Agent]:
    """An agent that tests share, for those that need nothing special of it. A session id is the UDP port
    that its program goes to. What a test leaves running is stopped."""
    yield session_agent
    session_agent.stop_all()
    wait_for("the end of all jobs", lambda: not session_agent.job_processes())
