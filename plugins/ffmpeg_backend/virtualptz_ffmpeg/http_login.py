"""Logging in at HTTP servers with what stands in a URL."""

from collections.abc import Iterable
from urllib.parse import SplitResult, unquote
from urllib.request import (
    HTTPDigestAuthHandler,
    HTTPPasswordMgrWithDefaultRealm,
    Request,
    parse_http_list,
    parse_keqv_list,
)

from .http_connection import basic
from .origin import HTTP, Origin, origin_of


class Logins:
    """Each goes to the server that its URL names, once that has asked for one, and to no other."""

    def __init__(self) -> None:
        self._known: dict[Origin, tuple[str, str]] = {}
        self._asked: dict[Origin, dict[str, str] | None] = {}
        """The challenge of a digest; None: it takes the login as it is."""
        self._passwords = HTTPPasswordMgrWithDefaultRealm()
        self._digest = HTTPDigestAuthHandler(self._passwords)

    def learn(self, url: SplitResult) -> None:
        """What it holds of a login, if it does."""
        if url.username is not None:
            self._known[origin_of(url, HTTP)] = url.username, url.password or ""

    def asked(self, url: SplitResult, challenges: Iterable[str]) -> bool:
        """Whether there is something new to say to a server that has said so."""
        origin = origin_of(url, HTTP)
        if origin not in self._known:
            return False
        found = [_challenge(text) for text in challenges]
        digests = [keys for scheme, keys in found if scheme == "digest" and _is_known(keys)]
        if not digests and all(scheme != "basic" for scheme, _ in found):
            return False
        before = origin in self._asked
        self._asked[origin] = digests[0] if digests else None
        return not before or any(keys.get("stale", "").lower() == "true" for keys in digests)

    def header(self, url: SplitResult, plain: str) -> str | None:
        """For a request; `plain` is its URL without a login."""
        origin = origin_of(url, HTTP)
        if origin not in self._asked:
            return None
        user, password = self._known[origin]
        challenge = self._asked[origin]
        if challenge is None:
            return basic(user, password)
        self._passwords.add_password(challenge["realm"], plain, unquote(user), unquote(password))
        said = self._digest.get_authorization(Request(plain), challenge)  # noqa: S310 - opens nothing
        return f"Digest {said}" if said else None


def _challenge(text: str) -> tuple[str, dict[str, str]]:
    scheme, _, rest = text.strip().partition(" ")
    try:
        keys = parse_keqv_list(parse_http_list(rest))
    except (ValueError, IndexError):
        keys = {}
    return scheme.lower(), keys


def _is_known(keys: dict[str, str]) -> bool:
    known = keys.get("algorithm", "MD5").upper() in ("MD5", "SHA")
    return known and {"realm", "nonce"} <= keys.keys() and "auth" in keys.get("qop", "auth").split(",")
