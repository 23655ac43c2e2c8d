"""Signed, expiring permission to open one job's preview, for an `<img>` that can send no header.

Its age is that of this machine since it was started, not of the wall clock, which may be set: no jump makes
a token good for longer, or takes a preview from those who have just been given it.
"""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from ..jobs.keyfile import load_key

SECRET_FILE = "preview.secret"  # noqa: S105 - a name


BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def seconds_since_boot() -> float:
    """Goes on while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def this_boot(file: Path = BOOT_ID) -> str:
    """Tells one start of the machine from another; where the system hides that, one agent from another."""
    try:
        return file.read_text(encoding="ascii").strip()
    except OSError:
        return secrets.token_hex()


def load_secret(state_dir: Path) -> bytes:
    """The signing secret in the state folder, so that URLs outlive the agent. Raises ConfigError."""
    return load_key(state_dir / SECRET_FILE)


class PreviewTokens:
    """HMAC-SHA256 over job id, expiry (seconds since the machine's start) and which start that was.

    Holds nothing of the API key.
    """

    def __init__(
        self,
        secret: bytes,
        seconds: int,
        clock: Callable[[], float] = seconds_since_boot,
        boot: str | None = None,
    ) -> None:
        """`boot`: None is that of this machine."""
        self._secret = secret
        self._seconds = seconds
        self._clock = clock
        self._boot = this_boot() if boot is None else boot

    def sign(self, job_id: str) -> str:
        expiry = int(self._clock()) + self._seconds
        return f"{expiry}.{self._signature(job_id, expiry)}"

    def opens(self, token: str, job_id: str) -> bool:
        """Whether the token lets its bearer open this job's preview now."""
        expiry_text, _, signature = token.partition(".")
        if not (expiry_text.isascii() and expiry_text.isdigit() and len(expiry_text) <= 15):
            return False
        expiry = int(expiry_text)
        good = hmac.compare_digest(signature.encode(), self._signature(job_id, expiry).encode())
        return good and self._clock() < expiry

    def _signature(self, job_id: str, expiry: int) -> str:
        message = f"preview\n{self._boot}\n{expiry}\n{job_id}".encode()
        digest = hmac.new(self._secret, message, hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
