"""A disk of a few megabytes that a test may fill up, or take away."""

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ..e2e.processes import program

MEGABYTE = 1_000_000


class SmallDisk:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filling = folder / "filling"

    @property
    def free(self) -> int:
        room = os.statvfs(self.folder)
        return room.f_bavail * room.f_frsize

    def fill(self) -> None:
        """To the last byte."""
        with self._filling.open("ab", buffering=0) as file:
            for size in (65536, 4096, 1):
                try:
                    while True:
                        file.write(b"\0" * size)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise

    def empty(self) -> None:
        self._filling.unlink()

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """For whoever opens a file meanwhile: the kernel lets nobody take away what is open."""
        _run("mount", "--bind", str(self.folder), str(self.folder))
        try:
            _run("mount", "-o", "remount,bind,ro", str(self.folder))
            yield
        finally:
            _run("umount", "--lazy", str(self.folder))


@contextmanager
def small_disk(folder: Path, megabytes: int = 16) -> Iterator[SmallDisk]:
    """Skips the test where this user, or this container, may not mount one."""
    folder.mkdir()
    size = f"size={megabytes * MEGABYTE},mode=0700"
    try:
        _run("mount", "-t", "tmpfs", "-o", size, "vptz-test", str(folder))
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no small disk can be mounted here: {error.stderr.strip()}")
    try:
        yield SmallDisk(folder)
    finally:
        _run("umount", "--lazy", str(folder))


def _run(name: str, *arguments: str) -> None:
    subprocess.run([program(name), *arguments], capture_output=True, text=True, check=True)
