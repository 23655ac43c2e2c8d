"""Waiting for whichever of several things comes first."""

import asyncio
from collections.abc import Coroutine


async def first_of(*waits: Coroutine[None, None, object], timeout: float | None = None) -> None:  # noqa: ASYNC109
    """Returns when one of them has, or the time is over; the others are cancelled."""
    tasks = {asyncio.ensure_future(each) for each in waits}
    try:
        done, _ = await asyncio.wait(tasks, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
