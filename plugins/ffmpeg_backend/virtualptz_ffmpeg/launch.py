"""Runs a program so that it dies with the thread that started it, and may be traced. A script of its own:

    python -I -S launch.py PARENT_PID 0|1 PROGRAM_PATH ARG0 ARG1 ...

With 1 it stops at the first instruction of the program, for `hidden.py` to put in what `ps` must not show.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
PTRACE_TRACEME = 0
CANNOT_TRACE = 71


def main() -> None:
    parent, traced, path, *argv = sys.argv[1:]
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit(0)
    if traced == "1" and libc.ptrace(PTRACE_TRACEME, 0, None, None) != 0:
        sys.exit(CANNOT_TRACE)
    os.execv(path, argv)  # noqa: S606 - the program is the agent's own choice


if __name__ == "__main__":
    main()
