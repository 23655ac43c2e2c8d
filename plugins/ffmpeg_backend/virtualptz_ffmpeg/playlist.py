"""HLS playlists, as FFmpeg is to see them: what they name, they name whole and in ASCII.

It knows nothing of the redirect that may have led to a playlist. And PyAV raises for a name that is no UTF-8,
where nothing may be raised.
"""

import re
from urllib.parse import quote, urljoin

BEGINS = b"#EXTM3U"
TYPES = frozenset(
    {"application/vnd.apple.mpegurl", "audio/mpegurl", "audio/x-mpegurl", "application/x-mpegurl"}
)
LONGEST = 8 * 1024 * 1024
_URI = re.compile(r'(URI=")([^"]*)(")')
_AS_IT_IS = "".join(map(chr, range(0x21, 0x7F)))


def at(url: str, text: bytes) -> bytes:
    """`text`, which came from there."""
    lines = text.decode("utf-8", "surrogateescape").split("\n")
    return "\n".join(_line(url, line.rstrip("\r")) for line in lines).encode("utf-8", "surrogateescape")


def in_ascii(url: str) -> str:
    """What is none is percent-encoded, as are blanks."""
    return quote(url, safe=_AS_IT_IS, errors="surrogateescape")


def _line(url: str, line: str) -> str:
    if line.startswith("#"):
        return _URI.sub(lambda match: match[1] + _joined(url, match[2]) + match[3], line)
    return _joined(url, line.strip()) if line.strip() else line


def _joined(url: str, name: str) -> str:
    try:
        return in_ascii(urljoin(url, name))
    except ValueError:  # not an address: FFmpeg is to find that out
        return in_ascii(name)
