"""Schemathesis's hooks: how many requests were really sent, into the file that FUZZ_COUNT names."""

import atexit
import itertools
import os
from pathlib import Path
from typing import Any

import schemathesis

_numbers = itertools.count(1)
_sent = 0


@schemathesis.hook  # type: ignore[untyped-decorator,unused-ignore]
def after_call(context: Any, case: Any, response: Any) -> None:  # noqa: ARG001 - looked up by name
    global _sent
    _sent = next(_numbers)


atexit.register(lambda: Path(os.environ["FUZZ_COUNT"]).write_text(str(_sent)))
