"""Ports for servers that are named one before they listen: nobody else is to get it in between."""

import itertools
import os
import random
import socket

FIRST = 15_000
"""Below what Linux gives whoever asks for any port, which other tests do at the same time."""
A_WORKER = 4_000
WORKERS = 4


def _candidates() -> "itertools.cycle[int]":
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    first = FIRST + A_WORKER * (int(worker) % WORKERS)
    begin = random.randrange(A_WORKER)
    return itertools.cycle([*range(first + begin, first + A_WORKER), *range(first, first + begin)])


_ports = _candidates()


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """Of 127.0.0.1; another one each time."""
    for port in itertools.islice(_ports, A_WORKER):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no port is free")
