"""Checks of what a request names, in threads of their own: a mount that hangs takes none from the jobs."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from typing import TypeVar

from ..errors import LimitError

T = TypeVar("T")
SECONDS = 8.0
AT_A_TIME = 32


class Checks:
    def __init__(self, of: str, at_a_time: int = AT_A_TIME, seconds: float = SECONDS) -> None:
        """`of`: what is asked, as errors name it. Nobody can end a check that hangs: it keeps its place."""
        self._of = of
        self._seconds = seconds
        self._places = threading.BoundedSemaphore(at_a_time)

    async def run(self, check: Callable[[], T]) -> T:
        """Its answer, or what it raises. Raises LimitError in time, or where too many others still hang."""
        if not self._places.acquire(blocking=False):
            raise LimitError(f"{self._of} answers none of the questions asked before: try again later")
        answer: Future[T] = Future()
        answer.set_running_or_notify_cancel()
        work = (copy_context().run, check, answer)
        # A daemon: what hangs does not keep the agent from ending.
        threading.Thread(target=self._answer, args=work, name="virtualptz-check", daemon=True).start()
        try:
            return await asyncio.wait_for(asyncio.wrap_future(answer), self._seconds)
        except TimeoutError:
            raise LimitError(f"{self._of} has not answered within {self._seconds:g} s") from None

    def _answer(
        self, run: Callable[[Callable[[], T]], T], check: Callable[[], T], answer: "Future[T]"
    ) -> None:
        try:
            answer.set_result(run(check))
        except Exception as error:  # noqa: BLE001 - it is raised where the answer is waited for
            answer.set_exception(error)
        finally:
            self._places.release()


DISKS = Checks("the disk of that file")
NAMES = Checks("the name server")


def checks_of(uri: str) -> Checks:
    """Those that wait with this source or target, in whatever form it came."""
    scheme, separator, _ = uri.partition("://")
    return NAMES if separator and scheme.lower() != "file" else DISKS
