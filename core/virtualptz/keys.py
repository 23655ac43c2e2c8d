"""The keys that open the API: the one of the settings, and those of a file that may change while we run.

Several at a time, so that a key can be replaced without a moment in which somebody's is wrong.
"""

import hashlib
import hmac
import logging
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path

from .errors import ConfigError
from .settings import Settings

log = logging.getLogger(__name__)

SETTING = "RUNNER_API_KEY_FILE"
LOOK_SECONDS = 1.0
"""The file is read again at most so often."""
MAX_BYTES = 16 * 1024
RUNTIME_SECRETS = Path("/run/secrets")
"""Where Docker and Podman put secrets, which everybody in the container may read."""


class ApiKeys:
    """Any thread may use it. A file that becomes bad changes nothing: its last good keys stay."""

    def __init__(
        self, key: str = "", file: Path | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Raises ConfigError where there is a file to be read and it holds no key."""
        self._key = key.strip()
        self._file = file
        self._clock = clock
        self._looked_at = clock()
        self._problem = ""
        self._listed = read_keys(file) if file else ()
        self._digests = self._digested()

    @classmethod
    def of(cls, settings: Settings) -> "ApiKeys":
        """Raises ConfigError."""
        file = Path(settings.api_key_file) if settings.api_key_file else None
        return cls(settings.api_key.get_secret_value(), file)

    def __bool__(self) -> bool:
        """Whether a key is needed at all."""
        return bool(self._digests)

    def first(self) -> str:
        """What a client of ours sends: the settings' key, else the file's first; "" without any."""
        self._look_again()
        return self._key or next(iter(self._listed), "")

    def opens(self, given: bytes) -> bool:
        """Whether it is one of them. Takes as long for the first as for the last, and for a wrong one."""
        self._look_again()
        digest = _digest(given)
        found = False
        for known in self._digests:
            found |= hmac.compare_digest(digest, known)
        return found

    def _look_again(self) -> None:
        now = self._clock()
        if self._file is None or now - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = now
        try:
            listed = read_keys(self._file)
        except ConfigError as error:
            self._complain(str(error))
            return
        self._problem = ""
        if listed != self._listed:
            self._listed = listed
            self._digests = self._digested()
            log.info("%s has changed: %d keys are good now", SETTING, len(self._digests))

    def _complain(self, problem: str) -> None:
        if problem != self._problem:
            self._problem = problem
            log.error("%s; the keys that were good before stay good", problem)

    def _digested(self) -> frozenset[bytes]:
        keys = (self._key, *self._listed) if self._key else self._listed
        return frozenset(_digest(key.encode()) for key in keys)


def read_keys(file: Path) -> tuple[str, ...]:
    """One key a line; empty lines and lines that begin with `#` are none. Raises ConfigError."""
    try:
        status = file.stat()
        _check(file, status)
        text = file.read_bytes().decode("ascii")
    except OSError as error:
        raise ConfigError(f"{SETTING}: {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{SETTING}: {file}: a key is printable ASCII") from error
    lines = {number: line.strip() for number, line in enumerate(text.splitlines(), 1)}
    keys = {number: line for number, line in lines.items() if line and not line.startswith("#")}
    for number, key in keys.items():
        if " " in key or not key.isprintable():
            raise ConfigError(f"{SETTING}: {file}: line {number} is no key: no spaces, no control characters")
    if not keys:
        raise ConfigError(f"{SETTING}: {file} holds no key; write one a line")
    return tuple(dict.fromkeys(keys.values()))


def _check(file: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ConfigError(f"{SETTING}: {file} is not a file")
    if status.st_size > MAX_BYTES:
        raise ConfigError(f"{SETTING}: {file} is longer than {MAX_BYTES} bytes")
    of_a_container = Path(os.path.normpath(file.absolute())).is_relative_to(RUNTIME_SECRETS)
    if status.st_mode & (stat.S_IWOTH if of_a_container else stat.S_IRWXO):
        raise ConfigError(f"{SETTING}: {file} is open to every user of this machine; chmod 600 it")


def _digest(key: bytes) -> bytes:
    """Of one length, whatever the key's: what takes time tells nothing of it."""
    return hashlib.sha256(key).digest()
