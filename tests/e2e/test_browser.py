"""What a person sees: the preview painted by a real browser."""

from pathlib import Path

from .agent import Agent
from .browser import browser
from .previews import read_count
from .processes import wait_for
from .servers import Nginx, rtmp_camera

PAGE = '<body style="margin:0;background:#000"><img src="{url}" width="320" height="180">'


def test_browser_paints_the_running_preview(
    nginx: Nginx, loop_mp4: Path, tmp_path: Path, agent: Agent
) -> None:
    with (
        browser(tmp_path) as page,
        rtmp_camera(nginx, loop_mp4, "browser", tmp_path / "camera.log") as source,
    ):
        _, url = agent.start_preview(source, scale="320:-1")
        page.show(PAGE.format(url=url))
        painted: set[int] = set()

        def moves() -> bool:
            count = read_count(page.screenshot()[:180, :320])
            painted.update([] if count is None else [count])
            return len(painted) >= 5

        wait_for("five different pictures in the browser", moves)
