"""Host names to addresses, in the time allowed."""

import socket
import threading
from ipaddress import IPv4Address, IPv6Address, ip_address
from queue import Empty, SimpleQueue

Address = IPv4Address | IPv6Address
SECONDS = 2.0
AT_A_TIME = 8
"""Nobody can end a look-up that hangs: so many may, and then all others fail until one has ended."""

_slots = threading.BoundedSemaphore(AT_A_TIME)


def addresses_of(host: str, seconds: float = SECONDS) -> tuple[Address, ...]:
    """Every address of a name; of `::ffff:a.b.c.d`, the IPv4 one. Raises OSError, also after `seconds`.

    Blocks, so it is not for an event loop.
    """
    if not _slots.acquire(timeout=seconds):
        raise TimeoutError("too many names are being looked up")
    found: SimpleQueue[tuple[Address, ...] | OSError] = SimpleQueue()
    threading.Thread(target=_look_up, args=(host, found), name="look-up", daemon=True).start()
    try:
        answer = found.get(timeout=seconds)
    except Empty:
        raise TimeoutError(f"no answer within {seconds:g} s") from None
    if isinstance(answer, OSError):
        raise answer
    return answer


def _look_up(host: str, found: "SimpleQueue[tuple[Address, ...] | OSError]") -> None:
    try:
        infos = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        found.put(tuple({plain(ip_address(str(info[4][0]).partition("%")[0])) for info in infos}))
    except OSError as error:
        found.put(error)
    except UnicodeError:
        found.put(OSError("not a host's name"))
    finally:
        _slots.release()


def plain(address: Address) -> Address:
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
