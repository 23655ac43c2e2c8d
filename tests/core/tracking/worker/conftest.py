from collections.abc import Iterator

import pytest

from .agent import Agent, running


@pytest.fixture
def agent() -> Iterator[Agent]:
    with running() as agent:
        yield agent
