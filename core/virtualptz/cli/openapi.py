"""`virtualptz openapi`: the description of the API, for those who generate clients."""

import json
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from .app import app, no_log


@app.command
def openapi(*, check: Annotated[Path | None, Parameter(name="--check")] = None) -> int:
    """Print the OpenAPI 3.1 document of this version's API.

    Parameters
    ----------
    check
        Print nothing, and end with 1 where this file says something else.
    """
    from ..api.app import create_app

    no_log()
    text = json.dumps(create_app().openapi(), indent=2, ensure_ascii=False) + "\n"
    if check is None:
        sys.stdout.write(text)
        return 0
    if check.exists() and check.read_text(encoding="utf-8") == text:
        return 0
    print(f"{check} is not what the code says: virtualptz openapi > {check}", file=sys.stderr)
    return 1
