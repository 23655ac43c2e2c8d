"""Every command that a page shows is one that there is, with options that it has."""

import json
import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cyclopts import CycloptsError

from virtualptz import cli
from virtualptz.api.app import create_app

from ..architecture import ROOT
from .shell import PAGES, blocks, commands

OTHERS = {
    *("apt", "sudo", "python", "python3", "pip", "pytest", "cp", "mkdir", "install", "export", "cd", "."),
    *(
        "systemctl",
        "systemd-sysusers",
        "systemd-analyze",
        "journalctl",
        "openssl",
        "pkill",
        "nginx",
        "ffmpeg",
    ),
    *(
        "jq",
        "curl",
        "docker",
        "promtool",
        "uvicorn",
        "git",
        "for",
        "do",
        "done",
        "echo",
        "cat",
        "source",
        "chown",
        "yolo",
    ),
}
"""Programs, and words of the shell, that are not ours."""
CALLS = {"agent", "call"}
"""Functions that pages define for their calls."""


def shown() -> list[tuple[str, list[str]]]:
    return [
        (str(page.relative_to(ROOT)), command)
        for page in PAGES
        for block in blocks(page)
        for command in commands(block.text)
    ]


def of(*programs: str) -> list[list[str]]:
    return [command for _, command in shown() if Path(command[0]).name in programs]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_is_known(page: Path) -> None:
    for block in blocks(page):
        for command in commands(block.text):
            name = Path(command[0]).name or "."
            if name == "virtualptz":
                check_ours(command[1:])
            elif command[0].startswith(("scripts/", "benchmarks/", "deploy/")):
                assert os.access(ROOT / command[0], os.X_OK), command
            else:
                assert name in OTHERS | CALLS, f"{page.name}: {command}"


def check_ours(words: list[str]) -> None:
    """Fails where the command would refuse them."""
    try:
        cli.app.parse_args(words, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        pytest.fail(f"virtualptz {' '.join(words)}: {error}")


@pytest.mark.parametrize(
    "words", [["serve", "--prot", "1"], ["jump"], ["worker", "--mode", "sim"], ["render"]]
)
def test_a_command_that_cannot_work_is_noticed(words: list[str]) -> None:
    with pytest.raises(pytest.fail.Exception):
        check_ours(words)


@cache
def document() -> Any:
    return create_app().openapi()


def body_of(words: list[str]) -> dict[str, Any]:
    """The JSON that a call brings, with any text in the place of what the shell puts in."""
    given = [word for word in words if word.startswith("{")]
    body: dict[str, Any] = json.loads(re.sub(r"\$\w+", "x", given[0])) if given else {}
    return body


def path_of(words: list[str]) -> str:
    """`/runner/...` of a call; the page's function may add the first part."""
    if words[0] == "call":
        return f"/runner/{words[1]}"
    found = next(word for word in words[1:] if re.match(r"http://|\$base/", word))
    path = re.sub(r"^(http://[^/]+|\$base)", "", found).partition("?")[0]
    return re.sub(r"\$(job_id|job)\b", "{job_id}", path)


def schema_of(path: str, method: str) -> Mapping[str, Any]:
    operation = document()["paths"][path][method]
    if "requestBody" not in operation:
        return {}
    name = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    schema: Mapping[str, Any] = document()["components"]["schemas"][name]
    return schema


def calls() -> list[list[str]]:
    """Not the functions by which pages make them short."""
    return [words for words in of("agent", "call", "curl") if words[1:] and not {"$@", "$2"} & set(words)]


@pytest.mark.parametrize("words", calls(), ids=" ".join)
def test_every_call_is_one_that_there_is(words: list[str]) -> None:
    body, path = body_of(words), path_of(words)
    assert path in document()["paths"], path
    methods = document()["paths"][path]
    if not body:
        assert "get" in methods or not schema_of(path, "post").get("required"), words
        return
    schema = schema_of(path, "post")
    assert set(body) <= set(schema["properties"]), f"{path} takes no {set(body) - set(schema['properties'])}"
    assert set(schema.get("required", ())) <= set(body), f"{path} needs more"


def test_there_is_something_to_check() -> None:
    assert len(of("virtualptz")) >= 30
    assert len(calls()) >= 25


def test_blocks_are_read_as_a_shell_reads_them() -> None:
    text = """\
job=$(call start '{"a": 1,
                   "b": 2}' | jq -r .job_id)   # a remark
RUNNER_X=1 virtualptz serve --port 1 &
python -m x >log && cat \\
  log
"""
    assert list(commands(text)) == [
        ["call", "start", '{"a": 1,\n                   "b": 2}'],
        ["jq", "-r", ".job_id"],
        ["virtualptz", "serve", "--port", "1"],
        ["python", "-m", "x"],
        ["cat", "log"],
    ]
