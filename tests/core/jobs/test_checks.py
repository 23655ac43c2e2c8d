import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from virtualptz.errors import ConfigError, LimitError
from virtualptz.jobs.checks import DISKS, NAMES, Checks, checks_of


@pytest.fixture
def mount() -> Iterator[threading.Event]:
    """Hangs until it is set."""
    mount = threading.Event()
    yield mount
    mount.set()


async def test_a_check_answers_or_says_what_is_wrong() -> None:
    checks = Checks("the disk", at_a_time=1)
    assert await checks.run(lambda: 1) == 1
    with pytest.raises(ConfigError, match="no such"):
        await checks.run(lambda: refuse("no such file"))
    assert await checks.run(lambda: 2) == 2


def refuse(why: str) -> None:
    raise ConfigError(why)


async def test_what_hangs_is_given_up_and_holds_up_nothing_else(mount: threading.Event) -> None:
    """The loop's own threads are those on which jobs are looked after: here there is one of them."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    checks = Checks("the disk", at_a_time=2, seconds=0.05)
    for _ in range(2):
        with pytest.raises(LimitError, match="the disk has not answered within"):
            await checks.run(mount.wait)
    with pytest.raises(LimitError, match="none of the questions asked before"):
        await checks.run(lambda: 1)
    assert await asyncio.wait_for(asyncio.to_thread(lambda: 1), 20) == 1
    mount.set()
    async with asyncio.timeout(20):
        while await answer(checks) != 1:  # noqa: ASYNC110 - until the threads have gone
            await asyncio.sleep(0.01)


async def answer(checks: Checks) -> int | None:
    try:
        return await checks.run(lambda: 1)
    except LimitError:
        return None


@pytest.mark.parametrize("uri", ["/mnt/nas/x.mp4", "x.mp4", "file:///mnt/x.mp4", "FILE:///x.mp4", ""])
def test_files_wait_with_files(uri: str) -> None:
    assert checks_of(uri) is DISKS


@pytest.mark.parametrize("uri", ["rtsp://camera/1", "SRT://:9000?mode=listener"])
def test_a_mount_that_hangs_does_not_hold_up_cameras(uri: str) -> None:
    assert checks_of(uri) is NAMES
