"""Where a source's server may lead its reader: by a redirect, by a playlist, by what its name stands for.

Whoever opens sources by names resolves them here, and goes to these addresses and no others.
"""

import os
import socket
import threading
from collections.abc import Collection
from enum import IntEnum

import psutil

from .errors import MediaError
from .hosts import SOURCE_HOSTS, HostPolicy
from .resolving import Address, addresses_of
from .uris import address_in, carried, host_of, is_forbidden, is_forbidden_host

FORBIDDEN = "which is link-local, or a cloud's metadata service"
LOOK_UP_SECONDS = 6.0
"""glibc asks a second name server when the first has not answered for 5 s."""


class Nearness(IntEnum):
    """The address spaces of W3C's Local Network Access."""

    MACHINE = 0
    NETWORK = 1
    WORLD = 2


def nearness(address: Address) -> Nearness:
    """That of the nearest one that it carries."""
    return min(map(_nearness, carried(address)))


def _nearness(address: Address) -> Nearness:
    if address.is_loopback or address.is_unspecified or _is_own(address):
        return Nearness.MACHINE
    return Nearness.WORLD if address.is_global else Nearness.NETWORK


class Reach:
    """Of one source. Thread-safe, since what it learns is learnt anew by whoever asks at the same time.

    With a list of hosts, that decides, for each address anew. Without one, nothing may be nearer to this
    machine than the source itself is: a server out in the world reads no private network through its reader,
    and a camera no service of this machine. A name is as far away as the farthest address that it ever had in
    this process. Link-local addresses and clouds' metadata are never reached.
    """

    def __init__(self, uri: str, allowed: HostPolicy) -> None:
        self.host = host_of(uri).lower()
        self._allowed = allowed

    @classmethod
    def of(cls, uri: str) -> "Reach":
        """By the list that the agent hands on to its processes. `uri` is in its normal form."""
        text = os.environ.get(SOURCE_HOSTS, "")
        entries = tuple(entry.strip() for entry in text.split(",") if entry.strip())
        return cls(uri, HostPolicy.parse(SOURCE_HOSTS, entries))

    @property
    def is_named(self) -> bool:
        """Whether the source's host must be looked up."""
        return bool(self.host) and address_in(self.host) is None

    def addresses(self, host: str) -> tuple[Address, ...]:
        """Where `host` may be gone to, IPv4 first; at least one. May block for some seconds.

        Raises MediaError: retryable where the name cannot be looked up, else it may not be gone to.
        """
        host = host.lower().rstrip(".")
        if "%" in host or is_forbidden_host(host):  # only link-local addresses need a scope
            raise MediaError(f"it leads to {host}, {FORBIDDEN}", retryable=False)
        found = _addresses(host)
        good = [address for address in found if not is_forbidden(address)]
        if self._allowed.is_empty:
            nearest = farthest(self.host, found if host == self.host else ())
            good = [address for address in good if nearness(address) >= nearest]
            why = f"which is nearer to this machine than the source is; {SOURCE_HOSTS} may allow both"
        else:
            good = [address for address in good if self._allowed.allows(host, address)]
            why = f"which {self._allowed.setting} does not allow"
        if not good:
            where = FORBIDDEN if all(map(is_forbidden, found)) else why
            raise MediaError(f"it leads to {host}, {where}", retryable=False)
        return tuple(sorted(good, key=lambda address: address.version))


_farthest: dict[str, Nearness] = {}
"""Of each name of a source that was looked up: one that comes to stand for something nearer, also where its
source is opened anew, leads there no more."""
_lock = threading.Lock()


def farthest(host: str, found: Collection[Address] = ()) -> Nearness:
    """How far away a source's own host is; `found`: where it is now, if that has just been looked up.

    Raises MediaError where it must be looked up and cannot be.
    """
    address = address_in(host)
    if address is not None:
        return nearness(address)
    with _lock:
        known = _farthest.get(host)
    if known is not None and not found:
        return known
    now = max(map(nearness, found or _addresses(host)))
    with _lock:
        _farthest[host] = max(now, _farthest.get(host, now))
        return _farthest[host]


def _addresses(host: str) -> tuple[Address, ...]:
    address = address_in(host)
    if address is not None:
        return (address,)
    try:
        return addresses_of(host, LOOK_UP_SECONDS)
    except OSError as error:
        raise MediaError(f"the host's name cannot be looked up: {error.strerror or error}") from error


def _is_own(address: Address) -> bool:
    """Whether this machine itself answers at it: an interface has it, or the way there begins at it."""
    names = {each.address.partition("%")[0] for group in psutil.net_if_addrs().values() for each in group}
    if str(address) in names:
        return True
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((str(address), 9))  # sends nothing
            return str(probe.getsockname()[0]) == str(address)
    except OSError:
        return False
