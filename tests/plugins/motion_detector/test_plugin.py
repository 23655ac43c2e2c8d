"""What the plug-in offers, and what it takes to list it."""

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

from virtualptz.model import FrameRequest, MediaInfo, VideoInfo
from virtualptz.testing.detector import walkers
from virtualptz_motion import vptz_tracking_sources
from virtualptz_motion.detector import source, width_for
from virtualptz_motion.options import MotionOptions


def test_it_is_offered_behind_whatever_else_works() -> None:
    (offer,) = vptz_tracking_sources()
    assert (offer.name, offer.preference, offer.missing) == ("motion", 10, None)
    tracking = offer.build({"fps": 5})
    assert tracking.wants(None) == FrameRequest(5.0, 640)
    tracking.close()


def test_a_panorama_is_looked_at_in_more_detail() -> None:
    def media(width: int) -> MediaInfo:
        return MediaInfo(VideoInfo("h264", width, width * 9 // 16, Fraction(30)), None, None, live=True)

    assert [width_for(media(width)) for width in (640, 1920, 2560, 3840)] == [640, 640, 1280, 1280]
    assert source(MotionOptions(width=960)).wants(media(3840)) == FrameRequest(10.0, 960)


def test_its_updates_say_who_measured() -> None:
    updates = list(source(MotionOptions()).updates(iter(walkers(3.0))))
    assert {update.source for update in updates} == {"motion"}
    assert any(target.cls == "player" for update in updates for target in update.targets or ())


def test_listing_it_loads_no_opencv() -> None:
    listing = "import sys, virtualptz_motion as plugin; list(plugin.vptz_tracking_sources())"
    code = f"{listing}; print('cv2' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_page_names_every_option_with_its_default() -> None:
    page = (Path(__file__).parents[3] / "docs" / "detection.md").read_text()
    rows = [line.split("|") for line in page.partition("## Motion")[2].partition("\n## ")[0].splitlines()]
    documented = {
        name.strip(" `"): row[2].strip() for row in rows if len(row) > 3 for name in row[1].split(",")
    }
    for name, field in MotionOptions.model_fields.items():
        assert name in documented, f"docs/detection.md has no row for {name}"
        if isinstance(field.default, float | int) and documented[name]:
            assert float(documented[name]) == field.default
