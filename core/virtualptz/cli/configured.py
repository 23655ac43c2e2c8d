"""`virtualptz config show` and `check`."""

import json
import os
from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter

from .app import AsJson, no_log, table
from .setting_flags import NO_FLAGS, Given, read_with

Redact = Annotated[bool, Parameter(negative="--no-redact")]


def show(*, redact: Redact = True, as_json: AsJson = False, settings: Given = NO_FLAGS) -> int:
    """List every setting: its value, and which of flag, environment, file or default says so.

    Parameters
    ----------
    redact
        Hide keys, and what is secret in addresses.
    as_json
        Print JSON.
    """
    from ..settings_shown import shown

    no_log()
    rows = shown(read_with(settings), redact=redact)
    if as_json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
    else:
        print(table([("SETTING", "FROM", "VALUE"), *((row.name, row.origin, row.value) for row in rows)]))
    return 0


def check(*, settings: Given = NO_FLAGS) -> int:
    """Read the settings as an agent would that starts now. Ends with 2 where one is wrong, or misspelt."""
    from ..errors import ConfigError
    from ..plugins import PluginHost
    from ..settings import config_file
    from ..settings_shown import misspelt

    no_log()
    read = read_with(settings)
    wrong = [
        *PluginHost.load(read.plugins_disabled, read.plugin).misconfigured(),
        *(f"{name} is no setting: perhaps {near} is meant" for name, near in misspelt(os.environ)),
    ]
    if wrong:
        raise ConfigError("\n".join(wrong))
    path = config_file()
    print(f"The settings are good. File: {path}{'' if path.exists() else ' (there is none)'}.")
    return 0
