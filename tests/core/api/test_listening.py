"""The port is taken, but nobody is served yet."""

import socket

import pytest

from virtualptz.api.listening import listeners
from virtualptz.errors import ConfigError

from ...ports import free_port


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", ""])
def test_a_port_that_is_taken_is_told_apart_from_one_that_is_free(host: str) -> None:
    port = free_port()
    bound = listeners(host, port)
    try:
        assert {each.getsockname()[1] for each in bound} == {port}
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), 5)
        bound[0].listen()
        with pytest.raises(ConfigError, match=f"port {port}: Address already in use"):
            listeners(host, port)
    finally:
        for each in bound:
            each.close()


def test_a_host_that_is_not_this_one_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"cannot listen on 192\.0\.2\.1, port 9001"):
        listeners("192.0.2.1", 9001)
