"""Which hosts sources and targets may name, where the operator says so.

An entry is a name, `*.suffix`, an address, or a range in CIDR notation. Addresses are judged by the ranges,
names by the names; a name that no entry names is looked up where there are ranges, and each of its addresses
must lie in one. Where a source's name leads a moment later, and where its server does, is for `reach`.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from .errors import ConfigError
from .resolving import Address, addresses_of
from .uris import address_in, host_of, is_file, is_forbidden

SOURCE_HOSTS, TARGET_HOSTS = "RUNNER_SOURCE_HOSTS", "RUNNER_TARGET_HOSTS"
_NAME = re.compile(r"(?:\*\.)?[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?")
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class HostPolicy:
    """`setting` is what a refusal names. Without entries, all pass that `uris` lets pass."""

    setting: str
    names: frozenset[str] = frozenset()
    suffixes: tuple[str, ...] = ()
    networks: tuple[Network, ...] = ()

    @classmethod
    def parse(cls, setting: str, entries: tuple[str, ...]) -> "HostPolicy":
        """Raises ConfigError for an entry that is none of the four."""
        networks = tuple(network for entry in entries if (network := _network(entry)) is not None)
        names = [_name(setting, entry) for entry in entries if _network(entry) is None]
        return cls(
            setting,
            frozenset(name for name in names if not name.startswith("*")),
            tuple(name[1:] for name in names if name.startswith("*")),
            networks,
        )

    def check(self, uri: str) -> None:
        """Raises ConfigError. `uri` is in its normal form; may look up its host, for some seconds."""
        if is_file(uri) or not uri or self.is_empty:
            return
        host = host_of(uri)
        address = address_in(host)
        if address is not None:
            self._require(self._holds(address))
        elif not self._names(host):
            self._require(bool(self.networks))
            self._check_name(host)

    @property
    def is_empty(self) -> bool:
        return not (self.names or self.suffixes or self.networks)

    def allows(self, host: str, address: Address) -> bool:
        """Of a host that has been looked up: whether it is named, or that address of it is in a range."""
        named = address_in(host) is None and self._names(host)
        return self.is_empty or named or self._holds(address)

    def _names(self, host: str) -> bool:
        return host in self.names or host.endswith(self.suffixes)

    def _check_name(self, host: str) -> None:
        try:
            found = addresses_of(host)
        except OSError as error:
            raise ConfigError(
                f"this host's name could not be looked up: nobody knows whether {self.setting} allows it"
            ) from error
        self._require(
            bool(found) and all(self._holds(address) and not is_forbidden(address) for address in found)
        )

    def _holds(self, address: Address) -> bool:
        return any(address in network for network in self.networks)

    def _require(self, good: bool) -> None:
        if not good:
            raise ConfigError(f"this host is not one of those that {self.setting} allows")


def _network(entry: str) -> Network | None:
    try:
        return ip_network(entry.strip("[]"))
    except ValueError:
        return None


def _name(setting: str, entry: str) -> str:
    name = entry.lower().rstrip(".")
    # What is all digits and dots was meant to be an address or a range.
    if _NAME.fullmatch(name) is None or re.fullmatch(r"[0-9.]+", name):
        raise ConfigError(f"{setting}: {entry!r} is no host, *.suffix, address or range (10.1.0.0/16)")
    return name
