import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import av
import pytest

from tests.media.clip import Clip, write
from virtualptz.errors import MediaError, MediaTimeoutError
from virtualptz.model import SourceOptions
from virtualptz.protocols import Picture
from virtualptz_ffmpeg.binary import find_ffmpeg
from virtualptz_ffmpeg.child import PLACEHOLDER, Child, Command
from virtualptz_ffmpeg.relay import Relay

from ...ports import free_port
from .stage import Show, backend, children, command_lines, eventually

SECRET = "pass-of-the-line"
FOUND = find_ffmpeg(protocol="srt")
pytestmark = pytest.mark.skipif(
    FOUND is None or "srt" not in FOUND.protocols,
    reason="no ffmpeg binary with SRT: pip install imageio-ffmpeg",
)


@pytest.fixture(autouse=True)
def no_child_is_left() -> Iterator[None]:
    before = children()
    yield
    assert eventually(lambda: children() <= before), children() - before


def test_srt_goes_out_and_comes_in_and_shows_no_passphrase() -> None:
    port = free_port()
    listener = f"srt://127.0.0.1:{port}?mode=listener&passphrase={SECRET}"
    show = Show(f"srt://127.0.0.1:{port}?passphrase={SECRET}&streamid={SECRET}")
    received: list[Picture] = []
    shown: list[str] = []

    def receive() -> None:
        source = backend().open_source(listener, SourceOptions(open_timeout=30, read_timeout=5))
        shown.extend(line for _, line in command_lines() if SECRET in line)
        while len(received) < 40:
            item = source.read()
            if isinstance(item, Picture):
                received.append(item)
        source.close()

    receiver = threading.Thread(target=receive)
    receiver.start()
    show.run_until(lambda: not receiver.is_alive(), 60)
    show.sink.close()
    assert len(received) == 40
    assert (received[0].width, received[0].height) == (320, 180)
    times = [picture.pts for picture in received]
    assert times == sorted(times)
    assert shown == []


def test_an_address_without_a_secret_needs_no_hiding() -> None:
    public = "srt://192.0.2.7:9000?mode=caller&latency=200000"
    assert Command.at(["x", PLACEHOLDER], public) == Command(["x", public], tied=True)
    secret = f"{public}&streamid=court1"
    assert Command.at(["x", PLACEHOLDER], secret) == Command(["x", PLACEHOLDER], secret, tied=True)


def test_srt_from_another_sender(tmp_path: Path) -> None:
    assert FOUND is not None
    clip = write(tmp_path / "clip.ts", Clip(width=320, height=180, seconds=6, patch=None))
    port = free_port()
    send = ["-nostdin", "-loglevel", "error", "-re", "-i", str(clip), "-c", "copy", "-f", "mpegts"]
    target = f"srt://127.0.0.1:{port}?mode=listener"
    with subprocess.Popen([FOUND.path, *send, target]) as sender:
        source = backend().open_source(
            f"srt://127.0.0.1:{port}", SourceOptions(open_timeout=20, read_timeout=3)
        )
        assert source.info.live
        assert source.info.audio is not None
        pictures = 0
        with suppress(MediaError):  # a sender that leaves may look like a broken line
            while (item := source.read()) is not None:
                pictures += isinstance(item, Picture)
        source.close()
        sender.wait(20)
    assert pictures > 60


def test_a_silent_srt_port_times_out() -> None:
    with pytest.raises(MediaTimeoutError):
        backend().probe(f"srt://127.0.0.1:{free_port()}?mode=listener", 1.5)


def test_that_nothing_comes_is_told_once(capfd: pytest.CaptureFixture[str]) -> None:
    """FFmpeg asks again after an error, and PyAV writes each of them but the last one with its trace."""
    relay = Relay(f"srt://127.0.0.1:{free_port()}?mode=listener", 0.3, 0.5)
    with pytest.raises(MediaTimeoutError, match="nothing came"):
        av.open(relay, format="mpegts")
    relay.close()
    assert "Traceback" not in capfd.readouterr().err


def test_a_call_that_nobody_answers_is_over_when_it_is_given_up() -> None:
    """While ffmpeg tidies up behind it, a second, a sender that is back would not be heard."""
    relay = Relay(f"srt://127.0.0.1:{free_port()}", 1.5, 2.3)
    with pytest.raises(MediaError, match=r"^SRT: Input/output error$"):
        relay.read(1316)
    relay.close()


def test_a_refused_srt_connection_is_worth_another_try_and_hides_its_address() -> None:
    with pytest.raises(MediaError) as caught:
        backend().probe(f"srt://127.0.0.1:{free_port()}?passphrase={SECRET}&connect_timeout=500", 8)
    assert caught.value.retryable
    assert SECRET not in str(caught.value)


def test_an_argument_is_hidden_from_the_first_instruction_on(tmp_path: Path) -> None:
    """`cat` writes the file that its hidden argument names; nobody sees the name."""
    path = tmp_path / f"{SECRET}.txt"
    path.write_text("found")
    command = Command(["/bin/cat", "-", PLACEHOLDER], str(path), tied=True)
    child = Child("cat", command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.process.stdin is not None
    assert child.process.stdout is not None
    line = next(line for pid, line in command_lines() if pid == child.pid)
    assert PLACEHOLDER in line
    assert SECRET not in line
    assert SECRET.encode() not in Path(f"/proc/{child.pid}/environ").read_bytes()
    child.process.stdin.close()
    assert child.process.stdout.read() == b"found"
    assert child.ended.wait(10)
    assert child.exit_code == 0
    child.process.stdout.close()


def test_a_program_that_is_not_there_is_an_error() -> None:
    with pytest.raises(MediaError, match="does not start"):
        Child("nothing", Command(["/nonexistent/program", PLACEHOLDER], "secret", tied=True))
