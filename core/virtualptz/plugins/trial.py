"""Loads plug-ins in a process of its own, to see what comes of it: `python -m virtualptz.plugins.trial`.

On stdin a JSON list of names, on stdout one of `[name, what is wrong or null]`. All other plug-ins stay out.
"""

import json
import os
import sys

from .discovery import find_plugins
from .host import PluginHost


def main() -> None:
    # What a plug-in prints must not be taken for the answer.
    answer = os.dup(1)
    os.dup2(2, 1)
    asked = set(json.load(sys.stdin))
    others = {found.name for found in find_plugins()} - asked
    statuses = [status for status in PluginHost(others, {}).statuses if status.name in asked]
    wrong = [[status.name, status.reason if status.state == "failed" else None] for status in statuses]
    with os.fdopen(answer, "w") as file:
        json.dump(wrong, file)


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    # A thread that an import has started must not keep the answer waiting.
    os._exit(0)
