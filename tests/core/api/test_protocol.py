"""Connections over a real socket, with clients who leave their side undone."""

import asyncio
import json
import logging
import resource
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from virtualptz.api import protocol as module
from virtualptz.api.protocol import SPARE_CONNECTIONS, AgentProtocol, Dropped, protocol

SOON = 10.0
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
LATE = 0.2


@pytest.fixture(autouse=True)
def _look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHECK_SECONDS", 0.02)


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """`/wait`: answers when the client has gone; `/large`: more than buffers hold; `/body`: at its end."""
    if scope["path"] == "/wait":
        while (await receive())["type"] != "http.disconnect":
            pass
        return
    body = b"x" * (16 << 20) if scope["path"] == "/large" else b"ok"
    more = scope["path"] == "/body"
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        more = message["more_body"]
    headers = [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def answer(self) -> tuple[int, Any]:
        """Status, and the body as JSON or as it is."""
        async with asyncio.timeout(SOON):
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            body = await self.reader.readexactly(int(length))
        return int(head.split()[1]), json.loads(body) if body.startswith(b"{") else body

    async def rest(self) -> bytes | None:
        """What comes until the end; None: it was cut off."""
        async with asyncio.timeout(SOON):
            try:
                return await self.reader.read()
            except ConnectionResetError:
                return None


Connect = Callable[..., Awaitable[Client]]


@asynccontextmanager
async def server(**limits: Any) -> AsyncIterator[Connect]:
    """Makes clients of it, which have sent something."""
    made = type("Short", (AgentProtocol,), {"dropped": Dropped(), **limits})
    config, state = uvicorn.Config(app, lifespan="off", log_config=None), ServerState()
    config.load()
    listening = await asyncio.get_running_loop().create_server(
        lambda: made(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    clients: list[Client] = []

    async def connect(sent: bytes = b"") -> Client:
        client = Client(*await asyncio.open_connection(*listening.sockets[0].getsockname()))
        clients.append(client)
        client.writer.write(sent)
        return client

    try:
        yield connect
    finally:
        listening.close()
        for client in clients:
            client.writer.transport.abort()
        for connection in tuple(state.connections):
            connection.transport.abort()
        async with asyncio.timeout(SOON):
            await listening.wait_closed()
            await asyncio.gather(*state.tasks)


async def test_a_head_that_is_not_finished_is_408() -> None:
    async with server(head_seconds=LATE) as connect:
        client = await connect(b"GET / HTTP/1.1\r\nHo")
        status, told = await client.answer()
        assert (status, told["type"]) == (408, "urn:virtualptz:error:late-request")
        assert told["detail"] == "the head of the request was not whole within 0.2 s"
        assert await client.rest() == b""


async def test_a_byte_now_and_then_does_not_help() -> None:
    async with server(head_seconds=LATE) as connect:
        client = await connect()
        answer = asyncio.create_task(client.answer())
        for byte in b"GET / HTTP/1.1\r\n" * 100:
            client.writer.write(bytes([byte]))
            await asyncio.sleep(0.01)
            if answer.done():
                break
        assert (await answer)[0] == 408


async def test_who_says_nothing_is_let_go() -> None:
    async with server(head_seconds=LATE) as connect:
        assert await (await connect()).rest() == b""


async def test_a_request_may_begin_late_and_the_next_one_too() -> None:
    """What counts is how long a head takes, not how long its client did without."""
    async with server(head_seconds=1.5) as connect:
        client = await connect()
        for _ in range(2):
            await asyncio.sleep(0.8)
            client.writer.write(GET[:20])
            await asyncio.sleep(0.8)
            client.writer.write(GET[20:])
            assert await client.answer() == (200, b"ok")


async def test_a_body_that_does_not_come_ends_the_connection() -> None:
    async with server(body_seconds=LATE) as connect:
        client = await connect(b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc")
        assert await client.rest() is None


async def test_an_answer_does_not_excuse_a_body_that_does_not_come() -> None:
    async with server(body_seconds=LATE) as connect:
        client = await connect(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n")
        assert await client.answer() == (200, b"ok")
        assert await client.rest() is None


async def test_a_request_that_is_whole_may_take_its_time() -> None:
    async with server(head_seconds=LATE, body_seconds=LATE, unread_seconds=LATE) as connect:
        client = await connect(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(LATE * 3):
                await client.reader.read()


async def test_an_answer_that_is_not_taken_is_thrown_away() -> None:
    async with server(unread_seconds=LATE) as connect:
        client = await connect(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        # A reader of Python's stops by itself, as soon as it has more than it was asked for.
        await asyncio.sleep(LATE * 3)
        assert await client.rest() is None


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 2\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 70_000, 431),
        (b"POST /body HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    ],
)
async def test_what_is_no_http_is_refused_as_all_else_is(sent: bytes, status: int) -> None:
    async with server() as connect:
        got, body = await (await connect(sent)).answer()
        assert got == status
        assert isinstance(body["detail"], str)
        kind = {400: "unreadable-request", 431: "head-too-long"}[status]
        assert (body["status"], body["type"]) == (status, f"urn:virtualptz:error:{kind}")


async def test_nonsense_behind_a_request_costs_nobody_an_answer() -> None:
    async with server() as connect:
        client = await connect(GET + GET + b"nonsense\r\n\r\n")
        assert [(await client.answer())[0] for _ in range(3)] == [200, 200, 400]
        assert await client.rest() == b""
        assert await (await connect(GET)).answer() == (200, b"ok")


async def test_the_longest_in_arrears_makes_room() -> None:
    async with server(most=3) as connect:
        await connect(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
        idle = [await connect() for _ in range(2)]
        await asyncio.sleep(0.05)
        assert await (await connect(GET)).answer() == (200, b"ok")
        assert await idle[0].rest() is None
        idle[1].writer.write(GET)
        assert await idle[1].answer() == (200, b"ok")


async def test_where_all_are_at_work_the_newest_is_refused() -> None:
    async with server(most=2) as connect:
        for _ in range(2):
            await connect(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
        await asyncio.sleep(0.05)
        late = await connect()
        status, told = await late.answer()
        assert (status, told["type"]) == (503, "urn:virtualptz:error:too-many-connections")
        assert told["detail"] == "2 connections are open already"


def test_strangers_fill_no_log(caplog: pytest.LogCaptureFixture) -> None:
    now = 0.0
    dropped = Dropped(lambda: now)
    with caplog.at_level(logging.WARNING):
        for _ in range(1000):
            dropped.note("were late")
        dropped.note("were rude")
        now = 61.0
        dropped.note("were late")
    assert caplog.messages == [
        "connections were late: 1 so far",
        "connections were rude: 1 so far",
        "connections were late: 1001 so far",
    ]


def test_descriptors_are_left_for_all_else() -> None:
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert protocol(1).most == min(1 + SPARE_CONNECTIONS, allowed * 3 // 4)
    assert protocol(1 << 30).most == allowed * 3 // 4
    assert protocol(1).dropped is not protocol(1).dropped
