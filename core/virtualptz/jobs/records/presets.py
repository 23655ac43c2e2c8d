"""Named views of a camera. They belong to the camera: all jobs of a source share them, this week and next."""

import hmac
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime

from ...errors import ConfigError, UnknownPresetError
from ...uris import is_file
from ...wire.view import ViewValue
from ..status import Preset
from .schema import moment

MAX_PRESETS = 64
"""Of one camera."""
KEEP = """
INSERT INTO presets VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (camera, name) DO UPDATE SET center_x = excluded.center_x, center_y = excluded.center_y,
    zoom = excluded.zoom, updated_at = excluded.updated_at
"""
EVERY = "SELECT camera, name, center_x, center_y, zoom, updated_at FROM presets ORDER BY camera, name"
ALL = "SELECT name, center_x, center_y, zoom, updated_at FROM presets WHERE camera = ? ORDER BY name"
DROP = "DELETE FROM presets WHERE camera = ? AND name = ?"
Row = tuple[str, str, float, float, float, str]
"""As in the table: camera, name, view, when."""


def camera_of(source: str, key: bytes) -> str:
    """The name under which a source's presets are kept: it tells nothing of the address without the key.

    `source` is in its normal form (`uris.validate_source`). Who logs in is no part of it: a password that
    is changed does not make another camera.
    """
    if not is_file(source):
        scheme, _, rest = source.partition("://")
        ends = min((at for mark in "/?#" if (at := rest.find(mark)) >= 0), default=len(rest))
        source = f"{scheme}://{rest[:ends].rpartition('@')[2]}{rest[ends:]}"
    return hmac.digest(key, b"camera\n" + source.encode(), "sha256").hex()


class PresetTable:
    """The table of one connection; used by the thread that owns it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def of(self, camera: str) -> tuple[Preset, ...]:
        """In order of their names."""
        return tuple(_preset(row) for row in self._connection.execute(ALL, (camera,)))

    def rows(self) -> list[Row]:
        """Those of every camera."""
        return list(self._connection.execute(EVERY))

    def restore(self, rows: Sequence[Row]) -> None:
        """Take back what `rows()` told, but nothing that is no preset."""
        with self._connection:
            self._connection.executemany(KEEP, [row for row in rows if _is_good(row)])

    def check(self) -> None:
        """Raises ValueError where one is none."""
        for row in self.rows():
            _preset(row[1:])

    def keep(self, camera: str, name: str, view: ViewValue) -> tuple[Preset, ...]:
        """Add or replace one; all that there are now. Raises ConfigError where there are enough."""
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            known = {preset.name for preset in self.of(camera)}
            if name not in known and len(known) >= MAX_PRESETS:
                raise ConfigError(f"this camera has {MAX_PRESETS} presets already: delete one first")
            now = datetime.now(UTC).isoformat()
            self._connection.execute(KEEP, (camera, name, view.center_x, view.center_y, view.zoom, now))
        return self.of(camera)

    def drop(self, camera: str, name: str) -> tuple[Preset, ...]:
        """Those that are left. Raises UnknownPresetError."""
        self.find(camera, name)
        with self._connection:
            self._connection.execute(DROP, (camera, name))
        return self.of(camera)

    def find(self, camera: str, name: str) -> Preset:
        """Raises UnknownPresetError, which names those that there are."""
        known = {preset.name: preset for preset in self.of(camera)}
        if name not in known:
            there = ", ".join(repr(each) for each in known) or "none"
            raise UnknownPresetError(f"this camera has no preset {name!r}; there are: {there}")
        return known[name]


def _preset(row: tuple[str, float, float, float, str]) -> Preset:
    name, center_x, center_y, zoom, updated_at = row
    view = ViewValue(center_x=center_x, center_y=center_y, zoom=zoom)
    return Preset(name, view, moment(updated_at))


def _is_good(row: Row) -> bool:
    try:
        _preset(row[1:])
    except ValueError:
        return False
    return True
