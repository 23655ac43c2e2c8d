"""The reference of the hooks and of what plug-ins implement, from the modules that declare them."""

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any, get_type_hints, is_typeddict

from virtualptz import hookspecs, model, protocols

from .page import code, page, prose, table

_INTRO = """
What a plug-in may implement: the signatures and docstrings of `virtualptz.hookspecs` and
`virtualptz.protocols`. How to write one is in [plugins.md](../plugins.md).
"""
_TOLD = ("Extension", "JobRef", "JobOutcome", "MediaInfo", "TrackingUpdate", "Finding")
"""What hooks are given and give, of `virtualptz.model`."""


def hooks() -> dict[str, Callable[..., object]]:
    return {name: each for name, each in vars(hookspecs).items() if name.startswith("vptz_")}


def protocol_classes() -> dict[str, type]:
    """Every protocol of `virtualptz.protocols`, in the order of the file."""
    return {
        name: each
        for name, each in vars(protocols).items()
        if inspect.isclass(each) and each.__module__ == protocols.__name__ and _is_protocol(each)
    }


def _is_protocol(each: type) -> bool:
    return bool(getattr(each, "_is_protocol", False))


def hooks_page() -> str:
    return page(
        "Hooks",
        _INTRO,
        "## The hooks",
        *(_function(name, each, level=3) for name, each in hooks().items()),
        "## What hooks are given and give",
        *(_record(getattr(model, name)) for name in _TOLD),
        "## What extensions implement",
        *(part for each in protocol_classes().values() for part in _protocol(each)),
    )


def _function(name: str, function: Callable[..., object], *, level: int) -> str:
    signature = f"def {name}{signature_of(function)}: ..."
    return "\n\n".join(
        [
            f"{'#' * level} {code(name)}",
            f"```python\n{signature}\n```",
            prose(function.__doc__),
        ]
    )


ARRAY = re.compile(
    r"numpy\.ndarray\[tuple\[[\w.]+, \.\.\.\], numpy\.dtype\[numpy\.(\w+)\]\]|NDArray\[numpy\.(\w+)\]"
)
"""An array's type, which each version of NumPy writes in its own way."""


def signature_of(function: Callable[..., object]) -> str:
    """As it is written: `inspect` gives some types with the modules that they are from."""
    text = ARRAY.sub(r"NDArray[\1\2]", str(inspect.signature(function)))
    return re.sub(r"\b(?:[a-z_]\w*\.)+(?=[A-Z])", "", text).replace("typing.", "").replace("'", "")


def _record(record: type) -> str:
    rows = [(code(name), code(_written(hint))) for name, hint in _fields(record)]
    return "\n\n".join(
        [f"### {code(record.__name__)}", prose(_own_doc(record)), table(["field", "type"], rows)]
    )


def _fields(record: type) -> Iterator[tuple[str, Any]]:
    known = getattr(record, "model_fields", None)
    if known is None and is_typeddict(record):
        known = record.__annotations__
    hints = get_type_hints(record)
    for name, hint in hints.items():
        if not name.startswith("_") and name != "model_config" and (known is None or name in known):
            yield name, hint


def _own_doc(record: type) -> str:
    """Not the signature that dataclasses put in the place of a docstring that is missing."""
    text = record.__doc__ or ""
    return "" if text.startswith(f"{record.__name__}(") else text


def _written(hint: Any) -> str:
    text = hint.__name__ if inspect.isclass(hint) and not hasattr(hint, "__args__") else str(hint)
    return re.sub(r"\b(?:[a-z_]\w*\.)+(?=[A-Za-z])|[~+](?=\w)", "", text)


def _protocol(each: type) -> Iterator[str]:
    yield f"### {code(each.__name__)}\n\n{prose(_own_doc(each))}"
    rows = []
    for name, member in vars(each).items():
        function = member.fget if isinstance(member, property) else member
        if name.startswith("_") or not callable(function):
            continue
        shown = name if isinstance(member, property) else f"{name}{signature_of(function)}"
        rows.append((code(shown), prose(function.__doc__)))
    if rows:
        yield table(["member", "what it is held to"], rows)
