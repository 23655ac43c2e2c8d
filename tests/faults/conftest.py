"""Rows, repetition and figures of the fault suite. Servers and agents are those of the end-to-end tests.

`scripts/test` runs what is quick; `VPTZ_FAULTS_WHOLE=1` (`scripts/faults`) also what is marked `long`.
"""

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from ..e2e.conftest import agent, clips, loop_mp4, loop_ts, nginx, own_nginx, session_agent, start_agent
from ..e2e.servers import Nginx
from ..media import clip as media
from .away import LOOP
from .cameras import Place
from .figures import STARTED, Figures, note_outcome
from .proxy import Proxy

__all__ = ["agent", "clips", "loop_mp4", "loop_ts", "nginx", "own_nginx", "session_agent", "start_agent"]

WHOLE = os.environ.get("VPTZ_FAULTS_WHOLE") == "1"
ROWS = frozenset(int(number) for number in os.environ.get("VPTZ_FAULTS_ROWS", "").split(",") if number)
"""Only these; empty: all."""
REPEAT = int(os.environ.get("VPTZ_FAULTS_REPEAT", "1"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    ours = [item for item in items if here in item.path.parents]
    for item in ours:
        item.add_marker(pytest.mark.e2e)
    out = [item for item in ours if not _asked(item)]
    if out:
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in out]


def _asked(item: pytest.Item) -> bool:
    if ROWS and _number(item) not in ROWS:
        return False
    return WHOLE or item.get_closest_marker("long") is None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if REPEAT > 1 and "figures" in metafunc.fixturenames:
        metafunc.fixturenames.append("repetition")
        metafunc.parametrize("repetition", range(REPEAT), ids="run{}".format)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    number = _number(item)
    if number is not None:
        note_outcome(number, item.nodeid, STARTED)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    number = _number(item)
    if number is not None and (report.when == "call" or report.outcome != "passed"):
        note_outcome(number, item.nodeid, report.outcome)
    return report


def _number(item: pytest.Item) -> int | None:
    marker = item.get_closest_marker("fault")
    return None if marker is None else int(marker.args[0])


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """Where a test tells what it measured; it needs a `fault` mark."""
    number = _number(request.node)
    assert number is not None, "which row is it? @pytest.mark.fault(number)"
    return Figures(number, request.node.nodeid)


@pytest.fixture
def proxy() -> Iterator[type[Proxy]]:
    """Proxies made with it end with the test."""
    made: list[Proxy] = []

    class Kept(Proxy):
        def __init__(self, port: int) -> None:
            super().__init__(port)
            made.append(self)

    yield Kept
    for each in made:
        each.close()


@pytest.fixture(scope="session")
def camera_mp4(clips: Path) -> Path:
    """A loop with two key frames a second."""
    return media.write(clips / "camera.mp4", LOOP)


@pytest.fixture(scope="session")
def camera_ts(clips: Path) -> Path:
    return media.write(clips / "camera.ts", LOOP)


@pytest.fixture
def place(tmp_path: Path, camera_mp4: Path, camera_ts: Path, own_nginx: Nginx, proxy: type[Proxy]) -> Place:
    """For cameras that are to go away."""
    return Place(tmp_path, camera_mp4, camera_ts, own_nginx, proxy)
