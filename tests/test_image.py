"""What the container image is made of, as far as that can be said without building it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped,unused-ignore]

from virtualptz.settings import Settings

from .architecture import ROOT
from .image import environment, instructions, last

COMPOSE = ROOT / "deploy" / "compose.yaml"


def copied() -> list[str]:
    """From this folder."""
    found = [each.words for each in instructions() if each.name == "COPY"]
    return [word for words in found if not words[0].startswith("--from") for word in words[:-1]]


def let_through() -> set[str]:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in lines, "everything else stays out"
    return {line[1:] for line in lines if line.startswith("!")}


def test_all_that_is_copied_is_there_and_nothing_else_is_sent() -> None:
    assert copied()
    assert all((ROOT / name).exists() for name in copied())
    assert let_through() == set(copied())


def test_what_is_copied_is_all_that_the_wheel_is_built_of(tmp_path: Path) -> None:
    for name in copied():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).symlink_to(ROOT / name)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=100)
    assert len(list((tmp_path / "dist").iterdir())) == 1


@pytest.mark.parametrize(
    ("asked", "given"), [({}, ".[ffmpeg]"), ({"EXTRAS": ""}, "."), ({"EXTRAS": "yolo"}, ".[yolo]")]
)
def test_pip_gets_the_extras_that_were_asked_for(asked: dict[str, str], given: str, tmp_path: Path) -> None:
    """The very command, with programs in the places of python and pip that only tell what they get."""
    (argument,) = [each.rest for each in instructions(1) if each.name == "ARG"]
    name, _, default = argument.partition("=")
    (command,) = [each.rest for each in instructions(1) if each.name == "RUN"]
    (tmp_path / "bin").mkdir()
    for program in ("python", "pip"):
        (tmp_path / "bin" / program).write_text('#!/bin/sh\necho "$0 $*"\n')
        (tmp_path / "bin" / program).chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", "-c", command.replace("/opt/virtualptz", str(tmp_path))],
        env={"PATH": f"{tmp_path}/bin:{os.environ['PATH']}", name: default, **asked},
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    assert f"{tmp_path}/bin/pip install --constraint deploy/constraints.txt {given}\n" in done.stdout


def test_nothing_under_the_agpl_unless_asked_for() -> None:
    assert [each.rest for each in instructions() if "yolo" in each.rest] == []


def test_it_runs_as_nobody_in_particular() -> None:
    user, _, group = last("USER").rest.partition(":")
    assert (user.isdigit(), group.isdigit()) == (True, True), "numbers, so that others can check them"
    assert int(user) > 0
    names = [each.name for each in instructions(2)]
    assert "RUN" not in names[names.index("USER") :], "what is made after that belongs to the user"
    assert (last("ENTRYPOINT").rest[0], last("CMD").rest[0]) == ("[", "["), "no shell between it and signals"
    assert last("STOPSIGNAL").rest == "SIGTERM"


def test_its_settings_are_settings() -> None:
    known = {f"RUNNER_{name.upper()}" for name in Settings.model_fields} | {"RUNNER_CONFIG"}
    asked = set(yaml.safe_load(COMPOSE.read_text())["services"]["virtualptz"]["environment"])
    assert {name for name in {*environment(), *asked} if name.startswith("RUNNER_")} <= known


def test_the_composition_keeps_what_the_image_promises() -> None:
    service = yaml.safe_load(COMPOSE.read_text())["services"]["virtualptz"]
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert (COMPOSE.parent / service["build"]["context"]).resolve() == ROOT
    kept = [each.split(":")[1] for each in service["volumes"]]
    assert kept == [last("VOLUME").rest]
    assert Path(environment()["RUNNER_STATE_DIR"]).is_relative_to(kept[0])
