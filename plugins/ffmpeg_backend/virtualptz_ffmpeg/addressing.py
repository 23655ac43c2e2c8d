"""SRT and UDP sources at an address that their name was judged at: whoever opens them looks up nothing."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from virtualptz.errors import MediaError
from virtualptz.reach import Reach

from .failure import named

_failures: Counter[str] = Counter()
"""Of each host. Of several addresses the next one is next, where one does not answer."""


@contextmanager
def at_an_address(source: str) -> Iterator[str]:
    """`source`, to be opened as it is given here. May block for some seconds, and raises MediaError."""
    reach = Reach.of(source)
    if not reach.is_named:
        yield source
        return
    try:
        addresses = reach.addresses(reach.host)
    except MediaError as error:
        raise named(error, source, "opening") from None
    address = addresses[_failures[reach.host] % len(addresses)]
    host = f"[{address}]" if address.version == 6 else str(address)
    try:
        yield _with_host(source, host)
    except MediaError:
        _failures[reach.host] += 1
        raise


def _with_host(url: str, host: str) -> str:
    parts = urlsplit(url)
    login, at, host_port = parts.netloc.rpartition("@")
    _, colon, port = host_port.rpartition(":")
    behind = url.partition("://")[2].removeprefix(parts.netloc)
    return f"{parts.scheme}://{login}{at}{host}{colon}{port}{behind}"
