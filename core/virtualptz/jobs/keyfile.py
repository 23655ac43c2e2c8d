"""A secret of this installation, in a file that only its user can read."""

import os
import secrets
from pathlib import Path

from ..errors import ConfigError

KEY_BYTES = 32


def load_key(path: Path) -> bytes:
    """The key in the file, made at first use, so that what depends on it outlives the agent.

    Raises ConfigError where it cannot be read or written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if path.exists() and len(key := path.read_bytes()) == KEY_BYTES:
            if path.stat().st_mode & 0o077:
                path.chmod(0o600)
            return key
        return write_key(path, secrets.token_bytes(KEY_BYTES))
    except OSError as error:
        raise ConfigError(f"RUNNER_STATE_DIR: {error.strerror}: {path}") from error


def write_key(path: Path, key: bytes) -> bytes:
    """Whole or not at all, and never readable by others: written beside it, then renamed.

    Raises OSError.
    """
    draft = path.with_suffix(f".{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    return key
