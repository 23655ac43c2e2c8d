import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from virtualptz.api.notify import keep_alive, tell, term


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    """A service manager's socket, and its address in the environment."""
    name = f"virtualptz-{os.getpid()}"
    address = str(tmp_path / "notify") if request.param == "path" else f"@{name}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(address.replace("@", "\0", 1))
        listener.settimeout(10)
        yield listener, address


def test_what_is_told_is_heard(manager: tuple[socket.socket, str]) -> None:
    listener, address = manager
    tell("READY=1", "STATUS=on air", environ={"NOTIFY_SOCKET": address})
    assert listener.recv(4096) == b"READY=1\nSTATUS=on air"


@pytest.mark.parametrize("address", ["", "relative", "vsock:1:2"])
def test_without_a_manager_nothing_is_said(address: str, caplog: pytest.LogCaptureFixture) -> None:
    tell("READY=1", environ={"NOTIFY_SOCKET": address} if address else {})
    assert caplog.records == []


def test_a_manager_that_is_gone_is_no_error(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tell("READY=1", environ={"NOTIFY_SOCKET": str(tmp_path / "gone")})
    assert "does not hear READY=1" in caplog.text


@pytest.mark.parametrize(
    ("environ", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "15000000"}, 15.0),
        ({"WATCHDOG_USEC": "15000000", "WATCHDOG_PID": str(os.getpid())}, 15.0),
        ({"WATCHDOG_USEC": "15000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_managers_patience(environ: dict[str, str], seconds: float | None) -> None:
    assert term(environ) == seconds


async def test_a_loop_that_turns_says_so(manager: tuple[socket.socket, str]) -> None:
    listener, address = manager
    environ = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "150000"}
    task = asyncio.create_task(keep_alive(environ))
    for _ in range(3):
        assert await asyncio.to_thread(listener.recv, 4096) == b"WATCHDOG=1"
    task.cancel()


async def test_who_is_not_watched_says_nothing(manager: tuple[socket.socket, str]) -> None:
    listener, address = manager
    await keep_alive({"NOTIFY_SOCKET": address})
    listener.setblocking(False)
    with pytest.raises(BlockingIOError):
        listener.recv(4096)
