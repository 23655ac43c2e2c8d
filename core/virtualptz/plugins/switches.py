"""Which plug-ins somebody has disabled while the agent ran: a file in its state folder."""

import json
import logging
import os
from collections.abc import Collection
from pathlib import Path

from ..errors import StoreError

log = logging.getLogger(__name__)

FILE_NAME = "plugins.json"


class Switches:
    """Blocking. One program at a time may write: the agent that holds the state folder."""

    def __init__(self, state_dir: Path) -> None:
        self._file = state_dir / FILE_NAME

    def read(self) -> frozenset[str]:
        """Their names. A file that cannot be read is an error in the log, and disables none."""
        try:
            names = frozenset(json.loads(self._file.read_bytes())["disabled"])
        except FileNotFoundError:
            return frozenset()
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.error("%s cannot be read (%s): no plug-in is disabled by it", self._file, error)  # noqa: TRY400
            return frozenset()
        return names

    def write(self, names: Collection[str]) -> None:
        """Whole or not at all. Raises StoreError."""
        new = self._file.with_suffix(".new")
        try:
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "w") as file:
                json.dump({"disabled": sorted(names)}, file)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._file)
        except OSError as error:
            raise StoreError(f"{self._file} cannot be written: {error.strerror}") from error
