"""The FFmpeg backend keeps the contract of media backends."""

import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from fractions import Fraction
from pathlib import Path

from tests.e2e.servers import camera
from tests.media.clip import Clip, write
from tests.ports import free_port
from virtualptz.testing.backend import LiveSource, MediaBackendContract
from virtualptz_ffmpeg.backend import FFmpegBackend
from virtualptz_ffmpeg.options import FFmpegOptions

CLIP = Clip(width=320, height=180, fps=Fraction(25), seconds=2.0, keyframe_seconds=0.2)


class TestFFmpeg(MediaBackendContract):
    step_error = 0.02

    def make(self) -> FFmpegBackend:
        return FFmpegBackend(FFmpegOptions())

    def source(self, folder: Path) -> str:
        return str(write(folder / "film.mp4", CLIP))

    def live(self, folder: Path) -> AbstractContextManager[LiveSource]:
        return _over_udp(folder)

    def target(self, folder: Path) -> str:
        return str(folder / "program.mp4")


@contextmanager
def _over_udp(folder: Path) -> Iterator[LiveSource]:
    uri = f"udp://127.0.0.1:{free_port(socket.SOCK_DGRAM)}"
    with camera(write(folder / "live.ts", CLIP), uri, "mpegts", folder / "camera.log") as pusher:
        yield LiveSource(uri, pusher.kill)
