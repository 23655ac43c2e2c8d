"""The overlay: what people see of detector and camera lies where the decision log and the truth say."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from ..media.watch import decode
from .agent import Agent
from .browser import browser
from .court import Court, draw_court, telling
from .previews import Part, PreviewViewer
from .processes import wait_for

FPS = 25
SIZE = (640, 360)
SECONDS = 16
DRAWN = 40
"""Pictures that each viewer takes."""
BAR = 320
"""The row at which the overlay's bar begins, at the latest."""
PAGE = '<body style="margin:0;background:#000"><img src="{url}" width="640" height="360">'
Pixels = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Watched:
    """What two viewers of one overlay got, and what the job's log and the clip's truth say of it."""

    parts: list[list[Part]]
    views: dict[float, dict[str, Any]]
    """By stream time, rounded to microseconds as the stream's heads are."""
    court: Court
    wide: list[Pixels]
    """The clip's luma, 0..255."""


@pytest.fixture(scope="module")
def court(tmp_path_factory: pytest.TempPathFactory) -> Court:
    return draw_court(tmp_path_factory.mktemp("court"), SECONDS, SIZE, FPS)


@pytest.fixture(scope="module")
def watched(court: Court, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    agent = Agent(tmp_path_factory.mktemp("overlay"), {"RUNNER_DECISION_LOG": "1"}).start()
    try:
        job_id = agent.start_ingest(str(court.clip))
        with telling(agent, job_id, court.truth[::2]):
            agent.wait_status(job_id, "a closer view", lambda now: (now["view"] or {}).get("zoom", 1) > 1.2)
            url = agent.status(job_id)["overlay_url"]
            viewers = [PreviewViewer(url) for _ in range(2)]
            parts = [viewer.wait_parts(DRAWN, first=True) for viewer in viewers]
            for viewer in viewers:
                viewer.close()
        agent.stop_ingest(job_id)
        log = next(agent.state_dir.glob("jobs/*/decisions.jsonl")).read_text().splitlines()
        lines = [json.loads(line) for line in log]
        views = {round(line["pts"], 6): line for line in lines if line.get("kind") == "view"}
        yield Watched(parts, views, court, luma_of(court.clip))
    finally:
        agent.close()


def luma_of(clip: Path) -> list[Pixels]:
    """Limited range to full, as a JPEG has it."""
    planes = [frame.luma for frame in decode(clip, keep_luma=True).frames]
    return [(np.asarray(plane, np.float64) - 16) * 255 / 219 for plane in planes if plane is not None]


def test_two_viewers_get_the_same_drawing(watched: Watched) -> None:
    first, second = ({part.headers["x-frame-pts"]: part.jpeg for part in parts} for parts in watched.parts)
    both = first.keys() & second.keys()
    assert len(both) >= DRAWN // 2
    assert all(first[pts] == second[pts] for pts in both)
    assert watched.parts[0][0].bgr().shape == (SIZE[1], SIZE[0], 3)


def test_the_programs_rectangle_lies_where_the_decision_log_says(watched: Watched) -> None:
    """Around it the picture is darker: that shows its edges to a pixel or two."""
    checked = 0
    for part in watched.parts[0]:
        pts = float(part.headers["x-frame-pts"])
        view = watched.views[pts]
        if view["zoom"] < 1.1:
            continue
        checked += 1
        half = 0.5 / view["zoom"]
        left, top = view["center_x"] - half, view["center_y"] - half
        edges = np.array([left, top, left + 2 * half, top + 2 * half]) * (*SIZE, *SIZE)
        found = np.array(bright_part(part, watched.wide[round(pts * FPS)]), float)
        seen = [place for place in range(4) if place != 3 or edges[3] < BAR]
        assert found[seen] == pytest.approx(edges[seen], abs=3), pts
    assert checked > DRAWN // 2


def bright_part(part: Part, wide: Pixels) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what is as bright as in the clip."""
    shown, told = part.luma()[:BAR].astype(float), wide[:BAR]
    bright = (told > 50) & (shown / np.maximum(told, 1) > 0.81)
    dim = (told > 50) & ~bright
    columns = np.flatnonzero(bright.sum(axis=0) > dim.sum(axis=0) * 0.4)
    inside = slice(columns[0] + 8, columns[-1] - 8)
    rows = np.flatnonzero(bright[:, inside].sum(axis=1) > dim[:, inside].sum(axis=1))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def test_every_player_has_his_box_in_the_very_picture(watched: Watched) -> None:
    """The boxes are light blue; with look-ahead they are of this picture, not of an earlier one."""
    now, half_a_second_ago = [], []
    for part in watched.parts[0]:
        number = round(float(part.headers["x-frame-pts"]) * FPS)
        blue = is_blue(part)
        now += [boxed(blue, target) for target in watched.court.players(number)]
        half_a_second_ago += [boxed(blue, target) for target in watched.court.players(number - FPS // 2)]
    assert np.mean(now) > 0.75
    assert np.mean(half_a_second_ago) < np.mean(now) - 0.25


def is_blue(part: Part) -> npt.NDArray[np.bool_]:
    """Whether a pixel, or one beside it, has the colour of a player's box."""
    blue, green, red = (part.bgr()[..., channel].astype(int) for channel in range(3))
    found = (np.minimum(blue, green) > 110) & (np.minimum(blue, green) - red > 45)
    near = found
    for rows, columns in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        near = near | np.roll(found, (rows, columns), (0, 1))
    return np.asarray(near, np.bool_)


def boxed(blue: npt.NDArray[np.bool_], target: dict[str, Any]) -> float:
    """The share of a player's box that is drawn; what lies under the bar does not count."""
    left, right = (round((target["x"] + side * target["w"] / 2) * SIZE[0]) for side in (-1, 1))
    top, bottom = (round((target["y"] + side * target["h"] / 2) * SIZE[1]) for side in (-1, 1))
    rows = slice(max(top, 0), min(bottom, BAR))
    sides = [blue[rows, min(max(x, 0), SIZE[0] - 1)] for x in (left, right)]
    return float(np.concatenate(sides).mean()) if rows.stop > rows.start else 1.0


def test_a_preview_has_no_overlay_and_says_whom_to_ask(agent: Agent, loop_mp4: Path) -> None:
    job_id, _ = agent.start_preview(str(loop_mp4))
    answer = agent.client.get(f"/runner/preview/stream/{job_id}?overlay=1")
    assert answer.status_code == 422
    assert "ingest" in answer.json()["detail"]


def test_a_browser_paints_the_overlay(court: Court, agent: Agent, tmp_path: Path) -> None:
    with browser(tmp_path) as page:
        job_id = agent.start_ingest(str(court.clip), "9000")
        status = agent.wait_status(job_id, "an overlay", lambda now: now["overlay_url"] is not None)
        page.show(PAGE.format(url=status["overlay_url"]))

        def grey_pill() -> bool:
            """Nothing is tracked: the bar says so on a grey plate."""
            pill = page.screenshot()[BAR:360, :120].astype(int)
            return bool((np.abs(pill - (165, 170, 170)).max(axis=-1) < 25).sum() > 300)

        wait_for("the overlay in the browser", grey_pill)
