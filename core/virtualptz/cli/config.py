"""`virtualptz config`: the settings as they are in force."""

import json
from dataclasses import asdict
from typing import Annotated

from cyclopts import App, Parameter

from .app import AsJson, app, no_log, table

config = App(name="config", help="Show the settings, or check them.", help_format="plaintext")
app.command(config)

Redact = Annotated[bool, Parameter(negative="--no-redact")]


@config.command
def show(*, redact: Redact = True, as_json: AsJson = False) -> int:
    """List every setting: its value, and whether it comes from the environment, the file or the defaults.

    Parameters
    ----------
    redact
        Hide keys, and what is secret in addresses.
    as_json
        Print JSON.
    """
    from ..settings import load_settings
    from ..settings_shown import shown

    no_log()
    rows = shown(load_settings(), redact=redact)
    if as_json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
    else:
        print(table([("SETTING", "FROM", "VALUE"), *((row.name, row.origin, row.value) for row in rows)]))
    return 0


@config.command
def check() -> int:
    """Read the settings as an agent would that starts now. Ends with 2 where one is wrong."""
    from ..errors import ConfigError
    from ..plugins import PluginHost
    from ..settings import config_file, load_settings

    no_log()
    settings = load_settings()
    wrong = PluginHost.load(settings.plugins_disabled, settings.plugin).misconfigured()
    if wrong:
        raise ConfigError("; ".join(wrong))
    path = config_file()
    print(f"The settings are good. File: {path}{'' if path.exists() else ' (there is none)'}.")
    return 0
