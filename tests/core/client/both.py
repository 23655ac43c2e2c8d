"""Both clients through the same tests: the one for asyncio waits here for what it is asked."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Iterator
from contextlib import contextmanager
from typing import Any, cast

from virtualptz.client import AsyncRunnerClient, RunnerClient

END = object()


class Waiting:
    """An AsyncRunnerClient with the surface of a RunnerClient."""

    def __init__(self, client: AsyncRunnerClient, run: Callable[[Coroutine[Any, Any, Any]], Any]) -> None:
        self._client = client
        self._run = run
        self._streams: list[Generator[Any, None, None]] = []

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)

        def waits(*args: Any, **options: Any) -> Any:
            given = method(*args, **options)
            if not isinstance(given, AsyncGenerator):
                return self._run(given)
            self._streams.append(self._items(given))
            return self._streams[-1]

        return waits

    def leave(self) -> None:
        """Closes what was opened and not read to its end, while its loop still turns."""
        for stream in self._streams:
            stream.close()

    def _items(self, items: AsyncGenerator[Any, None]) -> Generator[Any, None, None]:
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
        waits = Waiting(client, loop.run)
        try:
            yield cast("RunnerClient", waits)
        finally:
            waits.leave()
            loop.run(client.close())
