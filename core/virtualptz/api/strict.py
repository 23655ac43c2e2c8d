"""JSON as the standard has it: Python's parser also takes NaN, infinities and halves of characters."""

import json
import re
from collections.abc import Callable, Coroutine
from math import isfinite
from typing import Any, NoReturn

from fastapi import Request, Response
from fastapi.routing import APIRoute

_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def parse_json(body: bytes) -> Any:
    """Raises json.JSONDecodeError, and nothing else, for whatever is no JSON or cannot be sent back."""
    try:
        value = json.loads(body, parse_constant=_refuse, parse_float=_finite)
        if _HALF.search(body):
            json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise json.JSONDecodeError(error.msg, "", error.pos) from None
    except RecursionError:
        raise json.JSONDecodeError("nested too deep", "", 0) from None
    except ValueError as error:
        reason = "not UTF-8 text" if isinstance(error, UnicodeError) else str(error)
        raise json.JSONDecodeError(reason, "", 0) from None
    return value


class StrictRequest(Request):
    async def json(self) -> Any:
        return parse_json(await self.body())


class StrictRoute(APIRoute):
    def get_route_handler(self) -> _Handler:
        handle = super().get_route_handler()

        async def strict(request: Request) -> Response:
            return await handle(StrictRequest(request.scope, request.receive))

        return strict


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise ValueError("a number is too large")
    return value
