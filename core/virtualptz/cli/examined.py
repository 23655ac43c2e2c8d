"""What `virtualptz doctor` does."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import ConfigError
from .app import AsJson, Port, in_environ, no_log
from .setting_flags import NO_FLAGS, Given, read_with

if TYPE_CHECKING:
    from ..doctor import Check


def doctor(
    *, host: str = "127.0.0.1", port: Port = 9001, as_json: AsJson = False, settings: Given = NO_FLAGS
) -> int:
    """Look at this machine: say what is missing and how to get it.

    Ends with 0 where nothing is, with 1 where something is, with 2 where the settings cannot be read.

    Parameters
    ----------
    host
        Address that the agent is to listen on.
    port
        TCP port that the agent is to listen on.
    as_json
        Print JSON.
    """
    from ..doctor import examine, unreadable

    no_log()
    try:
        read = in_environ(read_with(settings))
    except ConfigError as error:
        _show(unreadable(error), as_json=as_json)
        return 2
    checks = examine(read, host, port)
    _show(checks, as_json=as_json)
    return 1 if any(not check.finding.ok for check in checks) else 0


def _show(checks: "Sequence[Check]", *, as_json: bool) -> None:
    missing = sum(not check.finding.ok for check in checks)
    if as_json:
        print(json.dumps([check.as_json() for check in checks], indent=2))
    else:
        print("\n".join(_check_lines(checks)))
        print(f"\n{missing} of {len(checks)} need attention." if missing else "\nEverything is there.")


def _check_lines(checks: "Sequence[Check]") -> list[str]:
    lines = []
    for check in checks:
        found = check.finding
        lines.append(f"{'ok  ' if found.ok else 'MISS'}  {check.part}: {found.subject}: {found.detail}")
        if not found.ok and found.remedy:
            lines.append(f"      -> {found.remedy}")
    return lines
