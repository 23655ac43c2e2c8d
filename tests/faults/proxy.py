"""A TCP proxy on the loopback that cuts, freezes, slows or corrupts what passes."""

import asyncio
import random
import threading
from collections.abc import Callable
from typing import Any

PIECE = 16 * 1024


class Proxy:
    """In front of a port of 127.0.0.1, on a `port` of its own; all methods may be called from any thread."""

    def __init__(self, target_port: int) -> None:
        self.port = 0
        self.bytes_up = 0
        """From clients to the server."""
        self.connections = 0
        """So far."""
        self._target_port = target_port
        self._loop = asyncio.new_event_loop()
        self._open = threading.Event()
        self._flowing: asyncio.Event
        self._accepting = True
        self._bytes_per_second = 0.0
        self._damage = 0.0
        self._random = random.Random(7)
        self._talks: set[asyncio.Task[None]] = set()
        self._ended: asyncio.Event
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)
        self._thread.start()
        self._open.wait(10)

    def cut(self) -> None:
        """Drop every connection, and every new one until `mend`."""
        self._call(self._cut)

    def mend(self) -> None:
        """All is as it was: nothing is cut, frozen, slow or damaged."""
        self._call(self._mend)

    def freeze(self) -> None:
        """Nothing passes any more; connections stay open, new ones are taken and get no answer."""
        self._call(lambda: self._flowing.clear())

    def slow(self, bytes_per_second: float) -> None:
        """Each connection and direction; 0: as fast as it goes."""
        self._bytes_per_second = bytes_per_second

    def damage(self, share: float) -> None:
        """That share of the bytes become other ones."""
        self._damage = share

    def close(self) -> None:
        self._call(self._end)
        self._thread.join(10)
        assert not self._thread.is_alive(), "the proxy did not end"

    def _call(self, work: Callable[[], Any]) -> None:
        done = threading.Event()

        def run() -> None:
            work()
            done.set()

        self._loop.call_soon_threadsafe(run)
        assert done.wait(10), "the proxy hangs"

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._flowing, self._ended = asyncio.Event(), asyncio.Event()
        self._flowing.set()
        server = await asyncio.start_server(self._take, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        self._open.set()
        async with server:
            await self._ended.wait()
        self._drop_all()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        self.connections += 1
        ends = [writer]
        try:
            if self._accepting:
                await self._flowing.wait()
                server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
                ends.append(server_writer)
                await self._both_ways(reader, writer, server_reader, server_writer)
        except (OSError, asyncio.CancelledError):
            pass  # one side has gone, or the test cut it: the other side is dropped below
        finally:
            self._talks.discard(task)
            for end in ends:
                end.transport.abort()

    async def _both_ways(
        self,
        client_reader: asyncio.StreamReader,
        client_writer: asyncio.StreamWriter,
        server_reader: asyncio.StreamReader,
        server_writer: asyncio.StreamWriter,
    ) -> None:
        up = asyncio.create_task(self._pump(client_reader, server_writer, up=True))
        down = asyncio.create_task(self._pump(server_reader, client_writer, up=False))
        try:
            await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (up, down):
                task.cancel()
            await asyncio.gather(up, down, return_exceptions=True)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, up: bool) -> None:
        while True:
            await self._flowing.wait()
            piece = await reader.read(PIECE)
            if not piece:
                return
            await self._flowing.wait()
            if up:
                self.bytes_up += len(piece)
            writer.write(self._damaged(piece) if self._damage else piece)
            await writer.drain()
            if self._bytes_per_second:
                await asyncio.sleep(len(piece) / self._bytes_per_second)

    def _damaged(self, piece: bytes) -> bytes:
        wrong = bytearray(piece)
        for index in range(len(wrong)):
            if self._random.random() < self._damage:
                wrong[index] = self._random.randrange(256)
        return bytes(wrong)

    def _cut(self) -> None:
        self._accepting = False
        self._drop_all()

    def _mend(self) -> None:
        self._accepting, self._bytes_per_second, self._damage = True, 0.0, 0.0
        self._flowing.set()

    def _end(self) -> None:
        self._ended.set()

    def _drop_all(self) -> None:
        for task in self._talks:
            task.cancel()
