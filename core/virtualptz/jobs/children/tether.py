"""Runs a program so that it dies with the thread that started it, and before others where memory is short.
A script of its own:

    python -I -S tether.py PARENT_PID PROGRAM ARGUMENT...

The kernel ties a child to its parent's thread, not to its process, and keeps that over an exec, not over a
fork: see PR_SET_PDEATHSIG in prctl(2).
"""

import ctypes
import os
import signal
import sys
from contextlib import suppress

PR_SET_PDEATHSIG = 1
EXPENDABLE = "500"
"""Of 1000: as if it took half of the machine's memory more than it does. See proc_pid_oom_score_adj(5)."""


def main() -> None:
    parent, *program = sys.argv[1:]
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    # The program goes on without a detector, not without its own processes. Some containers forbid to say so.
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:  # noqa: PTH123 - imports cost time
        score.write(EXPENDABLE)
    if os.getppid() == int(parent):  # else it died before the tie was made
        os.execv(program[0], program)  # noqa: S606 - the program is the agent's own choice


if __name__ == "__main__":
    main()
