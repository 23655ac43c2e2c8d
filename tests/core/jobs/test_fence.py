"""Each in a process of its own: a fence cannot be taken down again."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

LOOK = """
import json, os, resource, sys
from pathlib import Path
from virtualptz.jobs import fence
Path("/proc/self/oom_score_adj").write_text(sys.argv[2])
{do}
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
child = os.popen("ulimit -c; cat /proc/self/oom_score_adj").read().split()
print(json.dumps(dict(
    privileges=int(status["NoNewPrivs"]), core=resource.getrlimit(resource.RLIMIT_CORE),
    files=resource.getrlimit(resource.RLIMIT_NOFILE), umask=status["Umask"].strip(), nice=os.nice(0),
    oom=int(Path("/proc/self/oom_score_adj").read_text()), child=child,
)))
"""


def after(do: str, *, oom: int = 0, limit: str = "") -> dict[str, Any]:
    """What a process says of itself that did this, with an OOM score of `oom` before."""
    code = LOOK.format(do=do)
    command = [sys.executable, "-c", code, "x", str(oom)]
    if limit:
        command = ["sh", "-c", f'{limit}; exec "$@"', "sh", *command]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=60, umask=0o022, start_new_session=True
    )
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def test_a_job_gives_up_what_it_does_not_need_and_so_does_all_that_it_starts() -> None:
    said = after("fence.INGEST.put_up()")
    assert (said["privileges"], said["core"]) == (1, [0, 0])
    assert said["files"][0] == said["files"][1] <= 4096
    assert (said["oom"], said["child"]) == (50, ["0", "50"])
    assert (said["umask"], said["nice"]) == ("0022", os.nice(0)), "recordings are for others to read"


def test_who_goes_first_where_memory_is_short() -> None:
    scores = {name: after(f"fence.{name}.put_up()")["oom"] for name in ("INGEST", "PREVIEW", "PROBE")}
    assert 0 < scores["INGEST"] < scores["PREVIEW"] < scores["PROBE"] <= 500, "500 are the detectors'"


def test_it_goes_no_later_than_its_parent_would() -> None:
    assert after("fence.INGEST.put_up()", oom=300)["oom"] == 350
    assert after("fence.PROBE.put_up()", oom=800)["oom"] == 1000


@pytest.mark.parametrize("name", ["PROBE", "DETECTOR"])
def test_what_writes_nothing_for_others(name: str) -> None:
    assert after(f"fence.{name}.put_up()")["umask"] == "0077"


def test_a_lower_limit_of_files_is_kept() -> None:
    assert after("fence.INGEST.put_up()", limit="ulimit -n 512")["files"] == [512, 512]


@pytest.mark.skipif(not Path("/proc/self/autogroup").exists(), reason="this kernel does not group by session")
def test_a_detector_steps_back_with_its_whole_session() -> None:
    said = after(
        "fence.DETECTOR.put_up(); print(Path('/proc/self/autogroup').read_text(), file=sys.stderr)\n"
        "assert 'nice 10' in Path('/proc/self/autogroup').read_text()"
    )
    assert said["nice"] == os.nice(0) + 10


def test_nobody_looks_into_the_agent() -> None:
    said = after(
        "import ctypes; fence.close_agent(); assert ctypes.CDLL(None).prctl(3) == 0, 'PR_GET_DUMPABLE'",
        limit="ulimit -Sn 256",
    )
    assert said["core"] == [0, 0]
    assert 256 < said["files"][0] <= 8192
    assert said["privileges"] == 0, "it may have to start a program with capabilities of its own"


PEEK = """
import ctypes, os, signal
from pathlib import Path
from virtualptz.jobs import fence

def be_somebody():
    if os.geteuid() == 0:
        os.setgroups([]), os.setgid(65534), os.setuid(65534)
        ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # PR_SET_DUMPABLE, which that has taken away

ready, tell = os.pipe()
target = os.fork()
if target == 0:
    be_somebody()
    {do}
    os.write(tell, b"x")
    signal.pause()
os.read(ready, 1)
be_somebody()
try:
    Path(f"/proc/{{target}}/mem").open("rb").close()
    print("environ" if Path(f"/proc/{{target}}/environ").read_bytes() else "")
except PermissionError:
    print("no")
finally:
    os.kill(target, signal.SIGKILL)
"""


def seen_by_another_of_the_same_user(do: str) -> str:
    """What a process without further rights sees of one that did this."""
    code = PEEK.format(do=do)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip()


def test_a_job_cannot_look_into_the_agent() -> None:
    assert seen_by_another_of_the_same_user("fence.close_agent()") == "no"
    seen = seen_by_another_of_the_same_user("fence.INGEST.put_up()")
    assert seen == "environ", "the agent tells its jobs by that"
