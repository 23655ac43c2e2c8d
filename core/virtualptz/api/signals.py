"""A stop signal reaches the engine before the server waits for its connections to end."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)
Handler = Callable[[int, FrameType | None], object]


@contextmanager
def before_stopping(do: Callable[[], None]) -> Iterator[None]:
    """Within the block, the first thing that SIGINT or SIGTERM brings about is `do`, in this event loop.

    uvicorn waits for every response to end, and a multipart stream has no end: it would wait for ever. Its
    own handlers are called after ours. Outside of the main thread there are no signals, and nothing is done.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    chained = {number: _chain(number, do, loop) for number in SIGNALS}
    try:
        yield
    finally:
        for number, (ours, previous) in chained.items():
            if signal.getsignal(number) is ours:
                signal.signal(number, previous)


def _chain(
    number: signal.Signals, do: Callable[[], None], loop: asyncio.AbstractEventLoop
) -> tuple[Handler, Handler | int | None]:
    previous = signal.getsignal(number)

    def handle(received: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(do)
        if callable(previous):
            previous(received, frame)

    if callable(previous):
        signal.signal(number, handle)
    return handle, previous
