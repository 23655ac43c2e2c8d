"""A copy of all presets beside the store, so that they outlive its damage."""

import os
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from .presets import Row

ROWS = TypeAdapter(list[Row])


class PresetsCopy:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: list[Row] = []
        """As they were last written."""
        self._written = False

    def read(self) -> list[Row]:
        """Empty where there is none that can be read."""
        try:
            return ROWS.validate_json(self.path.read_bytes())
        except (OSError, ValidationError):
            return []

    def write(self, rows: list[Row]) -> None:
        """Whole or not at all, for this user alone; nothing where it is so already. Raises OSError."""
        if self._written and rows == self.rows and self.path.exists():
            return
        self._written = False
        draft = self.path.with_name(self.path.name + ".new")
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(ROWS.dump_json(rows))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.path)
        self.rows, self._written = rows, True
