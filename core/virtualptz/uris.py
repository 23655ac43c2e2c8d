"""Which sources and targets are allowed, and their normal form.

An allow-list: what is not known to be harmless is refused. Names are not resolved here (FFmpeg would resolve
them again, so a check would prove little): an agent that strangers may steer needs an egress filter besides.
Which hosts an operator allows is another matter: `hosts`.
Messages never repeat any part of the URI but its scheme's rules: where parsing fails, nobody knows which part
of it was the password.
"""

import ipaddress
import os
import re
import socket
import stat
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, unquote_to_bytes

from .errors import ConfigError


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


MAX_LENGTH = 4096
SOURCE_SCHEMES = frozenset({"rtmp", "rtmps", "rtsp", "rtsps", "srt", "http", "https", "udp"})
TARGET_SCHEMES = frozenset({"rtmp", "rtmps", "rtsp", "srt", "udp"})
TARGET_SUFFIXES = frozenset({".mp4", ".flv", ".ts", ".mkv", ".m3u8"})
PLAYLIST_SUFFIXES = _set(
    ".asx .concat .cue .edl .ffconcat .ism .m3u .m3u8 .mpd .pls .ram .sdp .smil .wpl .xspf"
)
"""Local files that name other files or addresses: FFmpeg would open those in our name."""
OPTIONS = {
    "srt": _set(
        "connect_timeout enforced_encryption ffs inputbw iptos ipttl kmpreannounce kmrefreshrate latency "
        "linger listen_timeout lossmaxttl maxbw messageapi minversion mode mss nakreport oheadbw passphrase "
        "payload_size pbkeylen peerlatency pkt_size rcvbuf rcvlatency recv_buffer_size send_buffer_size "
        "smoother sndbuf snddropdelay srt_streamid streamid timeout tlpktdrop transtype tsbpd tsbpddelay"
    ),
    "udp": _set(
        "bitrate block broadcast buffer_size burst_bits connect dscp fifo_size localaddr localport "
        "overrun_nonfatal pkt_size reuse sources timeout ttl"
    ),
}
SRT_MODES = frozenset({"caller", "listener", "rendezvous"})

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?")
_METADATA_NAMES = _set(
    "instance-data instance-data.ec2.internal metadata metadata.azure.com metadata.azure.internal "
    "metadata.goog metadata.google.internal metadata.oraclecloud.com metadata.tencentyun.com"
)
FORBIDDEN = tuple(
    ipaddress.ip_network(text)
    for text in (
        "169.254.0.0/16",
        "fe80::/10",
        "100.100.100.200",  # Alibaba's metadata
        "168.63.129.16",  # Azure's
        "192.0.0.192",  # Oracle's
        "fd00:ec2::254",
        "fd20:ce::254",
    )
)
_EMBEDDING = tuple(
    ipaddress.ip_network(text)
    for text in (
        "64:ff9b::/96",  # NAT64, RFC 6052
        "64:ff9b:1::/48",  # the same where it is local, RFC 8215
        "::ffff:0:0:0/96",  # SIIT, RFC 7915
    )
)
"""IPv6 whose last 32 bits are an IPv4 address."""
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Url:
    """A network URI in its parts, cut where FFmpeg's `av_url_split` cuts it."""

    scheme: str
    userinfo: str | None
    host: str
    port: int | None
    tail: str

    def __str__(self) -> str:
        user = f"{self.userinfo}@" if self.userinfo else ""
        port = "" if self.port is None else f":{self.port}"
        return f"{self.scheme}://{user}{self.host}{port}{self.tail}"


def validate_source(uri: str, *, roots: tuple[Path, ...] = (), must_exist: bool = True) -> str:
    """The normal form of a source: a URL, or a file's real path. ConfigError says what is wrong.

    With `roots`, a file must lie in one of them, links followed. `must_exist` False lets a file that is not
    there pass (a probe reports it in its own way); what is there must be a regular file all the same.
    """
    what = "source"
    scheme, rest = _split(uri, what)
    if scheme is None:
        return str(_source_file(_path(rest, what), roots, must_exist))
    _require(scheme in SOURCE_SCHEMES, f"{what}: {_use(SOURCE_SCHEMES)}, or the path of a file")
    return str(_url(scheme, rest, what))


def validate_target(uri: str) -> str:
    """The normal form of a target: a URL, a file's absolute path, or "" (nowhere; also spelled `null`).

    Raises ConfigError. Creates nothing; the folder of a file must be there or be one that can be made.
    """
    what = "target"
    if uri in ("", "null"):
        return ""
    scheme, rest = _split(uri, what)
    if scheme is None:
        return str(_target_file(_path(rest, what)))
    allowed = f"{what}: {_use(TARGET_SCHEMES)}, or a file ending in {_words(TARGET_SUFFIXES)}"
    _require(scheme in TARGET_SCHEMES, allowed)
    return str(_url(scheme, rest, what))


def is_file(uri: str) -> bool:
    """Whether a validated source or target is a file."""
    return uri.startswith("/")


def host_of(url: str) -> str:
    """The host of a validated URL, an IPv6 address without its brackets."""
    scheme, rest = _split(url, "address")
    return _url(scheme or "", rest, "address").host.strip("[]").rstrip(".")


def _split(uri: str, what: str) -> tuple[str | None, str]:
    """Scheme in lower case (None: a path) and what stands behind it: all after `://`, or the path."""
    _require(bool(uri), f"{what}: empty")
    _require(len(uri) <= MAX_LENGTH, f"{what}: longer than {MAX_LENGTH} characters")
    _require(uri == uri.strip(), f"{what}: white space around it")
    _require(not uri.startswith("-"), f"{what}: must not begin with '-'")
    _require("\\" not in uri, f"{what}: holds a backslash")
    _require(_printable(uri), f"{what}: holds a control character")
    match = _SCHEME.match(uri)
    if match is None:
        plain = uri.startswith(("/", "./", "../")) or ":" not in uri
        _require(plain, f"{what}: neither a URL nor a path; write a file's whole path, from '/' on")
        return None, uri
    scheme, rest = match.group(1).lower(), uri[match.end() :]
    if scheme == "file":
        return None, _file_path(rest, what)
    _require(rest.startswith("//"), f"{what}: not a scheme followed by '://', and not a path from '/' on")
    return scheme, rest[2:]


def _file_path(rest: str, what: str) -> str:
    if rest.startswith("//"):
        host, slash, path = rest[2:].partition("/")
        _require(host in ("", "localhost"), f"{what}: a file URI is file:///path, with no host")
        rest = slash + path
    _require(rest.startswith("/"), f"{what}: a file URI needs a whole path: file:///path")
    path = unquote(rest, errors="surrogateescape")
    _require(_printable(path), f"{what}: holds a control character")
    return path


def _path(text: str, what: str) -> Path:
    try:
        return Path(os.path.realpath(text))
    except OSError as error:
        raise ConfigError(f"{what}: a relative path, and the agent's own folder is gone") from error


def _source_file(real: Path, roots: tuple[Path, ...], must_exist: bool) -> Path:
    inside = not roots or any(real.is_relative_to(os.path.realpath(root)) for root in roots)
    _require(inside, "source: not in a folder that this agent may read (RUNNER_SOURCE_ROOTS)")
    playlist = real.suffix.lower() in PLAYLIST_SUFFIXES
    _require(not playlist, "source: a local playlist is not read; name the video file itself")
    try:
        mode = real.stat().st_mode
    except OSError as error:
        if must_exist:
            raise ConfigError(f"source: {real}: {error.strerror}") from error
        return real
    _require(stat.S_ISREG(mode), f"source: {real} is not a file")
    return real


def _target_file(real: Path) -> Path:
    suffix = real.suffix.lower()
    _require(suffix in TARGET_SUFFIXES, f"target: a file's name ends in {_words(TARGET_SUFFIXES)}")
    _require(suffix != ".m3u8" or "%" not in str(real), "target: no '%' in HLS names, they are a pattern")
    try:
        _require(not real.is_dir(), f"target: {real} is a folder")
        folder = next(folder for folder in real.parents if folder.exists())
    except OSError as error:
        raise ConfigError(f"target: {real}: {error.strerror}") from error
    usable = folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
    _require(usable, f"target: the folder {real.parent} cannot be made or written to")
    return real


def _url(scheme: str, rest: str, what: str) -> Url:
    _require(not any(char.isspace() for char in rest), f"{what}: white space in a URL; write it as %20")
    _require(_printable(_decoded(rest)), f"{what}: holds an encoded control character")
    end = min((at for at in map(rest.find, "/?#") if at >= 0), default=len(rest))
    authority, tail = rest[:end], rest[end:]
    user, at, host_port = authority.rpartition("@")
    host, port = _host_port(host_port, what)
    options = _options(scheme, tail, what)
    url = Url(scheme, user if at else None, host.lower(), port, tail)
    if scheme in OPTIONS:
        _require(not user, f"{what}: {scheme}:// takes no user and password before the host")
        _require(port is not None, f"{what}: {scheme}:// needs a port")
        url = _with_any_host(url, what, options)
    _require(bool(url.host), f"{what}: no host after '://'")
    return url


def _with_any_host(url: Url, what: str, options: dict[str, str]) -> Url:
    """Where the agent itself listens, `srt://:9000?mode=listener` or `udp://@:5000` mean any address."""
    listens = (url.scheme == "udp" and what == "source") or options.get("mode") == "listener"
    if url.host or not listens:
        return url
    return Url(url.scheme, None, "0.0.0.0", url.port, url.tail)  # noqa: S104 - that is what was asked for


def _host_port(text: str, what: str) -> tuple[str, int | None]:
    bracketed = re.fullmatch(r"(\[[^\]]*\])(?::(.*))?", text)
    if bracketed:
        host, port = bracketed.group(1), bracketed.group(2)
        _require(_ipv6(host[1:-1]) is not None, f"{what}: not an IPv6 address in the brackets")
    else:
        host, colon, port_text = text.partition(":")
        port = port_text if colon else None
        _require(not host or _HOST.fullmatch(host) is not None, f"{what}: not a host name or address")
    _require(len(host) <= 253, f"{what}: the host's name is too long")
    _require(not is_forbidden_host(host), f"{what}: link-local and metadata addresses are refused")
    return host, None if port is None else _port(port, what)


def _port(text: str, what: str) -> int:
    good = re.fullmatch(r"[0-9]{1,5}", text) is not None and 0 < int(text) < 65536
    _require(good, f"{what}: the port is a number from 1 to 65535 (a ':', '/' or '@' in a password is %XX)")
    return int(text)


def is_forbidden(address: _Address) -> bool:
    """Whether it is, or carries, a link-local one or a cloud's metadata service, whoever allows it."""
    return any(inner in network for inner in carried(address) for network in FORBIDDEN)


def carried(address: _Address) -> Sequence[_Address]:
    """It, and those inside of it: mapped, 6to4, Teredo, NAT64."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    embedded = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if any(address in network for network in _EMBEDDING) or int(address) < 1 << 32:
        embedded.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return [address, *(inner for inner in embedded if inner is not None)]


def address_in(host: str) -> _Address | None:
    """The address that a host's text spells, in any notation; None: it is a name."""
    spelt = _addresses(host.strip("[]"))
    mapped = getattr(spelt[0], "ipv4_mapped", None) if spelt else None
    return mapped or (spelt[0] if spelt else None)


def is_forbidden_host(host: str) -> bool:
    """The same of a host's text: a name that stands for such an address everywhere, or an address."""
    name = host.lower().strip("[]").rstrip(".")
    return name in _METADATA_NAMES or any(map(is_forbidden, _addresses(name)))


def _addresses(name: str) -> Sequence[_Address]:
    """Every address that a host's text spells, in any notation that the C library reads as one."""
    try:
        return [ipaddress.IPv4Address(socket.inet_aton(name))]
    except OSError:
        pass
    address = _ipv6(name)
    return [] if address is None else carried(address)


def _ipv6(text: str) -> ipaddress.IPv6Address | None:
    try:
        return ipaddress.IPv6Address(text)
    except ValueError:
        return None


def _options(scheme: str, tail: str, what: str) -> dict[str, str]:
    """The options in a query that FFmpeg takes as its own (SRT, UDP); other queries are the server's."""
    allowed = OPTIONS.get(scheme)
    if allowed is None:
        return {}
    query = tail.partition("?")[2]
    options = dict(part.partition("=")[::2] for part in query.split("&") if part)
    _require(options.keys() <= allowed, f"{what}: {scheme}:// takes only the options {_words(allowed)}")
    mode = options.get("mode", "caller")
    _require(mode in SRT_MODES, f"{what}: mode is {_words(SRT_MODES)}")
    return options


def _printable(text: str) -> bool:
    return not any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in text)


def _decoded(text: str) -> str:
    """Percent-decoded as Latin-1, so that each byte is looked at; C1 bytes of UTF-8 are no controls."""
    return "".join(chr(byte) if byte < 0x80 else "." for byte in unquote_to_bytes(text))


def _use(schemes: Collection[str]) -> str:
    return "use " + ", ".join(f"{scheme}://" for scheme in sorted(schemes))


def _words(names: Collection[str]) -> str:
    return ", ".join(sorted(names))


def _require(good: bool, message: str) -> None:
    if not good:
        raise ConfigError(message)


def url_from_here(host: str, port: int) -> str:
    """Where programs on this machine reach a server that listens on `host`."""
    everywhere = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - they are replaced
    named = f"[{host}]" if ":" in host else host
    return f"http://{everywhere.get(host, named)}:{port}"
