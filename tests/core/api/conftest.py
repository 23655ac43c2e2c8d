from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from .fake import MemoryEngine, app_on, client_of, settings_for


@pytest.fixture
def engine() -> MemoryEngine:
    return MemoryEngine()


@pytest.fixture
def client(engine: MemoryEngine, tmp_path: Path) -> Iterator[TestClient]:
    with client_of(app_on(engine, settings_for(tmp_path, public_base_url="https://gw/agent/"))) as client:
        yield client


@pytest.fixture
def clip(tmp_path: Path) -> str:
    path = tmp_path / "clip.mp4"
    path.touch()
    return str(path.resolve())
