"""Films of real pictures with the detectors that are installed, judged by what is really to be seen."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from virtualptz.camera.decision_lines import ViewLine
from virtualptz.errors import VirtualPtzError
from virtualptz.model import CropShape, TrackingUpdate
from virtualptz.plugins import PluginHost
from virtualptz.render.run import Parts, Render, Summary
from virtualptz.render.spec import RenderSpec
from virtualptz.tracking.court_clip import ClipOptions, write_court_clip

from ...media.watch import decode
from ...sample_data import sample
from .films import HEIGHT, OUTPUT, START, WIDTH, Steps, backend, build, views

RATE = 15


@pytest.fixture(autouse=True)
def _offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("OFFLINE", "true"), ("AUTOINSTALL", "false"), ("CONFIG_DIR", str(tmp_path / "cfg"))):
        monkeypatch.setenv(f"YOLO_{name}", value)


def film_of(source: Path, output: Path, detector: str) -> Summary:
    options = {"model": str(sample("weights/yolo11n-rebuilt.pt"))} if detector == "yolo" else {}
    host = PluginHost.load(options={detector: options} if options else {})
    try:
        host.live_source(detector)
    except VirtualPtzError as error:
        pytest.skip(str(error))
    asked = RenderSpec(source, output, OUTPUT, START, detector=detector, detector_options=options)
    parts = Parts(backend(), build, lambda: host.tracking_source(detector))
    return Render(asked, parts).run(Steps())


@pytest.mark.parametrize("detector", ["motion", "yolo"])
def test_a_real_game_is_followed_to_the_other_end(tmp_path: Path, detector: str) -> None:
    """In the gym's ten seconds play goes from the left basket to the right one."""
    source = sample("video/basketball_gym_fisheye_10s.mp4")
    summary = film_of(source, tmp_path / "film.mp4", detector)
    seen = decode(tmp_path / "film.mp4")
    assert len(seen.frames) == summary.pictures == 301
    assert seen.errors == []
    assert seen.audio_seconds == pytest.approx(10.0, abs=0.15)
    assert summary.frames == pytest.approx(100, abs=2)
    path = views(summary.decisions)
    left, right = (np.mean([view.center_x for view in part]) for part in (path[15:60], path[-60:]))
    assert left < 0.45
    assert right > left + 0.1
    assert summary.quality.rms_jerk < 1.0
    assert summary.quality.players_in_view is not None
    assert summary.quality.players_in_view > 0.85


@pytest.fixture(scope="module")
def court(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("court")
    clip = folder / "court.mp4"
    truth = folder / "court.jsonl"
    write_court_clip(backend(), ClipOptions(clip, 12.0, 960, 540, fps=Fraction(RATE), truth=truth))
    return clip


@pytest.mark.parametrize("detector", ["motion"])
def test_the_ball_of_a_drawn_match_is_in_view(court: Path, tmp_path: Path, detector: str) -> None:
    summary = film_of(court, tmp_path / "film.mp4", detector)
    path = [view for view in views(summary.decisions) if view.pts > 2.0]
    truth = list(_balls(court.with_suffix(".jsonl")))
    held = [_holds(view, truth[round(view.pts * RATE)]) for view in path]
    assert np.mean(held) >= 0.95
    assert np.mean([view.zoom for view in path]) > 1.15, "and it is not just the wide view"


def _balls(truth: Path) -> Iterator[tuple[float, float]]:
    for line in truth.read_text().splitlines():
        update = TrackingUpdate.model_validate_json(line)
        [ball] = [each for each in update.targets or () if each.cls == "ball"]
        yield ball.x, ball.y


def _holds(view: ViewLine, place: tuple[float, float]) -> bool:
    shape = CropShape.fit(16 / 9, WIDTH / HEIGHT)
    across, down = abs(place[0] - view.center_x), abs(place[1] - view.center_y)
    return across <= shape.width / view.zoom / 2 and down <= shape.height / view.zoom / 2
