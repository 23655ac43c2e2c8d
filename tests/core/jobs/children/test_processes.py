import asyncio
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from virtualptz.jobs.children.processes import Family, Process, bury, describe_exit, holder_of, stat_of
from virtualptz.jobs.messages import JOB_ENVIRON

from ..harness import until

SLEEP = "import time; print('up', flush=True); time.sleep(60)"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + SLEEP
BRIEF = "import time; print('up', flush=True); time.sleep(0.3)"
PARENT = f"import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', {SLEEP!r}]); p.wait()"


class Children:
    def __init__(self) -> None:
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, code: str, job_id: str = "") -> int:
        child = subprocess.Popen(
            [sys.executable, "-c", code],
            env={**os.environ, JOB_ENVIRON: job_id},
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert child.stdout is not None
        assert child.stdout.readline() == b"up\n"
        child.stdout.close()
        self.started.append(child)
        return child.pid


@pytest.fixture
def children() -> Iterator[Children]:
    children = Children()
    yield children
    for child in children.started:
        child.kill()
        child.wait()


def test_stat_of_this_process_and_of_none() -> None:
    stat = stat_of(os.getpid())
    assert stat is not None
    assert (stat.pid, stat.session) == (os.getpid(), os.getsid(0))
    assert stat_of(2**22 + 1) is None


def test_a_name_with_spaces_and_brackets_is_no_obstacle(children: Children) -> None:
    pid = children.start("open('/proc/self/comm', 'w').write('a) R 1 (b'); " + SLEEP)
    stat = stat_of(pid)
    assert stat is not None
    assert stat.session == pid


@pytest.mark.parametrize(("end", "code"), [(3, 3), (-signal.SIGSEGV, -signal.SIGSEGV)])
async def test_how_a_child_ended(children: Children, end: int, code: int) -> None:
    what = f"os._exit({end})" if end >= 0 else f"os.kill(os.getpid(), {-end})"
    process = Process(children.start(f"import os, time; print('up', flush=True); time.sleep(0.1); {what}"))
    assert await process.wait(10)
    assert process.exited.result() == code
    process.send(signal.SIGTERM)
    process.close()
    process.close()


async def test_a_stranger_is_watched_as_well_but_its_code_is_not_known(children: Children) -> None:
    parent = children.start(PARENT)
    await until(lambda: len(Family("", parent).members()) == 2, "its child runs")
    (stranger,) = set(Family("", parent).members()) - {parent}
    process = Process(stranger)
    assert not await process.wait(0)
    process.send(signal.SIGKILL)
    assert await process.wait(10)
    assert process.exited.result() is None
    process.close()


async def test_no_such_process() -> None:
    with pytest.raises(ProcessLookupError):
        Process(2**22 - 1)


def test_an_exit_in_words() -> None:
    assert describe_exit(1) == "the job's process ended with exit code 1"
    assert describe_exit(-9) == "the job's process was killed by signal 9 (Killed)"
    assert "without a word" in describe_exit(None)


def test_a_family_is_known_by_name_or_session(children: Children) -> None:
    mine, other = children.start(SLEEP, "ing_1"), children.start(SLEEP, "ing_12")
    assert Family("ing_1").members() == [mine]
    assert sorted(Family("ing_1", session=other).members()) == sorted([mine, other])
    os.kill(mine, signal.SIGKILL)
    os.waitid(os.P_PID, mine, os.WEXITED | os.WNOWAIT)
    assert Family("ing_1").members() == [], "a zombie is nobody"


async def test_who_finishes_in_time_is_not_killed(children: Children) -> None:
    brief, deaf = children.start(BRIEF, "ing_1"), children.start(DEAF, "ing_1")
    family = Family("ing_1")
    await bury(family, [brief, deaf, 2**22 - 1], grace=5.0)
    codes = {child.pid: child.wait() for child in children.started}
    assert family.members() == []
    assert codes[deaf] in (0, -signal.SIGKILL)


async def test_a_pid_that_changed_hands_is_left_alone(children: Children) -> None:
    stranger = children.start(SLEEP, "ing_other")
    await asyncio.wait_for(bury(Family("ing_1"), [stranger], grace=0.0), 10)
    assert stat_of(stranger) is not None


def test_the_kernel_knows_who_holds_a_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert holder_of(path) is None
    with path.open("w") as lock:
        assert holder_of(path) is None
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert holder_of(path) == os.getpid()
    assert holder_of(path) is None
