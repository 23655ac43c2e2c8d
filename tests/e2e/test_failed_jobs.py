"""A job whose own process says that it cannot go on: one that was on air is brought back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ..core.distributions import Site
from ..media.watch import Viewer
from .conftest import AgentFactory
from .processes import wait_for
from .servers import Nginx, rtmp_camera

MOODY = """
    from pathlib import Path

    from virtualptz import hookimpl
    from virtualptz.errors import MediaError
    from virtualptz.model import Extension
    from virtualptz_ffmpeg.options import FFmpegOptions

    MARK = Path(__file__).with_name("it-has-failed")


    def create(options):
        from virtualptz_ffmpeg.backend import FFmpegBackend
        from virtualptz_ffmpeg.sink import FFmpegSink

        class Sink(FFmpegSink):
            written = 0

            def write(self, item, pts):
                self.written += 1
                if self.written > WELL and not MARK.exists():
                    MARK.touch()
                    raise MediaError("the encoder failed: no such device", retryable=False)
                super().write(item, pts)

        class Backend(FFmpegBackend):
            def open_sink(self, target, output, like):
                return Sink(target, output, like, self._options)

        return Backend(options)


    @hookimpl
    def vptz_media_backends():
        return [Extension("moody", FFmpegOptions, create)]
"""
"""A media backend whose encoder fails once, after so many pictures and pieces of sound."""


@pytest.fixture
def source(nginx: Nginx, loop_mp4: Path, tmp_path: Path) -> Iterator[str]:
    with rtmp_camera(nginx, loop_mp4, f"{tmp_path.name}-source", tmp_path / "camera.log") as url:
        yield url


def moody(folder: Path, well: int) -> dict[str, str]:
    """Settings of an agent with that backend."""
    site = Site(folder / "site")
    site.install("moody", MOODY.replace("WELL", str(well)))
    return {
        "PYTHONPATH": str(site.folder),
        "PYTHONDONTWRITEBYTECODE": "1",
        "RUNNER_MEDIA_BACKEND": "moody",
    }


def test_an_encoder_that_fails_on_air_costs_a_restart(
    nginx: Nginx, source: str, start_agent: AgentFactory, tmp_path: Path
) -> None:
    name = f"{tmp_path.name}-moody"
    agent = start_agent(moody(tmp_path, well=300), output=nginx.url(name))
    job_id = agent.start_ingest(source)
    first = nginx.wait_published(name)
    agent.wait_status(job_id, "a restart", lambda status: status["restart_count"] == 1)
    status = agent.wait_streaming(job_id)
    assert (status["state"], status["last_error"]) == ("running", "the encoder failed: no such device")
    wait_for("a new publisher", lambda: nginx.clients(name).publishers not in {(), (first,)})
    viewer = Viewer(nginx.url(name))
    viewer.wait_frames(25)
    viewer.close()
    assert agent.status(job_id)["restart_count"] == 1


def test_an_encoder_that_never_worked_fails_the_job(
    nginx: Nginx, source: str, start_agent: AgentFactory, tmp_path: Path
) -> None:
    agent = start_agent(moody(tmp_path, well=0), output=nginx.url(f"{tmp_path.name}-moody"))
    status = agent.wait_ended(agent.start_ingest(source))
    assert (status["state"], status["restart_count"]) == ("failed", 0)
    assert status["last_error"] == "the encoder failed: no such device"
