"""What may work another time: of a live source nearly everything."""

import errno
from pathlib import Path

import av
import av.error
import pytest

from virtualptz.errors import MediaError
from virtualptz_ffmpeg.failure import media_error
from virtualptz_ffmpeg.streams import Streams


@pytest.fixture(scope="module")
def strange(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file whose video is of a codec that is not used."""
    path = tmp_path_factory.mktemp("strange") / "strange.flv"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("flv1", 25, width=64, height=48, pix_fmt="yuv420p")
        for packet in [*stream.encode(av.VideoFrame(64, 48, "yuv420p")), *stream.encode()]:
            output.mux(packet)
    return path


@pytest.mark.parametrize("live", [True, False])
def test_a_codec_that_is_not_used(strange: Path, live: bool) -> None:
    """One wrong byte in the first tag of a stream names another codec."""
    with av.open(str(strange)) as container, pytest.raises(MediaError, match="no decoder") as caught:
        Streams.of(container, audio=False, live=live, threads=0)
    assert caught.value.retryable == live


@pytest.mark.parametrize("live", [True, False])
def test_a_network_that_forbids_the_way(live: bool) -> None:
    error = av.error.PermissionError(errno.EACCES, "Permission denied", "rtmp://127.0.0.1/live")
    assert media_error(error, "rtmp://127.0.0.1/live", "opening", live=live).retryable == live
