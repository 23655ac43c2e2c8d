"""An interrupted render goes on where it was, and nobody can tell from the film."""

import fcntl
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from virtualptz.errors import ConfigError, PluginError
from virtualptz.render.run import Summary
from virtualptz.render.spec import RenderSpec
from virtualptz.render.tracking import WARM_UP_SECONDS
from virtualptz.render.workspace import Workspace

from ...architecture import ROOT
from ...e2e.judge import assert_in_sync, assert_unbroken
from .films import CLIP, START, Steps, Swinging, lumas, recording, render, spec, views, whole


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return recording(tmp_path, replace(CLIP, b_frames=2, keyframe_seconds=1.7))


def uninterrupted(source: Path) -> RenderSpec:
    asked = spec(source, source.with_name("uninterrupted.mp4"))
    render(asked).run(Steps())
    return asked


def interrupt(asked: RenderSpec, stage: str, at: float) -> Swinging:
    """By Ctrl-C when the stage gets there."""
    detector = Swinging()
    with pytest.raises(KeyboardInterrupt):
        render(asked, detector).run(Steps(stage, at))
    assert not asked.output.exists()
    return detector


def finish(asked: RenderSpec, detector: Swinging | None = None) -> tuple[Summary, Steps]:
    steps = Steps()
    summary = render(asked, detector).run(steps)
    assert not Workspace(asked.output).folder.exists()
    return summary, steps


def assert_same_film(one: RenderSpec, other: RenderSpec) -> None:
    """The same pictures, but for what x264 makes of them, which differs each time; no viewer sees a seam."""
    seen = whole(one.output)
    assert_unbroken(seen)
    assert_in_sync(seen, least=5)
    reference = whole(other.output)
    assert seen.pts == reference.pts
    pairs = zip(lumas(seen), lumas(reference), strict=True)
    assert max(np.abs(a.astype(int) - b).mean() for a, b in pairs) < 1.5
    assert [frame.key for frame in seen.frames] == [frame.key for frame in reference.frames]
    assert views(one.decisions) == views(other.decisions)


@pytest.mark.parametrize("at", [0.3, 1.2, 2.6, 4.9])
def test_ctrl_c_while_it_films(source: Path, tmp_path: Path, at: float) -> None:
    asked = spec(source, tmp_path / "film.mp4")
    interrupt(asked, "filming", at)
    summary, steps = finish(asked)
    assert steps.notes == []
    assert steps.begun["filming"] == pytest.approx(int(at) - 0.04 if at > 1 else 0.0)
    assert summary.filmed == pytest.approx(5.0 - int(at), abs=0.05)
    assert_same_film(asked, uninterrupted(source))


def test_what_is_detected_is_not_detected_again(source: Path, tmp_path: Path) -> None:
    asked = spec(source, tmp_path / "film.mp4")
    interrupt(asked, "filming", 2.5)
    again = Swinging()
    summary, steps = finish(asked, again)
    assert steps.stages == ["catching", "filming", "joining"]
    assert again.frames == []
    assert summary.updates == 50


def test_ctrl_c_while_it_detects(tmp_path: Path) -> None:
    source = recording(tmp_path, replace(CLIP, seconds=13.0))
    asked = spec(source, tmp_path / "film.mp4")
    first = interrupt(asked, "detecting", 12.0)
    assert [frame.pts for frame in first.frames][-1] == pytest.approx(12.0, abs=0.1)
    again = Swinging()
    summary, steps = finish(asked, again)
    assert steps.begun["detecting"] == pytest.approx(12.0, abs=0.2)
    assert again.frames[0].pts == pytest.approx(12.0 - WARM_UP_SECONDS, abs=0.2), "warm before it counts"
    assert summary.updates == 130
    times = [json.loads(line)["frame_pts"] for line in _updates(asked)]
    assert times == sorted(set(times))
    whole(asked.output, replace(CLIP, seconds=13.0))


def _updates(asked: RenderSpec) -> list[str]:
    return [line for line in asked.decisions.read_text().splitlines() if '"kind":"update"' in line]


def test_half_a_line_that_was_being_written_does_no_harm(source: Path, tmp_path: Path) -> None:
    asked = spec(source, tmp_path / "film.mp4")
    interrupt(asked, "detecting", 3.0)
    tracking = Workspace(asked.output).tracking
    tracking.write_bytes(tracking.read_bytes()[:-20])
    finish(asked)
    assert_same_film(asked, uninterrupted(source))


@pytest.mark.parametrize("stage", ["detecting", "filming", "joining"])
def test_kill_9(source: Path, tmp_path: Path, stage: str) -> None:
    asked = spec(source, tmp_path / "film.mp4")
    command = [sys.executable, "-c", KILLED, str(source), str(asked.output), stage]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"there\n"
        os.kill(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert not asked.output.exists()
    _, steps = finish(asked)
    assert steps.notes == []
    assert_same_film(asked, uninterrupted(source))


KILLED = """
import sys, threading
from pathlib import Path
from tests.core.render.films import Steps, render, spec

class Stuck(Steps):
    def reached(self, seconds):
        if self.stages[-1] == sys.argv[3] and seconds > 2.5:
            print("there", flush=True)
            threading.Event().wait()

render(spec(Path(sys.argv[1]), Path(sys.argv[2]))).run(Stuck())
"""


def test_a_part_that_is_damaged_is_filmed_again(source: Path, tmp_path: Path) -> None:
    asked = spec(source, tmp_path / "film.mp4")
    interrupt(asked, "filming", 3.5)
    with Workspace(asked.output).film(1).open("ab") as part:
        part.write(b"?")
    summary, _ = finish(asked)
    assert summary.filmed == pytest.approx(4.0, abs=0.05)
    assert_same_film(asked, uninterrupted(source))


def test_another_camera_keeps_what_was_detected(source: Path, tmp_path: Path) -> None:
    asked = spec(source, tmp_path / "film.mp4")
    interrupt(asked, "filming", 2.5)
    other = replace(asked, start=START.model_copy(update={"policy": "spring"}))
    detector = Swinging()
    _, steps = finish(other, detector)
    [note] = steps.notes
    assert "the detections are kept, the film starts anew" in note
    assert detector.frames == []
    assert steps.begun["filming"] == 0.0
    assert {view.policy for view in views(asked.decisions)} == {"spring"}
    whole(asked.output)


def test_another_detector_starts_anew(source: Path, tmp_path: Path) -> None:
    asked = spec(source, tmp_path / "film.mp4")
    interrupt(asked, "filming", 2.5)
    _, steps = finish(replace(asked, detector_options={"fps": "10"}))
    [note] = steps.notes
    assert "it starts anew" in note
    assert steps.stages[0] == "detecting"


def test_another_recording_of_the_same_name_starts_anew(source: Path, tmp_path: Path) -> None:
    asked = spec(source, tmp_path / "film.mp4")
    interrupt(asked, "filming", 2.5)
    other = replace(CLIP, seconds=3.0, seed=3)
    recording(tmp_path, other)
    _, steps = finish(asked)
    assert "the recording" in steps.notes[0]
    whole(asked.output, other)


def test_fresh_discards_what_there_is(source: Path, tmp_path: Path) -> None:
    asked = spec(source, tmp_path / "film.mp4")
    interrupt(asked, "filming", 2.5)
    steps = Steps()
    render(asked).run(steps, fresh=True)
    assert steps.notes == ["what there was is discarded, as asked for"]
    assert steps.stages == ["detecting", "filming", "joining"]


def test_a_camera_that_goes_elsewhere_than_before_films_anew(source: Path, tmp_path: Path) -> None:
    """Such as a policy of others in a new version: the parts would not fit."""
    asked = spec(source, tmp_path / "film.mp4")
    interrupt(asked, "filming", 2.5)
    lines = Workspace(asked.output).lines(1)
    text = lines.read_text()
    at = text.index('"center_x":') + len('"center_x":')
    lines.write_text(f"{text[:at]}0.1{text[text.index(',', at) :]}")
    _, steps = finish(asked)
    assert "the camera would go elsewhere" in steps.notes[0]
    assert_same_film(asked, uninterrupted(source))


def test_two_at_once_do_not_meet(source: Path, tmp_path: Path) -> None:
    asked = spec(source, tmp_path / "film.mp4")
    folder = Workspace(asked.output).folder
    folder.mkdir()
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(ConfigError, match="another render is at work"):
            render(asked).run(Steps())


def test_a_detector_that_fails_keeps_what_it_found(source: Path, tmp_path: Path) -> None:
    class Failing(Swinging):
        def updates(self, frames):  # type: ignore[no-untyped-def]
            for number, update in enumerate(super().updates(frames)):
                if number == 20:
                    raise ValueError("a fault of a detector")
                yield update

    asked, failing = spec(source, tmp_path / "film.mp4"), Failing()
    work = render(asked, failing)
    with pytest.raises(PluginError, match="detector swinging: ValueError: a fault of a detector"):
        work.run(Steps())
    assert failing.closed
    assert work.kept == Workspace(asked.output).folder
    finish(asked)
    assert_same_film(asked, uninterrupted(source))


def test_a_source_that_looks_at_no_pictures_leaves_nothing(source: Path, tmp_path: Path) -> None:
    class Blind(Swinging):
        def wants(self, media):  # type: ignore[no-untyped-def]
            return None

    work = render(spec(source, tmp_path / "film.mp4"), Blind())
    with pytest.raises(ConfigError, match="looks at no pictures"):
        work.run(Steps())
    assert work.kept is None
    assert [path.name for path in tmp_path.iterdir()] == [source.name]


FULL = """
import resource, sys
from pathlib import Path
from tests.core.render.films import Steps, render, spec
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), -1))
work = render(spec(Path(sys.argv[1]), Path(sys.argv[2])))
try:
    work.run(Steps())
except OSError as error:
    print(f"{error}; {work.kept}")
"""


def test_a_disk_that_takes_no_more_keeps_what_it_has(source: Path, tmp_path: Path) -> None:
    """A file that may grow no further refuses a write as a full disk does."""
    asked = spec(source, tmp_path / "film.mp4")
    render(asked).run(Steps())
    whole_film = asked.output.stat().st_size
    asked.output.unlink()
    asked.decisions.unlink()
    command = [sys.executable, "-c", FULL, str(source), str(asked.output), str(whole_film * 2 // 3)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "File too large" in done.stdout, done.stderr
    assert str(Workspace(asked.output).folder) in done.stdout
    assert not Workspace(asked.output).joined.exists(), "it would only fill the disk"
    assert not asked.output.exists()
    _, steps = finish(asked)
    assert steps.stages == ["catching", "filming", "joining"]
    assert steps.begun["filming"] > 4, "all parts are there: only the whole did not fit"
    assert_same_film(asked, uninterrupted(source))
