import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from virtualptz.errors import MediaError, MediaTimeoutError, StoppingError
from virtualptz.jobs.children.processes import stat_of
from virtualptz.jobs.supervision import probing
from virtualptz.jobs.supervision.probing import Prober
from virtualptz.settings import load_settings

from ..harness import descriptors, until
from .stand_in_probe import MEDIA

COMMAND = (sys.executable, "-P", str(Path(__file__).with_name("stand_in_probe.py")))
CAMERA = "rtsp://user:secret-pass@camera"


@pytest.fixture
async def prober(tmp_path: Path) -> AsyncIterator[Prober]:
    prober = Prober(load_settings(state_dir=tmp_path), command=COMMAND)
    yield prober
    await prober.close()


def hang(mark: Path) -> str:
    """A source whose probe hangs, and leaves the pid of a child of its own in `mark`."""
    return f"{CAMERA}/{str(mark).lstrip('/').replace('/', '+')}"


def is_gone(pid: int) -> bool:
    stat = stat_of(pid)
    return stat is None or stat.state == "Z"


async def test_what_a_probe_finds(prober: Prober) -> None:
    assert await prober.probe(f"{CAMERA}/good", 20) == MEDIA


async def test_what_is_not_media(prober: Prober) -> None:
    with pytest.raises(MediaError, match="not media") as error:
        await prober.probe(f"{CAMERA}/bad", 20)
    assert not error.value.retryable
    assert not isinstance(error.value, MediaTimeoutError)


async def test_a_backend_that_gave_up_in_time(prober: Prober) -> None:
    with pytest.raises(MediaTimeoutError, match="20 s"):
        await prober.probe(f"{CAMERA}/late", 20)


async def test_a_probe_that_crashes_says_no_password(
    prober: Prober, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(MediaError, match="code 1"):
        await prober.probe(f"{CAMERA}/crash", 20)
    assert "cannot read" in caplog.text
    assert "secret-pass" not in caplog.text


async def test_a_probe_that_hangs_is_killed_with_all_that_it_started(prober: Prober, tmp_path: Path) -> None:
    before, mark = descriptors(), tmp_path / "mark"
    with pytest.raises(MediaTimeoutError, match="3 s"):
        await prober.probe(hang(mark), 3)
    await until(lambda: is_gone(int(mark.read_text())), "its child is gone")
    await until(lambda: descriptors() <= before, "its pipes are closed")


async def test_a_client_that_leaves_ends_its_probe(prober: Prober, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    asking = asyncio.create_task(prober.probe(hang(mark), 30))
    await until(mark.exists, "it hangs")
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await until(lambda: is_gone(int(mark.read_text())), "it is gone")


async def test_closing_ends_the_probes_under_way(prober: Prober, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    asking = asyncio.create_task(prober.probe(hang(mark), 30))
    await until(mark.exists, "it hangs")
    await prober.close()
    with pytest.raises(StoppingError, match="stopping"):
        await asking


async def test_waiting_for_a_turn_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "AT_ONCE", 1)
    prober = Prober(load_settings(state_dir=tmp_path), command=COMMAND)
    mark = tmp_path / "mark"
    first = asyncio.create_task(prober.probe(hang(mark), 30))
    await until(mark.exists, "it hangs")
    with pytest.raises(MediaTimeoutError):
        await prober.probe(f"{CAMERA}/good", 0.5)
    first.cancel()
    await asyncio.wait({first})
    assert await prober.probe(f"{CAMERA}/good", 20) == MEDIA
    await prober.close()
