"""What a client's system takes of what is sent to it, by the kernel's word."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic

import pytest
from starlette.types import Message, Scope

from virtualptz.api.connection import Taking, abort, hold_back_little, keep_transport, notice_absence

SOON = 10.0
CLOCK = 0.02
"""What the kernel's own clock may be off, seconds."""
KERNEL_BYTES = 64 * 1024
LAST_DATA_SENT_LAST_ACK_RECV = struct.Struct("44xI8xI4x")
"""Milliseconds ago, in struct tcp_info."""


class Sender:
    """What a server's `send` is bound to."""

    def __init__(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    async def send(self, message: Message) -> None: ...


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[Scope, asyncio.WriteTransport, socket.socket]]:
    """The scope of a request, its transport, and the client's side, which reads nothing by itself."""
    made: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
    async with await asyncio.start_server(
        lambda _, writer: made.put_nowait(writer), "127.0.0.1", 0
    ) as server:
        with socket.create_connection(server.sockets[0].getsockname()) as client:
            client.setblocking(False)
            writer = await made.get()
            scope: Scope = {"type": "http"}
            keep_transport(scope, Sender(writer.transport).send)
            yield scope, writer.transport, client
            writer.transport.abort()


async def taken(client: socket.socket, count: int) -> None:
    async with asyncio.timeout(SOON):
        while count > 0:
            count -= len(await asyncio.get_running_loop().sock_recv(client, 1 << 20))


async def quiet(transport: asyncio.WriteTransport, seconds: float) -> None:
    """The kernel asks about a closed window by itself, ever more seldom."""
    async with asyncio.timeout(SOON):
        while True:
            info = transport.get_extra_info("socket").getsockopt(socket.SOL_TCP, socket.TCP_INFO, 64)
            sent, heard = LAST_DATA_SENT_LAST_ACK_RECV.unpack(info)
            if min(sent, heard) > 1000 * seconds:
                return
            await asyncio.sleep(0.01)


async def test_who_takes_nothing_is_told_from_who_is_sent_nothing() -> None:
    async with connected() as (scope, transport, client):
        hold_back_little(scope, KERNEL_BYTES)
        taking = Taking(scope)
        await asyncio.sleep(0.1)
        assert taking.stuck_seconds() < 0.05, "nothing is on its way"
        transport.write(bytes(8 << 20))
        await asyncio.sleep(0.2)
        taking.stuck_seconds()
        await asyncio.sleep(0.2)
        began = monotonic()
        assert taking.stuck_seconds() >= 0.2
        await taken(client, 4 << 20)
        await quiet(transport, 0.05)
        assert taking.stuck_seconds() < monotonic() - began + CLOCK


async def test_who_has_stopped_is_seen_from_when_it_stopped() -> None:
    """Not from when somebody looked."""
    async with connected() as (scope, transport, client):
        hold_back_little(scope, KERNEL_BYTES)
        taking = Taking(scope)
        transport.write(bytes(8 << 20))
        await taken(client, 1 << 20)
        taking.stuck_seconds()
        await taken(client, 1 << 20)
        await quiet(transport, 0.3)
        began = monotonic()
        assert taking.stuck_seconds() > 0.3
        await taken(client, 1 << 20)
        await quiet(transport, 0.05)
        assert taking.stuck_seconds() < monotonic() - began + CLOCK


async def test_who_was_sent_nothing_for_long_has_all_its_time() -> None:
    async with connected() as (scope, transport, client):
        hold_back_little(scope, KERNEL_BYTES)
        transport.write(bytes(1000))
        await taken(client, 1000)
        taking = Taking(scope)
        await asyncio.sleep(0.5)
        began = monotonic()
        transport.write(bytes(8 << 20))
        assert taking.stuck_seconds() < monotonic() - began + CLOCK


async def test_little_is_held_back() -> None:
    async with connected() as (scope, transport, _):
        hold_back_little(scope, KERNEL_BYTES)
        before = 0
        while transport.get_write_buffer_size() == 0:
            transport.write(bytes(16 * 1024))
            before += 16 * 1024
            await asyncio.sleep(0)
        assert before < 1 << 20
        assert transport.get_write_buffer_limits()[1] == 0


async def test_a_connection_that_is_dropped_leaves_nothing_on_its_way() -> None:
    async with connected() as (scope, transport, client):
        transport.write(bytes(8 << 20))
        abort(scope)
        with pytest.raises(ConnectionResetError):
            await taken(client, 8 << 20)


async def test_what_is_no_tcp_is_never_stuck() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, sock=ours)
        scope: Scope = {"type": "http"}
        keep_transport(scope, Sender(transport).send)
        taking = Taking(scope)
        transport.write(bytes(8 << 20))
        await asyncio.sleep(0.1)
        assert taking.stuck_seconds() < 0.05
        transport.abort()


async def test_a_machine_that_is_gone_is_noticed_though_nothing_is_sent() -> None:
    notice_absence({"type": "http"})
    async with connected() as (scope, transport, _):
        connection = transport.get_extra_info("socket")
        assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 0
        notice_absence(scope)
        assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        idle, between, times = (
            connection.getsockopt(socket.IPPROTO_TCP, option)
            for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
        )
        assert idle + between * times <= 60


async def test_a_client_without_tcp_is_left_as_it_is() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, sock=ours)
        scope: Scope = {"type": "http"}
        keep_transport(scope, Sender(transport).send)
        notice_absence(scope)
        transport.abort()
