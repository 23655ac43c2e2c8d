"""How much look-ahead memory holds, and how much memory there is."""

from pathlib import Path

import psutil
import pytest

from virtualptz.jobs import memory
from virtualptz.jobs.process.lookahead import Lookahead

FULL_HD = 1920 * 1080 * 3 // 2
UHD = 4 * FULL_HD
DEFAULT = 1024 * memory.MEGABYTE


@pytest.mark.parametrize(
    ("size", "rate", "fits"),
    [(FULL_HD, 30.0, 5.0), (FULL_HD, 60.0, 5.0), (UHD, 30.0, 2.48), (UHD, 60.0, 1.24), (40 * UHD, 60.0, 0.0)],
)
def test_what_fits_into_the_default(size: int, rate: float, fits: float) -> None:
    lookahead = Lookahead(5.0, DEFAULT)
    assert (lookahead.seconds, lookahead.problem) == (5.0, None)
    lookahead.measure(size, rate)
    assert lookahead.seconds == fits
    assert (lookahead.problem is None) == (fits == 5.0)


def test_what_is_asked_for_later_is_measured_too() -> None:
    lookahead = Lookahead(1.0, DEFAULT)
    lookahead.measure(UHD, 60.0)
    assert (lookahead.seconds, lookahead.problem) == (1.0, None)
    lookahead.asked = 4.0
    problem = str(lookahead.problem)
    assert lookahead.seconds == 1.24
    assert "1.24 s instead of the 4 s" in problem
    assert "746 MB a second" in problem
    assert "1024 MB" in problem


def test_no_lookahead_needs_no_memory() -> None:
    lookahead = Lookahead(0.0, 1)
    lookahead.measure(UHD, 60.0)
    assert (lookahead.seconds, lookahead.problem) == (0.0, None)


def test_a_job_never_takes_more_than_a_quarter_of_what_there_is() -> None:
    available = psutil.virtual_memory().available
    assert memory.room_for_pictures(1.0) == memory.MEGABYTE
    assert memory.room_for_pictures(1e9) <= available / 3


def group(root: Path, limit: str) -> Path:
    folder = root / "vptz.slice" / "job"
    folder.mkdir(parents=True)
    (folder / "memory.max").write_text(f"{limit}\n")
    (folder / "memory.current").write_text("700\n")
    (folder / "memory.stat").write_text("anon 100\ninactive_file 250\nactive_file 50\n")
    own = root / "cgroup"
    own.write_text("4:memory:/old\n0::/vptz.slice/job\n")
    return own


@pytest.mark.parametrize(("limit", "left"), [("1000", 550), ("max", None), ("300", 0)])
def test_a_containers_limit_counts(tmp_path: Path, limit: str, left: int | None) -> None:
    assert memory.left_of_limit(tmp_path, group(tmp_path, limit)) == left


def test_where_control_groups_are_not_there_only_the_machine_counts(tmp_path: Path) -> None:
    own = tmp_path / "cgroup"
    own.write_text("4:memory:/old\n")
    assert memory.left_of_limit(tmp_path, own) is None
    assert memory.left_of_limit(tmp_path, tmp_path / "nowhere") is None


def old_group(root: Path, *, limit: int, above: int) -> Path:
    """Of version 1, in a group whose own limit is the wider one."""
    for folder, most in ((root / "memory" / "box", above), (root / "memory" / "box" / "job", limit)):
        folder.mkdir(parents=True)
        (folder / "memory.limit_in_bytes").write_text(f"{most}\n")
        (folder / "memory.usage_in_bytes").write_text("700\n")
        (folder / "memory.stat").write_text("cache 300\ntotal_inactive_file 250\n")
    own = root / "cgroup"
    own.write_text("9:name=systemd:/\n4:memory:/box/job\n0::/\n")
    return own


@pytest.mark.parametrize(("limit", "above", "left"), [(1000, 5000, 550), (5000, 1000, 550)])
def test_a_limit_of_the_older_kind_counts_too(tmp_path: Path, limit: int, above: int, left: int) -> None:
    assert memory.left_of_limit(tmp_path, old_group(tmp_path, limit=limit, above=above)) == left
