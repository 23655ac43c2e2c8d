"""What a user gets: the wheel and the sdist, built and used."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from configparser import ConfigParser
from email.parser import Parser
from importlib.util import find_spec
from pathlib import Path

import pytest

from virtualptz import __version__

from .architecture import ROOT

NAME = f"virtualptz_runner_agent-{__version__}"


def build(source: Path, kind: str, into: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(into)]
    subprocess.run(command, cwd=source, check=True, capture_output=True, timeout=100)
    [built] = [path for path in into.iterdir() if path.name.startswith(NAME)]
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, "wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, "sdist", tmp_path_factory.mktemp("sdist"))


def names_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_every_module_and_the_type_marks(wheel: Path) -> None:
    roots = [ROOT / "core", *(ROOT / "plugins").iterdir()]
    ours = {str(path.relative_to(root)) for root in roots for path in root.glob("virtualptz*/**/*.py")}
    held = {name for name in names_in(wheel) if ".dist-info/" not in name}
    packages = {"virtualptz", "virtualptz_ffmpeg", "virtualptz_motion", "virtualptz_yolo"}
    templates = {f"virtualptz/scaffold/templates/{kind}.txt" for kind in ("policy", "tracking", "media")}
    assert ours | templates | {f"{package}/py.typed" for package in packages} <= held
    assert {name.partition("/")[0] for name in held} == packages
    assert not [name for name in held if "__pycache__" in name]


def test_the_wheels_metadata(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        info = f"{NAME}.dist-info"
        meta = Parser().parsestr(archive.read(f"{info}/METADATA").decode())
        entries = ConfigParser()
        entries.read_string(archive.read(f"{info}/entry_points.txt").decode())
        assert archive.read(f"{info}/licenses/LICENSE").decode().split()[:2] == ["Apache", "License"]
    assert meta["License-Expression"] == "Apache-2.0"
    assert meta["Requires-Python"] == ">=3.11"
    assert {"ffmpeg", "yolo", "dev"} <= set(meta.get_all("Provides-Extra") or [])
    assert dict(entries["console_scripts"]) == {"virtualptz": "virtualptz.cli:main"}
    assert set(entries["virtualptz.plugins"]) == {"ffmpeg", "motion", "policies", "tracking", "yolo"}


def test_nothing_under_the_agpl_comes_without_its_extra(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        meta = Parser().parsestr(archive.read(f"{NAME}.dist-info/METADATA").decode())
    needed = meta.get_all("Requires-Dist") or []
    plain = [requirement for requirement in needed if "extra ==" not in requirement]
    assert plain
    assert not [requirement for requirement in plain if "ultralytics" in requirement]


def test_the_wheel_works_where_it_is_unpacked(wheel: Path, tmp_path: Path) -> None:
    shutil.unpack_archive(wheel, tmp_path, "zip")
    code = (
        "import json, virtualptz; from virtualptz.plugins import PluginHost;"
        "print(json.dumps([virtualptz.__file__, [s.as_json() for s in PluginHost.load().statuses]]))"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    file, statuses = json.loads(done.stdout)
    assert Path(file).is_relative_to(tmp_path)
    assert {status["name"]: status["state"] for status in statuses} == {
        "ffmpeg": "loaded",
        "motion": "loaded",
        "policies": "loaded",
        "tracking": "loaded",
        "yolo": "loaded" if find_spec("ultralytics") else "failed",
    }


def test_the_sdist_is_enough_to_build_the_same_wheel(sdist: Path, wheel: Path, tmp_path: Path) -> None:
    subprocess.run(["/bin/tar", "-xzf", sdist, "-C", tmp_path], check=True)
    source = tmp_path / NAME
    top = {"README.md", "CONTRIBUTING.md", "LICENSE", "pyproject.toml", "core", "plugins", "tests", "docs"}
    assert top <= {path.name for path in source.iterdir()}
    assert names_in(build(source, "wheel", tmp_path / "dist")) == names_in(wheel)


def test_the_sdist_holds_nothing_made_here(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = archive.getnames()
    assert not [name for name in names if name.endswith((".pyc", ".mp4", ".log")) or "/.venv/" in name]
