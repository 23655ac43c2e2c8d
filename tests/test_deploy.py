"""What is installed with the agent is held to what it does."""

import re
import shutil
import subprocess
import tomllib
from ipaddress import ip_network
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from virtualptz.settings import Settings
from virtualptz.uris import FORBIDDEN

from .architecture import ROOT

DEPLOY = ROOT / "deploy"
UNIT = DEPLOY / "virtualptz.service"
GPU = DEPLOY / "virtualptz-gpu.conf"
YOLO = DEPLOY / "virtualptz-yolo.conf"
PAGE = ROOT / "docs" / "deploy.md"
LEAST_EXPOSED = 20
"""Tenths of the ten points that systemd gives to a service that may do everything."""

NEW = ("RestartSteps", "RestartMaxDelaySec")
"""What systemd knows from 254 on; an older one says that it ignores it."""
LEFT_OUT = {"Delegate", "DynamicUser", "MemoryMax", "PrivateUsers", "ReadWritePaths"}
"""Not in the files, and the page says why, or when to add it."""


def directives(file: Path) -> list[tuple[str, str]]:
    return re.findall(r"^(\w+)=(.*)$", file.read_text(), flags=re.MULTILINE)


def environment(file: Path) -> dict[str, str]:
    pairs = (value.partition("=") for name, value in directives(file) if name == "Environment")
    return {name: value for name, _, value in pairs}


def test_the_unit_keeps_out_of_all_that_no_source_may_name() -> None:
    """A name or a redirect leads anywhere: what the agent cannot see, the kernel does."""
    denied = dict(directives(UNIT))["IPAddressDeny"].split()
    assert [ip_network(text) for text in denied] == list(FORBIDDEN)


def analyze(*arguments: str) -> str:
    """systemd-analyze's words; a failure where it is not content."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not on this machine")
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def installed(folder: Path, *drop_ins: Path) -> Path:
    """The unit with a program that is there, and with drop-ins."""
    unit = folder / UNIT.name
    unit.write_text(UNIT.read_text().replace("/opt/virtualptz/bin/virtualptz", "/bin/true"))
    for drop_in in drop_ins:
        (folder / f"{UNIT.name}.d").mkdir(exist_ok=True)
        shutil.copy(drop_in, folder / f"{UNIT.name}.d")
    return unit


@pytest.mark.parametrize("drop_ins", [(), (YOLO,), (GPU,)], ids=["plain", "yolo", "gpu"])
def test_systemd_understands_the_unit(tmp_path: Path, drop_ins: tuple[Path, ...]) -> None:
    words = analyze("verify", "--man=no", str(installed(tmp_path, *drop_ins)))
    assert [line for line in words.splitlines() if not any(f"'{name}'" in line for name in NEW)] == []


def test_systemd_finds_it_well_fenced(tmp_path: Path) -> None:
    unit = str(installed(tmp_path))
    analyze("security", "--offline=true", f"--threshold={LEAST_EXPOSED}", unit)


def test_a_unit_with_a_mistake_is_found(tmp_path: Path) -> None:
    unit = installed(tmp_path)
    unit.write_text(unit.read_text().replace("ProtectSystem=strict", "ProtectSytem=strict"))
    assert "ProtectSytem" in analyze("verify", "--man=no", str(unit))


def test_the_unit_sets_settings_that_there_are() -> None:
    names = {f"RUNNER_{name.upper()}" for name in Settings.model_fields} | {"RUNNER_CONFIG"}
    assert {name for name in environment(UNIT) if name.startswith("RUNNER_")} <= names


def test_jobs_survive_a_restart_of_the_unit() -> None:
    found = dict(directives(UNIT))
    assert (found["KillMode"], found["OOMPolicy"]) == ("process", "continue")
    assert environment(UNIT)["RUNNER_KEEP_JOBS_ON_SHUTDOWN"] == "1"
    # Either would part the next agent from the jobs of the one before.
    assert "DynamicUser" not in found
    assert "PrivateUsers" not in found


def test_an_agent_that_cannot_start_is_tried_again_for_ever_and_takes_no_core() -> None:
    found = dict(directives(UNIT))
    assert (found["Restart"], found["StartLimitIntervalSec"], found["RestartSec"]) == ("always", "0", "500ms")
    assert int(found["RestartSteps"]) > 0
    assert 1 < int(found["RestartMaxDelaySec"].removesuffix("s")) < int(found["WatchdogSec"])


def test_the_page_names_what_there_is() -> None:
    text = PAGE.read_text()
    for path in re.findall(r"deploy/[\w.-]+", text):
        assert (ROOT / path).exists(), path
    assert {f"deploy/{file.name}" for file in DEPLOY.iterdir()} <= set(re.findall(r"deploy/[\w.-]+", text))
    for name in ("/etc/virtualptz/api-keys", "/etc/virtualptz/runner.toml", "/opt/virtualptz/bin/virtualptz"):
        assert name in text, name
        assert name in UNIT.read_text(), name
    explained = set(re.findall(r"`([A-Z][a-z]\w+)=", text))
    known = {name for file in (UNIT, GPU, YOLO) for name, _ in directives(file)}
    assert explained - known == LEFT_OUT


def constraints() -> dict[str, str]:
    lines = (DEPLOY / "constraints.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


def test_the_versions_that_were_tried_are_ones_that_the_project_takes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    for text in (*project["dependencies"], *extras["ffmpeg"], *extras["yolo"]):
        wanted = Requirement(text)
        version = constraints()[canonicalize_name(wanted.name)]
        assert wanted.specifier.contains(version), f"{text}, but {version}: run scripts/constraints"


def test_what_is_pinned_is_other_packages() -> None:
    pinned = constraints()
    assert list(pinned) == sorted(pinned)
    assert not [name for name in pinned if name.startswith("virtualptz")]
