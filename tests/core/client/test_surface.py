"""Every endpoint that the agent describes has a method in both clients."""

import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest

from virtualptz.api.app import create_app
from virtualptz.client import AsyncRunnerClient, RunnerClient, RunnerError
from virtualptz.model import TrackingUpdate

from ...architecture import ROOT
from ..tracking.worker.agent import Agent
from .conftest import Open

ARGUMENTS: dict[str, Any] = {
    "job_id": "job-1",
    "session_id": "final",
    "source": "rtsp://camera/wide",
    "name": "left",
    "update": TrackingUpdate(tracking_confidence=0.5),
}
"""What a method that asks for it is given, by the parameter's name."""


def methods(client: type) -> dict[str, Any]:
    named = {name: value for name, value in vars(client).items() if not name.startswith("_")}
    return {name: value for name, value in named.items() if callable(value) and name != "close"}


def arguments(method: Any) -> dict[str, Any]:
    needed = [each for each in inspect.signature(method).parameters.values() if each.default is each.empty]
    return {each.name: ARGUMENTS[each.name] for each in needed if each.name != "self"}


def endpoints() -> Iterator[tuple[str, re.Pattern[str]]]:
    for path, verbs in create_app().openapi()["paths"].items():
        for verb in verbs:
            yield f"{verb.upper()} {path}", re.compile(re.sub(r"\{\w+\}", "[^/?]+", path) + r"(\?.*)?")


def test_every_endpoint_has_a_method_and_every_method_an_endpoint(agent: Agent, connect: Open) -> None:
    described = dict(endpoints())
    asked = {}
    with connect(agent.url) as client:
        for name, method in methods(RunnerClient).items():
            try:
                answer = getattr(client, name)(**arguments(method))
                if isinstance(answer, Iterator):
                    list(islice(answer, 1))
            except RunnerError:
                # The stand-in's answers are those of few endpoints; what counts is what it was asked.
                pass
            call = agent.calls[-1]
            asked[name] = [
                endpoint
                for endpoint, path in described.items()
                if endpoint.split()[0] == call.method and path.fullmatch(call.path)
            ]
    assert [name for name, found in asked.items() if not found] == []
    assert described.keys() - {endpoint for found in asked.values() for endpoint in found} == set()


def test_both_clients_have_the_same_methods() -> None:
    sync, asynchronous = methods(RunnerClient), methods(AsyncRunnerClient)
    assert sync.keys() == asynchronous.keys()
    for name, method in sync.items():
        mine, other = inspect.signature(method), inspect.signature(asynchronous[name])
        assert mine.parameters == other.parameters, name
        assert method.__doc__ == asynchronous[name].__doc__, name
        assert len(method.__doc__) > 10, name


@pytest.mark.parametrize("client", [RunnerClient, AsyncRunnerClient])
def test_a_method_tells_what_it_gives(client: type) -> None:
    for name, method in methods(client).items():
        assert "Call" not in str(inspect.signature(method).return_annotation), name
        assert inspect.signature(method).return_annotation is not inspect.Signature.empty, name


def test_the_client_needs_little() -> None:
    """A gateway that imports it gets no server, no codec and no network."""
    heavy = {"fastapi", "starlette", "uvicorn", "av", "torch", "cv2", "numpy", "virtualptz.settings"}
    program = f"import sys, virtualptz.client; print(*({heavy!r} & sys.modules.keys()))"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.split() == []


def test_the_page_names_every_method_and_no_other() -> None:
    page = (ROOT / "docs" / "client.md").read_text().partition("## Methods")[2]
    assert re.findall(r"^\| `(\w+)` \| `(?:GET|POST) /", page, flags=re.MULTILINE) == list(
        methods(RunnerClient)
    )
