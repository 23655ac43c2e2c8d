import errno
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import av
import av.error
import pytest

from tests.media import watch
from virtualptz_ffmpeg import publisher, routes
from virtualptz_ffmpeg.binary import find_ffmpeg
from virtualptz_ffmpeg.coded import HELLO
from virtualptz_ffmpeg.colour import Colour
from virtualptz_ffmpeg.encoder import VideoEncoder
from virtualptz_ffmpeg.header import Header
from virtualptz_ffmpeg.options import FFmpegOptions
from virtualptz_ffmpeg.report import CALLING, GREETED, Report
from virtualptz_ffmpeg.sink import FFmpegSink

from ...ports import free_port
from .stage import SMALL, Show, children, command_lines, eventually
from .test_sink import boxes

RTMP_GREETING = 1536
"""Bytes of each of its parts."""
SECRET = "k3y-of-the-stream"
ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def no_child_is_left() -> Iterator[None]:
    before = children()
    yield
    assert eventually(lambda: children() <= before), children() - before


def publisher_of(show: Show) -> int:
    assert isinstance(show.sink, FFmpegSink)
    pid = show.sink.publisher_pid
    assert pid is not None
    return pid


def running(show: Show) -> bool:
    return isinstance(show.sink, FFmpegSink) and show.sink.publisher_pid is not None


def test_a_killed_publisher_is_started_again_and_a_file_goes_on_in_a_new_one(tmp_path: Path) -> None:
    show = Show(str(tmp_path / "program.ts"))
    show.run(30)
    show.run_until(lambda: running(show))
    os.kill(publisher_of(show), signal.SIGKILL)
    show.run_until(lambda: show.sink.stats.publisher_restarts == 1 and running(show))
    show.run(45)
    show.sink.close()
    stats = show.sink.stats
    assert stats.target == str(tmp_path / "program-1.ts")
    seen = watch.decode(Path(stats.target))
    assert not seen.errors
    assert seen.frames[0].key
    assert len(seen.frames) > 45
    assert show.slowest_write < 2


@pytest.mark.parametrize("place", [(routes, "Child"), (publisher, "Reports")])
@pytest.mark.parametrize(
    "error", [RuntimeError("can't start new thread"), OSError(errno.EMFILE, "Too many open files")]
)
def test_a_machine_short_of_something_costs_an_attempt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: tuple[ModuleType, str], error: Exception
) -> None:
    real, calls = getattr(*place), itertools.count()

    def short(*arguments: object, **named: object) -> object:
        if next(calls) < 2:
            raise error
        return real(*arguments, **named)

    monkeypatch.setattr(*place, short)
    show = Show(str(tmp_path / "program.ts"))
    show.run_until(lambda: running(show) and show.sink.stats.bytes_written > 0)
    stats = show.sink.stats
    assert str(error) in (stats.last_error or "")
    assert stats.publisher_restarts == 2
    show.sink.close()
    assert len(watch.decode(Path(show.sink.stats.target)).frames) > 10


def test_a_stopped_publisher_blocks_no_write_and_is_replaced(tmp_path: Path) -> None:
    """SIGSTOP: alive, and takes nothing. What the pipe cannot hold waits, is dropped and counted."""
    show = Show(str(tmp_path / "program.ts"), crf=1)
    show.run(15)
    show.run_until(lambda: running(show))
    os.kill(publisher_of(show), signal.SIGSTOP)
    show.run_until(lambda: show.sink.stats.publisher_restarts > 0, 60)
    assert show.slowest_write < 2
    show.sink.close()
    assert len(watch.decode(Path(show.sink.stats.target)).frames) > 10


def test_a_file_is_finished_when_its_job_is_killed(tmp_path: Path) -> None:
    target = tmp_path / "program.mp4"
    script = (
        "import sys, time\n"
        "from tests.plugins.ffmpeg_backend.stage import Show\n"
        f"show = Show({str(target)!r}, realtime=False)\n"
        "show.run(120)\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n"
    )
    job = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]
    )
    with job:
        assert job.stdout is not None
        assert job.stdout.readline() == b"ready\n"
        assert eventually(lambda: len(packets_of(target)) > 90)
        job.kill()
        job.wait()
    assert eventually(lambda: boxes(target) == ["ftyp", "free", "mdat", "moov"])
    assert len(watch.decode(target).frames) > 90


def packets_of(path: Path) -> list[float]:
    """Times of the pictures of a file that may still be written."""
    try:
        with av.open(str(path)) as container:
            return [float(packet.pts or 0) for packet in container.demux(video=0)]
    except (av.error.FFmpegError, OSError):
        return []


def test_no_publisher_outlives_a_killed_job() -> None:
    port = free_port()
    script = (
        "import time\n"
        "from tests.plugins.ffmpeg_backend.stage import Show\n"
        f"show = Show('rtmp://127.0.0.1:{port}/live/{SECRET}')\n"
        "show.run(30)\n"
        "print(show.sink.publisher_pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    job = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]
    )
    with job:
        assert job.stdout is not None
        pid = int(job.stdout.readline())
        job.kill()
        job.wait()
    assert eventually(lambda: not Path(f"/proc/{pid}/cmdline").exists() or not cmdline(pid))


def cmdline(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def test_an_absent_server_stops_nothing_and_no_credential_is_shown(caplog: pytest.LogCaptureFixture) -> None:
    target = f"rtmp://operator:{SECRET}@127.0.0.1:{free_port()}/live/{SECRET}?token={SECRET}"
    show = Show(target)
    show.run_until(lambda: show.sink.stats.last_error is not None)
    assert [line for _, line in command_lines() if SECRET in line] == []
    began = time.monotonic()
    show.sink.close()
    assert time.monotonic() - began < 15
    stats = show.sink.stats
    assert "refused" in (stats.last_error or "")
    assert SECRET not in repr(stats)
    assert SECRET not in caplog.text
    assert show.slowest_write < 2


def test_udp_reaches_a_receiver() -> None:
    port = free_port()
    target = f"udp://127.0.0.1:{port}"
    viewer = watch.Viewer(f"{target}?fifo_size=50000&overrun_nonfatal=1")
    show = Show(target)
    show.run_until(lambda: len(viewer.recording.frames) > 60)
    show.sink.close()
    viewer.close()
    assert not viewer.recording.errors
    assert viewer.recording.audio_codec == "aac"


def test_rtsp_reaches_a_listener(tmp_path: Path) -> None:
    binary = find_ffmpeg()
    if binary is None:
        pytest.skip("no ffmpeg binary, which is the listener here")
    port, received = free_port(), tmp_path / "received.mkv"
    url = f"rtsp://127.0.0.1:{port}/live/{SECRET}"
    listen = ["-rtsp_flags", "listen", "-listen_timeout", "20", "-i", url]
    coding = [
        "-fps_mode",
        "passthrough",
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-c:a",
        "aac",
        str(received),
    ]
    quiet = ["-nostdin", "-hide_banner", "-loglevel", "error"]
    with subprocess.Popen([binary.path, *quiet, *listen, *coding]) as listener:
        show = Show(url)
        show.run(90)
        show.sink.close()
        listener.wait(30)
    assert len(watch.decode(received).frames) > 45


def test_a_sink_closes_in_time_from_a_thread_too() -> None:
    show = Show(f"rtmp://127.0.0.1:{free_port()}/live/x")
    show.run(20)
    closer = threading.Thread(target=show.sink.close)
    closer.start()
    closer.join(15)
    assert not closer.is_alive()


def test_a_publisher_that_is_held_up_for_a_moment_still_finishes_its_file(tmp_path: Path) -> None:
    show = Show(str(tmp_path / "program.mp4"))
    show.run(30)
    show.run_until(lambda: running(show) and show.sink.stats.bytes_written > 0)
    pid = publisher_of(show)
    os.kill(pid, signal.SIGSTOP)
    threading.Timer(0.7, os.kill, (pid, signal.SIGCONT)).start()
    show.sink.close()
    assert boxes(Path(show.sink.stats.target)) == ["ftyp", "free", "mdat", "moov"]
    assert show.sink.stats.publisher_restarts == 0


@pytest.mark.parametrize("target", ["program.mp4", "udp://127.0.0.1:{port}"])
def test_a_deaf_publisher_does_not_hold_up_the_end(target: str, tmp_path: Path) -> None:
    port = free_port()
    show = Show(target.format(port=port) if "://" in target else str(tmp_path / target))
    show.run_until(lambda: running(show) and show.sink.stats.bytes_written > 0)
    pid = publisher_of(show)
    os.kill(pid, signal.SIGSTOP)
    began = time.monotonic()
    show.sink.close()
    assert time.monotonic() - began < 4
    assert not cmdline(pid)


def test_a_host_that_answers_no_call_is_called_again_soon() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        address = server.getsockname()
        with socket.create_connection(address):
            process = subprocess.Popen(
                [sys.executable, "-m", "virtualptz_ffmpeg.publish"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            with process:
                assert process.stdin is not None
                assert process.stdout is not None
                process.stdin.write(hello(f"rtmp://127.0.0.1:{address[1]}/live/x", knock=True))
                process.stdin.flush()
                began = time.monotonic()
                assert b"has not answered the call" in process.stdout.readline()
                assert time.monotonic() - began < 11
                process.stdin.close()


def test_a_server_that_takes_the_connection_and_says_nothing_is_left_soon() -> None:
    """It need not even accept: its kernel takes the connection, and our first words."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        show = Show(f"rtmp://127.0.0.1:{server.getsockname()[1]}/live/x")
        show.run_until(lambda: attempt(show) == (1, "no answer within 5 s"))
        show.run_until(lambda: show.sink.stats.publisher_restarts == 1 and running(show))
        assert attempt(show)[0] == 1, "the same failure does not count twice"
        show.sink.close()


def attempt(show: Show) -> tuple[int, str | None]:
    """How many have failed, and why the last one did."""
    report = show.sink.stats.publish
    return (0, None) if report is None else (report.attempts, report.reason)


def test_it_is_told_when_the_server_has_greeted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        process = subprocess.Popen(
            [sys.executable, "-m", "virtualptz_ffmpeg.publish"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        with process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(hello(f"rtmp://127.0.0.1:{server.getsockname()[1]}/live/x", tells=True))
            process.stdin.flush()
            assert process.stdout.readline() == CALLING
            connection, _ = server.accept()
            with connection:
                connection.recv(1 + RTMP_GREETING, socket.MSG_WAITALL)
                connection.sendall(b"\x03" + bytes(2 * RTMP_GREETING))
                assert process.stdout.readline() == GREETED
            assert Report.parse(process.stdout.readline()) == Report(
                False, "the server refuses: it hangs up", True
            )
            process.stdin.close()


def hello(url: str, **more: object) -> bytes:
    """What a publishing process hears first."""
    header = Header()
    encoder = VideoEncoder(header, SMALL, Fraction(30), Colour(), FFmpegOptions())
    streams = header.data()
    assert encoder.context.is_open
    told = {"url": url, "muxer": "flv", "options": {}, "network": True, "time_bases": [[1, 90000]], **more}
    body = json.dumps(told).encode()
    return HELLO.pack(len(body), len(streams)) + body + streams
