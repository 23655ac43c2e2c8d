"""The tutorial, done: its server, a stand-in for its phone, its agent, its commands."""

import json
import re
import urllib.request
from pathlib import Path

import av
import numpy as np
import pytest

from ..architecture import ROOT
from ..e2e.processes import accepts, missing, program
from ..e2e.servers import RTMP_MODULES
from ..ports import free_port
from .shell import Block, Shell, blocks, until

JPEG = b"\xff\xd8\xff"
PAGE = ROOT / "docs" / "tutorial.md"
pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("nginx_with_rtmp")]


@pytest.fixture
def nginx_with_rtmp() -> None:
    """Skips where there is none."""
    program("nginx")
    if not Path(RTMP_MODULES[0]).exists():
        missing("nginx's RTMP module")


def config() -> str:
    found = re.search(r"```nginx\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert found is not None
    return found[1]


def steps() -> list[Block]:
    return [block for block in blocks(PAGE) if not block.how.startswith("not run")]


def state(start: Block) -> str:
    """The page's own question after the job."""
    return start.text[start.text.index("call job/status") :]


def moving(url: str) -> bool:
    """Whether ten pictures of a stream are not all the same."""
    with av.open(url, timeout=20) as stream:
        shown = [
            picture.to_ndarray(format="gray")
            for picture, _ in zip(stream.decode(video=0), range(10), strict=False)
        ]
    return len({picture.tobytes() for picture in shown}) > 1 and bool(np.std(shown[-1]) > 5)


def test_the_tutorial_does_what_it_says(tmp_path: Path) -> None:
    rtmp, http = free_port(), free_port()
    changes = {
        "1935": str(rtmp),
        "9001": str(http),
        "--seconds 60 --size 1280x720": "--seconds 4 --size 320x180",
    }
    changes |= {"virtualptz serve": f"virtualptz serve --port {http}"}
    (server, phone, agent, probe, start, overlay, take, away, stop) = steps()
    with Shell(tmp_path, changes, {"RUNNER_PTZ_TAKEOVER_SECONDS": "2"}) as shell:
        (tmp_path / "nginx.conf").write_text(shell.changed(config()))
        shell.go_on(server.text).wait_port(rtmp)
        camera = shell.go_on(phone.text)
        shell.go_on(agent.text).wait_port(http, 60)

        shell.run(probe.text.splitlines()[0])
        probed = until(
            "the phone", lambda: answer if (answer := json.loads(shell.run(probe.text))).get("ok") else None
        )
        assert "width=320" in probed["details"]

        shell.run(start.text)
        until("the program", lambda: '"phase": "streaming"' in shell.run(state(start)))
        until("its publisher", lambda: '"state": "publishing"' in shell.run(state(start)))
        assert moving(f"rtmp://127.0.0.1:{rtmp}/live/program")
        seen = shell.run(overlay.text).strip()
        assert re.fullmatch(rf"http://127.0.0.1:{http}/runner/preview/stream/\S+overlay=1\S*", seen)
        with urllib.request.urlopen(seen, timeout=20) as stream:  # noqa: S310 - the agent's
            assert JPEG in stream.read(4000)

        shell.run(take.text)
        asked = take.text.splitlines()[1]
        until("the camera to be taken", lambda: '"holder": "manual"' in shell.run(asked))
        until("the tracking to have it back", lambda: '"holder": "auto"' in shell.run(asked))

        camera.stop()
        until("the loss to show", lambda: '"phase": "reconnecting"' in shell.run(away.text))
        assert '"state": "publishing"' in shell.run(state(start))
        shell.go_on(phone.text.splitlines()[1])
        until("the picture to be back", lambda: '"phase": "streaming"' in shell.run(away.text))

        assert json.loads(shell.run(stop.text)) == {"state": "stopped"}
    assert not accepts(http)
