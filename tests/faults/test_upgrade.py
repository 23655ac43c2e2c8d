"""Old agent out, new agent in, and the way back: the stream is on air throughout."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ..e2e.previews import PreviewViewer
from ..e2e.servers import Nginx, rtmp_camera
from ..media.watch import Viewer
from .installed import Service, built, installed
from .program import backward, lost

INIT = "core/virtualptz/__init__.py"
SCHEMA = "core/virtualptz/jobs/records/schema.py"
MESSAGES = "core/virtualptz/jobs/messages.py"
SPEC = "core/virtualptz/model/job.py"
NEWER = {
    INIT: ('__version__ = "0.1.0"', '__version__ = "9.9.9"'),
    SCHEMA: ("PRESETS, STARTS)", 'PRESETS, STARTS, "CREATE TABLE later (x TEXT) STRICT")'),
    MESSAGES: ("    pid: int\n    phase:", '    pid: int\n    later: str = "x"\n    phase:'),
    SPEC: (
        '    session_id: str = ""\n    source:',
        '    session_id: str = ""\n    later: str = "x"\n    source:',
    ),
}
"""Another version: its store has a table that this one does not know, and its jobs are told and tell more."""


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Of this version and of a newer one."""
    folder = tmp_path_factory.mktemp("wheels")
    return built(folder / "this", {}), built(folder / "newer", NEWER)


@pytest.fixture
def service(tmp_path: Path, nginx: Nginx) -> Iterator[Service]:
    """Nothing is installed yet."""
    settings = {
        "RUNNER_DETECTOR": "motion",
        "RUNNER_PREVIEW_TOKEN_SECONDS": "3600",
        "RUNNER_INGEST_OUTPUT_URI": nginx.url(f"{tmp_path.name}-{{session_id}}"),
    }
    (tmp_path / "agent").mkdir()
    service = Service(tmp_path / "agent", settings)
    yield service
    service.close()


@contextmanager
def on_air(service: Service, nginx: Nginx, source: str) -> Iterator[str]:
    """A program that somebody watches throughout; nothing within the block may cost it a picture."""
    job_id = service.start_ingest(source, "main")
    name = f"{service.folder.parent.name}-main"
    publisher = nginx.wait_published(name)
    service.wait_streaming(job_id)
    viewer = Viewer(nginx.url(name))
    viewer.wait_frames(25)
    yield job_id
    viewer.wait_frames(25)
    dropped = service.status(job_id)["frames_dropped"]
    recording = viewer.close()
    assert nginx.clients(name).publishers == (publisher,)
    assert (recording.errors, backward(recording)) == ([], 0)
    assert lost(recording) <= dropped, "pictures that nobody dropped for want of time are missing on air"


@dataclass
class Scene:
    """A program on air and a preview, which upgrades must not touch."""

    service: Service
    source: str
    job_id: str
    preview: str
    preview_url: str

    def wait_back(self) -> None:
        """Both run as before, by the same processes, with a detector and viewers."""
        for each in (self.job_id, self.preview):
            assert self.service.wait_streaming(each)["restart_count"] == 0
        self.service.wait_status(
            self.job_id, "a detector", lambda now: now["detector_state"] == "running", 60
        )
        viewer = PreviewViewer(self.preview_url)
        viewer.wait_parts(1, first=True)
        viewer.close()

    def change(self, *arguments: str | Path) -> str:
        """Upgrade; what was said."""
        done = self.service.upgrade(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        self.wait_back()
        return done.stdout


@pytest.fixture
def scene(service: Service, nginx: Nginx, loop_mp4: Path, tmp_path: Path) -> Iterator[Callable[[], Scene]]:
    """Starts the version that is installed, and puts a program on air."""
    with ExitStack() as stack:

        def begin() -> Scene:
            service.start()
            camera = rtmp_camera(nginx, loop_mp4, f"{tmp_path.name}-camera", tmp_path / "camera.log")
            source = stack.enter_context(camera)
            job_id = stack.enter_context(on_air(service, nginx, source))
            scene = Scene(service, source, job_id, *service.start_preview(source, fps=10, scale="160:-1"))
            scene.wait_back()
            return scene

        yield begin


def check_newer(scene: Scene, old: Path) -> str:
    """The newer version runs, with the job of before and for a new one, whose id is returned."""
    service = scene.service
    new = service.home.resolve()
    second = service.start_ingest(scene.source, "second")
    service.wait_streaming(second)
    assert (service.version, service.program_of(scene.job_id)) == ("9.9.9", old)
    assert service.program_of(second) == new != old
    return second


def go_back(scene: Scene, old: Path, second: str) -> None:
    """Told of the store, and refused; then, as wished, with both programs on air."""
    service, new = scene.service, scene.service.home.resolve()
    refused = service.upgrade("--back")
    assert (refused.returncode, service.home.resolve(), service.version) == (1, new, "9.9.9")
    assert "doubt: job store: newer (version" in refused.stdout
    scene.change("--back", "--force")
    assert (service.home.resolve(), service.version) == (old, "0.1.0")
    assert (service.wait_streaming(second)["restart_count"], service.program_of(second)) == (0, new)
    assert "the job store is newer" in service.log.read_text()
    assert list(service.state_dir.glob("jobs.sqlite3.newer-*"))


def test_there_and_back_on_air(
    service: Service, scene: Callable[[], Scene], wheels: tuple[Path, Path]
) -> None:
    old, new = (service.home.with_name(f"{service.home.name}-{name}") for name in ("old", "new"))
    installed(old, wheels[0], before=new.name)
    installed(new, wheels[1], before=old.name)
    service.home.symlink_to(old.name)
    now = scene()
    assert "9.9.9 runs, with 2 jobs" in now.change("--back")
    go_back(now, old, check_newer(now, old))


@pytest.mark.long
def test_installed_on_air(service: Service, scene: Callable[[], Scene], wheels: tuple[Path, Path]) -> None:
    """As above, and what is installed while the program is on air is installed by the script."""
    first = service.upgrade(wheels[0])
    assert (first.returncode, service.home.is_symlink()) == (0, True), first.stdout + first.stderr
    old = service.home.resolve()
    now = scene()
    assert "9.9.9 runs, with 2 jobs" in now.change(wheels[1])
    go_back(now, old, check_newer(now, old))


@pytest.mark.long
def test_what_cannot_be_installed_changes_nothing(service: Service, tmp_path: Path) -> None:
    done = service.upgrade(tmp_path / "no-such.whl")
    assert (done.returncode, list(service.home.parent.iterdir())) == (1, []), done.stdout
    assert "this failed: " in done.stderr


def test_a_folder_is_left_alone(service: Service, tmp_path: Path) -> None:
    service.home.mkdir()
    done = service.upgrade(tmp_path / "no-such.whl")
    assert (done.returncode, "is not a link to a version" in done.stderr) == (1, True)
