"""What a process that meets other people's media, or a plug-in, gives up before it begins.

All that it starts keeps to it: each of these is inherited, and none can be taken back without a privilege.
Not the umask: recordings and playlists that a job writes are for others to read, which is for whoever runs
the agent to say. What is ours alone is made with its own mode.
"""

import ctypes
import logging
import os
import resource
from dataclasses import dataclass
from pathlib import Path

logger = logging.getLogger(__name__)

PR_SET_DUMPABLE = 4
PR_SET_NO_NEW_PRIVS = 38
JOB_FILES = 4096
AGENT_FILES = 8192
"""A connection each: viewers, and those who only hold one."""
OOM_SCORE = Path("/proc/self/oom_score_adj")
AUTOGROUP = Path("/proc/self/autogroup")
MOST_EXPENDABLE = 1000


@dataclass(frozen=True, slots=True)
class Fence:
    expendable: int
    """How much sooner than its parent it goes where memory is short, in thousandths of all memory."""
    nice: int = 0
    umask: int | None = None

    def put_up(self) -> None:
        """Around this process, from now on. Raises OSError where the kernel does not know such a thing."""
        _prctl(PR_SET_NO_NEW_PRIVS, 1)
        # A core dump holds addresses with their passwords.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        files = _at_most(JOB_FILES)
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
        if self.nice:
            _step_back(self.nice)
        if self.umask is not None:
            os.umask(self.umask)
        if self.expendable:
            volunteer(self.expendable)


INGEST = Fence(expendable=50)
PREVIEW = Fence(expendable=150)
PROBE = Fence(expendable=500, umask=0o077)
DETECTOR = Fence(expendable=0, nice=10, umask=0o077)
"""The picture must not wait for who only looks at it. That it goes first, its tether has said already."""


def volunteer(more: int) -> None:
    """Go sooner where memory is short. Some containers forbid to say so: then it stays as it is."""
    try:
        now = int(OOM_SCORE.read_text())
        OOM_SCORE.write_text(str(min(MOST_EXPENDABLE, now + more)))
    except OSError as error:
        logger.info("the kernel does not hear who is to go first: %s", error.strerror)


def _step_back(nice: int) -> None:
    """With all of its session: where the kernel groups by session, nice alone counts only within one."""
    os.nice(nice)
    if os.getsid(0) == os.getpid() and AUTOGROUP.exists():
        try:
            AUTOGROUP.write_text(str(nice))
        except OSError as error:
            logger.info("this session is not nice: %s", error.strerror)


def close_agent() -> None:
    """The agent itself: its memory holds keys, and passwords of all cameras.

    There is no core dump of it, and no other process of its user, as a job's, may look inside. Raises
    OSError.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _prctl(PR_SET_DUMPABLE, 0)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (_at_most(AGENT_FILES), hard))


def _at_most(files: int) -> int:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return files if hard == resource.RLIM_INFINITY else min(files, hard)


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, value, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
