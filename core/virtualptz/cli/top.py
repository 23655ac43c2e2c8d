"""The process's top."""

import sys
from collections.abc import Sequence

from cyclopts import CycloptsError

from ..errors import VirtualPtzError
from .app import app

USAGE_ERROR = 2
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """An error that we raise on purpose is told on stderr, each of its lines in one; the exit code is 2."""
    try:
        code: int | None = app(
            sys.argv[1:] if arguments is None else list(arguments), exit_on_error=False, print_error=False
        )
    except (CycloptsError, VirtualPtzError) as error:
        for line in filter(None, map(str.strip, str(error).splitlines())):
            print(f"virtualptz: {line}", file=sys.stderr)
        return USAGE_ERROR
    except KeyboardInterrupt:
        return INTERRUPTED
    return code or 0
