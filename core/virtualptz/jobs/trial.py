"""Loads plug-ins in a process of its own, to see what comes of it: `python -m virtualptz.jobs.trial`.

On stdin a JSON list of names, on stdout one of `[name, what is wrong or null]`. All other plug-ins stay out.
"""

import json
import os
import sys

from ..plugins import PluginHost
from .fence import PROBE


def main() -> None:
    PROBE.put_up()
    # What a plug-in prints must not be taken for the answer.
    answer = os.dup(1)
    os.dup2(2, 1)
    statuses = PluginHost.only(json.load(sys.stdin)).statuses
    wrong = [
        [status.name, status.reason if status.state == "failed" else None]
        for status in statuses
        if status.state != "disabled"
    ]
    with os.fdopen(answer, "w") as file:
        json.dump(wrong, file)


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    # A thread that an import has started must not keep the answer waiting.
    os._exit(0)
