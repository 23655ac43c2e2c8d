"""Both clients through the same tests: the one for asyncio waits here for what it is asked."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, cast

from virtualptz.client import AsyncRunnerClient, RunnerClient

END = object()


class Waiting:
    """An AsyncRunnerClient with the surface of a RunnerClient."""

    def __init__(self, client: AsyncRunnerClient, run: Callable[[Coroutine[Any, Any, Any]], Any]) -> None:
        self._client = client
        self._run = run

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)

        def waits(*args: Any, **options: Any) -> Any:
            given = method(*args, **options)
            return self._items(given) if isinstance(given, AsyncGenerator) else self._run(given)

        return waits

    def _items(self, items: AsyncGenerator[Any, None]) -> Iterator[Any]:
        async def upcoming() -> Any:
            return await anext(items, END)

        async def close() -> None:
            await items.aclose()

        try:
            yield from iter(lambda: self._run(upcoming()), END)
        finally:
            self._run(close())


@contextmanager
def waiting(*args: Any, **options: Any) -> Iterator[RunnerClient]:
    with asyncio.Runner() as loop:
        client = AsyncRunnerClient(*args, **options)
        try:
            yield cast("RunnerClient", Waiting(client, loop.run))
        finally:
            loop.run(client.close())
