"""The process's top."""

import sys
from collections.abc import Sequence

from cyclopts import CycloptsError

from ..errors import VirtualPtzError
from .app import app

USAGE_ERROR = 2
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """The process's top: an error that we raise on purpose is one line on stderr, and exit code 2."""
    try:
        code: int | None = app(
            sys.argv[1:] if arguments is None else list(arguments), exit_on_error=False, print_error=False
        )
    except (CycloptsError, VirtualPtzError) as error:
        print(f"virtualptz: {' '.join(str(error).split())}", file=sys.stderr)
        return USAGE_ERROR
    except KeyboardInterrupt:
        return INTERRUPTED
    return code or 0
