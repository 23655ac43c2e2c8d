import fcntl
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from virtualptz.jobs.children.processes import stat_of
from virtualptz.jobs.messages import Ended
from virtualptz.jobs.paths import JobPaths
from virtualptz.jobs.supervision import folder
from virtualptz.model import JobOutcome, JobSpec


@pytest.fixture
def paths(tmp_path: Path) -> JobPaths:
    (tmp_path / "jobs").mkdir()
    return JobPaths.of(tmp_path, "ing_1")


@pytest.fixture
def spec(paths: JobPaths) -> JobSpec:
    spec = JobSpec(job_id="ing_1", kind="ingest", source="rtsp://user:pass@camera/1")
    folder.write_spec(paths, spec)
    return spec


@pytest.fixture
def held(paths: JobPaths, spec: JobSpec) -> Iterator[None]:
    """This very process holds the job's lock, as the job's process would."""
    with paths.lock.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def write_pid(paths: JobPaths, pid: int, start_time: int) -> None:
    paths.pid.write_text(f"{pid} {start_time}")


def my_start() -> int:
    me = stat_of(os.getpid())
    assert me is not None
    return me.start_time


def test_a_spec_is_private_whatever_the_umask(paths: JobPaths) -> None:
    old = os.umask(0)
    try:
        folder.write_spec(paths, JobSpec(job_id="ing_1", kind="ingest", source="s"))
    finally:
        os.umask(old)
    assert stat.S_IMODE(paths.spec.stat().st_mode) == 0o600
    assert stat.S_IMODE(paths.folder.stat().st_mode) == 0o700
    assert sorted(entry.name for entry in paths.folder.iterdir()) == ["spec.json"]


def test_a_spec_comes_back(paths: JobPaths, spec: JobSpec) -> None:
    assert folder.read_spec(paths) == spec
    paths.spec.write_text("{")
    assert folder.read_spec(paths) is None
    assert folder.read_spec(JobPaths(paths.folder.parent / "none")) is None


def test_the_spec_of_another_job_is_not_taken(paths: JobPaths, spec: JobSpec) -> None:
    other = JobPaths(paths.folder.with_name("ing_2"))
    paths.folder.rename(other.folder)
    assert folder.read_spec(other) is None


def test_the_living_process_of_a_job(paths: JobPaths, held: None) -> None:
    assert folder.find_living(paths) == os.getpid()  # where there was no room to write down who it is
    write_pid(paths, os.getpid(), my_start())
    assert folder.find_living(paths) == os.getpid()


def test_a_pid_that_was_given_to_another_process_is_not_the_job(paths: JobPaths, held: None) -> None:
    write_pid(paths, os.getpid(), my_start() + 1)
    assert folder.find_living(paths) is None


def test_pid_and_start_time_that_match_by_chance_are_not_the_job_without_its_lock(
    paths: JobPaths, spec: JobSpec
) -> None:
    paths.lock.touch()
    write_pid(paths, os.getpid(), my_start())
    assert folder.find_living(paths) is None


@pytest.mark.parametrize("content", ["", "12", "twelve 13", "1 2 3"])
def test_a_pid_file_that_says_nothing(paths: JobPaths, held: None, content: str) -> None:
    paths.pid.write_text(content)
    assert folder.find_living(paths) is None


def test_closing_leaves_an_outcome_and_no_password(paths: JobPaths, spec: JobSpec) -> None:
    folder.close_folder(paths, JobOutcome("stopped"))
    assert folder.read_outcome(paths) == JobOutcome("stopped")
    assert not paths.spec.exists()


def test_the_decision_log_stays_as_long_as_the_folder(paths: JobPaths, spec: JobSpec) -> None:
    paths.decisions.write_text("{}\n")
    folder.close_folder(paths, JobOutcome("stopped"))
    assert paths.decisions.exists()
    folder.remove_folder(paths)
    assert not paths.decisions.exists()


def test_the_process_has_the_last_word(paths: JobPaths, spec: JobSpec) -> None:
    paths.outcome.write_text(Ended(state="failed", error="why").model_dump_json())
    folder.close_folder(paths, JobOutcome("stopped"))
    assert folder.read_outcome(paths) == JobOutcome("failed", "why")


def test_an_outcome_shows_no_password(paths: JobPaths, spec: JobSpec) -> None:
    error = "cannot open rtsp://user:pass@camera/1"
    paths.outcome.write_text(Ended(state="failed", error=error).model_dump_json())
    outcome = folder.read_outcome(paths)
    assert outcome is not None
    assert outcome.error == "cannot open rtsp://camera/***"


def test_a_guest_has_no_folder_to_close(paths: JobPaths) -> None:
    folder.close_folder(paths, JobOutcome("stopped"))
    folder.remove_folder(paths)
    assert not paths.folder.exists()
