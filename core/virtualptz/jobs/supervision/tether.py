"""Runs a program so that it dies with the thread that started it. A script of its own:

    python -I -S tether.py PARENT_PID PROGRAM ARGUMENT...

The kernel ties a child to its parent's thread, not to its process, and keeps that over an exec, not over a
fork: see PR_SET_PDEATHSIG in prctl(2).
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, *program = sys.argv[1:]
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() == int(parent):  # else it died before the tie was made
        os.execv(program[0], program)  # noqa: S606 - the program is the agent's own choice


if __name__ == "__main__":
    main()
