from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from virtualptz.client import RunnerClient

from ..tracking.worker.agent import Agent, running
from .both import waiting

Open = Callable[..., AbstractContextManager[RunnerClient]]


@pytest.fixture
def agent() -> Iterator[Agent]:
    with running() as agent:
        yield agent


@pytest.fixture(params=[RunnerClient, waiting], ids=["sync", "async"])
def connect(request: pytest.FixtureRequest) -> Open:
    """Makes a client: each of the two in turn."""
    made: Open = request.param
    return made
