import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import psutil
import pytest
from scripts._demo.ingest import tour_view
from scripts._demo.options import ROOT, parse

from virtualptz.plugins import PluginHost
from virtualptz.tracking.court_clip import ClipOptions, write_court_clip

from ..e2e.processes import ffmpeg
from ..media.clip import Clip, write
from ..ports import free_port


def test_by_default_it_draws_a_court_for_half_a_minute() -> None:
    options = parse([])
    assert (options.source, options.seconds) == (None, 30)
    assert options.program == ROOT / "demo-output" / "program.mp4"


def test_a_file_is_taken_from_where_the_user_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "match.mp4").touch()
    monkeypatch.chdir(tmp_path)
    assert parse(["match.mp4"]).source == str(tmp_path / "match.mp4")
    assert parse(["rtsp://camera.example/wide"]).source == "rtsp://camera.example/wide"


@pytest.mark.parametrize("arguments", [["--seconds", "0"], ["--seconds", "x"], ["/nowhere/match.mp4"]])
def test_what_cannot_work_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        parse(arguments)
    assert end.value.code == 2
    assert "error: " in capsys.readouterr().err


def test_the_tour_is_gentle_and_stays_in_the_picture() -> None:
    views = [tour_view(step / 10) for step in range(1200)]
    assert views[0] == {"center_x": 0.5, "center_y": 0.5, "zoom": 1.0}
    assert all(1 <= view["zoom"] <= 4 for view in views)
    for axis in ("center_x", "center_y"):
        assert all(0.5 / view["zoom"] <= view[axis] <= 1 - 0.5 / view["zoom"] for view in views)
        assert max(abs(b[axis] - a[axis]) for a, b in pairwise(views)) < 0.015


@contextmanager
def demo(folder: Path, *arguments: str) -> "Iterator[subprocess.Popen[str]]":
    command = [sys.executable, "-m", "scripts._demo", "--output", str(folder), *arguments]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, env=environ, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def left_behind(folder: Path) -> list[str]:
    """Processes that still have to do with this demonstration."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        command = " ".join(process.info["cmdline"] or [])
        if str(folder) in command and process.pid != os.getpid():
            found.append(command)
    return found


def written(output: str, folder: Path) -> tuple[float, str]:
    """The duration that the last line tells, which must be true, and the picture's size."""
    found = re.search(r"Wrote (\S+): ([\d.]+) s, (\d+x\d+), [\d.]+ MB; restarts: 0\.", output)
    assert found is not None, output
    assert found[1] == str(folder / "program.mp4")
    info = PluginHost.load().media_backend("ffmpeg").probe(found[1], 10)
    assert info.duration == pytest.approx(float(found[2]), abs=0.1)
    return float(found[2]), found[3]


@pytest.mark.e2e
def test_the_drawn_match_from_beginning_to_end(tmp_path: Path) -> None:
    with demo(tmp_path, "--seconds", "6", "--size", "640x360") as process:
        output, _ = process.communicate(timeout=100)
    assert process.returncode == 0, output
    seconds, size = written(output, tmp_path)
    assert seconds == pytest.approx(6, abs=0.5)
    assert size == "1280x720"
    assert (tmp_path / "court-6s-640x360.mp4").exists()
    tracking = (tmp_path / "tracking.log").read_text()
    assert "push 5: state=" in tracking
    assert "Traceback" not in tracking
    assert left_behind(tmp_path) == []


@pytest.mark.e2e
def test_a_stream_of_ones_own_ended_by_ctrl_c(tmp_path: Path) -> None:
    clip = write(tmp_path / "own.ts", Clip(width=640, height=360, seconds=60.0))
    source = f"udp://127.0.0.1:{free_port(socket.SOCK_DGRAM)}"
    sending = [ffmpeg(), "-v", "error", "-re", "-i", str(clip), "-c", "copy", "-f", "mpegts", source]
    with (
        subprocess.Popen([*sending[:-1], f"{source}?pkt_size=1316"]) as camera,
        demo(tmp_path, source, "--seconds", "25") as process,
    ):
        try:
            assert process.stdout is not None
            output = ""
            while "frames/s" not in output:
                piece = process.stdout.read(1)
                assert piece, output
                output += piece
            process.send_signal(signal.SIGINT)
            output += process.communicate(timeout=60)[0]
        finally:
            camera.kill()
    assert process.returncode == 0, output
    assert "a scripted operator looks around" in output
    written(output, tmp_path)
    assert left_behind(tmp_path) == []


@pytest.fixture(scope="module")
def match(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drawn match, and where its players really are."""
    folder = tmp_path_factory.mktemp("match")
    options = ClipOptions(folder / "match.mp4", 6.0, 320, 180, truth=folder / "match.jsonl")
    write_court_clip(PluginHost.load().media_backend("ffmpeg"), options)
    return options.output


def test_a_recording_is_followed(match: Path, tmp_path: Path) -> None:
    truth = str(match.with_suffix(".jsonl"))
    with demo(tmp_path, str(match), "--seconds", "4", "--detector", truth) as process:
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output
    film = tmp_path / "followed.mp4"
    assert f"Wrote {film}." in output
    assert "120 pictures" in output
    assert PluginHost.load().media_backend("ffmpeg").probe(str(film), 10).duration == pytest.approx(
        4, abs=0.1
    )
    assert left_behind(tmp_path) == []


def test_a_recording_that_nobody_can_follow_is_no_demonstration(match: Path, tmp_path: Path) -> None:
    with demo(tmp_path, str(match), "--detector", "nobody") as process:
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "no tracking source 'nobody'" in output
    assert "Traceback" not in output
