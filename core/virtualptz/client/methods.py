"""How a call, which is written once, becomes a method of each client."""

import inspect
from collections.abc import Callable
from typing import Any, get_args


def named_after(call: Callable[..., Any], method: Callable[..., Any], comes_back: Any = None) -> None:
    """Name, text and signature of the call; what comes back is its answer, or `comes_back` of that."""
    signature = inspect.signature(call, eval_str=True)
    [answer] = get_args(signature.return_annotation)
    client = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    taken = {
        "__name__": call.__name__,
        "__qualname__": call.__name__,
        "__doc__": call.__doc__,
        "__signature__": signature.replace(
            parameters=[client, *signature.parameters.values()],
            return_annotation=answer if comes_back is None else comes_back[answer],
        ),
    }
    for name, value in taken.items():
        setattr(method, name, value)
