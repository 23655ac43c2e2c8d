"""Whether an agent runs on a state folder, for programs that are none themselves."""

import fcntl
from pathlib import Path


def is_held(state_dir: Path) -> bool:
    """Raises OSError where one cannot look."""
    try:
        with (state_dir / "agent.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
