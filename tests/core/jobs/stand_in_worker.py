"""A detector's worker for the engine's tests. The n-th to be started behaves as the n-th line of `behaviours`
says, in the folder that STAND_IN_WORKERS names; later ones as the last:

good        reports until it is told to end
deaf        does not mind SIGTERM
hang        reports twice, then never again
mute        never reports
die         reports twice, then is killed
fail        ends with 1, and its last words
cannot      ends with 2, and says why
child       has a child in a session of its own that outlives it
eat         takes 200 MB
feed        has a child in a session of its own that does
flood       reports, and says a megabyte with each report

A report is a line in `journal`: the test hands it on to the engine, since there is no server here.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(os.environ["STAND_IN_WORKERS"])
REPORT_SECONDS = 0.05
REPORTS_BEFORE_TROUBLE = 2
EATEN = 200_000_000
FLOOD = ""
FOOD = bytearray()


def note(*words: object) -> None:
    with (FOLDER / "journal").open("a") as journal:
        journal.write(" ".join(map(str, (os.getpid(), *words))) + "\n")


def behaviour() -> str:
    plan = (FOLDER / "behaviours").read_text().split()
    before = sum(line.split()[1] == "started" for line in (FOLDER / "journal").read_text().splitlines())
    return plan[min(before, len(plan)) - 1]


def report(times: int | None = None) -> None:
    while times is None or times > 0:
        note("report", os.environ["VIRTUALPTZ_WORKER"])
        sys.stderr.write(FLOOD)
        time.sleep(REPORT_SECONDS)
        times = None if times is None else times - 1


def say_and_end(words: str, code: int) -> None:
    sys.stderr.write(f"Traceback\n{words}\n\n")
    sys.exit(code)


def begin(now: str) -> None:
    global FLOOD, FOOD
    match now:
        case "deaf":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        case "child":
            have_child("time.sleep(120)")
        case "feed":
            have_child(f"food = bytearray(b'x') * {EATEN}; time.sleep(120)")
        case "eat":
            FOOD = bytearray(b"x") * EATEN
        case "flood":
            FLOOD = ("x" * 99 + "\n") * 10_000
        case "cannot":
            say_and_end("no model at rtsp://user:secret-pass@camera/1 put one there", 2)
        case "fail":
            say_and_end("RuntimeError: out of memory", 1)


def have_child(code: str) -> None:
    child = [sys.executable, "-c", f"import time; {code}"]
    note("child", subprocess.Popen(child, start_new_session=True).pid)


def main() -> None:
    note("started", *sys.argv[1:])
    note("key", os.environ.get("RUNNER_API_KEY", "-"))
    now = behaviour()
    begin(now)
    report({"hang": REPORTS_BEFORE_TROUBLE, "die": REPORTS_BEFORE_TROUBLE, "mute": 0}.get(now))
    if now == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(120)


if __name__ == "__main__":
    main()
