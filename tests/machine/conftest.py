"""One machine for all that is asked of the unit; without what `scripts/machine` sets, nothing is asked."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..architecture import ROOT
from ..e2e.conftest import clips, loop_mp4, loop_ts, nginx
from ..e2e.processes import program
from ..e2e.servers import Nginx, rtmp_camera
from ..media.watch import Viewer
from .debian import Machine, bootstrap
from .service import PLACE, Service

__all__ = ["clips", "loop_mp4", "loop_ts", "nginx"]

BASE = os.environ.get("VPTZ_MACHINE_BASE", "")
"""A folder for the Debian that each run has a copy of; made where it is not there."""
SUITE = os.environ.get("VPTZ_MACHINE_SUITE", "bookworm")
MIRROR = os.environ.get("VPTZ_MACHINE_MIRROR", "http://deb.debian.org/debian")
SHOWN = os.environ.get("VPTZ_MACHINE_SHOWN", "").split()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    ours = [item for item in items if Path(__file__).parent in item.path.parents]
    if ours and not BASE:
        config.hook.pytest_deselected(items=ours)
        items[:] = [item for item in items if item not in ours]


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    folder = tmp_path_factory.mktemp("machine")
    if not Path(BASE, "etc").exists():
        bootstrap(Path(BASE), SUITE, MIRROR)
    root = folder / "root"
    subprocess.run([program("cp"), "--archive", BASE, root], check=True, timeout=300)
    project = f"{root}{PLACE}"
    subprocess.run([program("git"), "clone", "--quiet", str(ROOT), project], check=True, timeout=60)
    machine = Machine(root, folder / "console.log", SHOWN)
    yield machine
    machine.stop()


@pytest.fixture(scope="session")
def service(machine: Machine) -> Iterator[Service]:
    service = Service(machine)
    yield service
    service.close()


@pytest.fixture
def on_air(service: Service, nginx: Nginx, loop_mp4: Path, tmp_path: Path) -> Iterator[Viewer]:
    """Somebody who watches a program."""
    service.settings(f'ingest_output_uri = "{nginx.url("program")}"\n')
    service.sh("systemctl reload virtualptz")
    with rtmp_camera(nginx, loop_mp4, "camera", tmp_path / "camera.log") as source:
        service.runner.start_ingest("final", source, "balanced")
        nginx.wait_published("program")
        viewer = Viewer(nginx.url("program"))
        viewer.wait_frames(30)
        yield viewer
        for job in service.runner.jobs(state="running").jobs:
            service.runner.stop_ingest(job.job_id)
        viewer.close()
