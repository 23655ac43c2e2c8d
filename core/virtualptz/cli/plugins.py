"""`virtualptz plugins`: what is installed."""

import json
from typing import TYPE_CHECKING

from .app import AsJson, app, no_log, read_settings, table

if TYPE_CHECKING:
    from ..plugins import PluginStatus


@app.command
def plugins(*, as_json: AsJson = False) -> int:
    """List the plug-ins: loaded, disabled or failed (and why), and what each offers.

    Parameters
    ----------
    as_json
        Print JSON.
    """
    from ..plugins import PluginHost

    no_log()
    settings = read_settings()
    statuses = PluginHost.load(settings.plugins_disabled, settings.plugin).statuses
    if as_json:
        print(json.dumps([status.as_json() for status in statuses], indent=2))
    else:
        print(table([("NAME", "STATE", "VERSION", "LICENSE", "OFFERS"), *map(_plugin_row, statuses)]))
        for status in statuses:
            if status.reason:
                print(f"{status.name}: {status.reason}")
            for name, lack in status.missing.items():
                print(f"{name} cannot work here: {lack}")
    return 0


def _plugin_row(status: "PluginStatus") -> tuple[str, ...]:
    offers = ", ".join(name for names in status.offers.values() for name in names)
    return status.name, status.state, status.version, status.license, offers
