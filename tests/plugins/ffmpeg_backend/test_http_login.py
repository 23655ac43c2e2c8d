"""Logins of HTTP sources: to the server that was named, once it asks."""

from base64 import b64encode
from collections.abc import Callable
from hashlib import md5
from pathlib import Path
from urllib.request import parse_http_list, parse_keqv_list

import pytest

from virtualptz.errors import MediaRefusedError

from .http_site import SEGMENTS, Files, pictures_of, site
from .stage import CLIP, backend

USER, PASSWORD, WRITTEN = "user", "secret77:@", "user:secret77%3A%40"
REALM = 'realm="camera"'


def basic(asked: Files) -> bool:
    if asked.headers.get("Authorization") == f"Basic {b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}":
        return False
    return asked.answer(401, {"WWW-Authenticate": f"Basic {REALM}"})


def digest(asked: Files) -> bool:
    scheme, _, said = asked.headers.get("Authorization", "").partition(" ")
    if scheme == "Digest":
        keys = parse_keqv_list(parse_http_list(said))
        whole = ":".join(
            [_hash(f"{USER}:camera:{PASSWORD}"), keys["nonce"], keys["nc"], keys["cnonce"], "auth"]
        )
        if keys["response"] == _hash(f"{whole}:{_hash(f'GET:{asked.path}')}"):
            return False
    return asked.answer(401, {"WWW-Authenticate": f'Digest {REALM}, nonce="n7", qop="auth"'})


def _hash(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()


@pytest.mark.parametrize("wants", [basic, digest])
def test_a_login_is_given_to_who_asks(web: Path, wants: Callable[[Files], bool]) -> None:
    with site(web) as server:
        server.answers = wants
        uri = server.at("list.m3u8", f"{WRITTEN}@127.0.0.1")
        assert pictures_of(uri) == SEGMENTS * CLIP.frames
    assert "Authorization" not in server.headers[0]
    assert len(server.asked) == 2 + SEGMENTS, "asked for once"


@pytest.mark.parametrize("wants", [basic, digest])
@pytest.mark.parametrize("login", ["", "user:wrong-one@"])
def test_a_login_that_is_wrong_or_lacks_is_told(
    web: Path, wants: Callable[[Files], bool], login: str
) -> None:
    with site(web) as server:
        server.answers = wants
        with pytest.raises(MediaRefusedError, match="answers 401 Unauthorized") as caught:
            backend().probe(server.at("clip.ts", f"{login}127.0.0.1"), 10)
        assert "wrong-one" not in str(caught.value)
        assert len(server.asked) == (2 if login else 1)


@pytest.mark.parametrize(
    "challenge", ["Bearer", "Digest", 'Digest realm="x", nonce="y", algorithm=NEW', "", "Basic"]
)
def test_a_challenge_that_is_not_understood_is_no_way_in(web: Path, challenge: str) -> None:
    with site(web) as server:
        server.answers = lambda asked: asked.answer(401, {"WWW-Authenticate": challenge})
        with pytest.raises(MediaRefusedError, match="answers 401"):
            backend().probe(server.at("clip.ts", f"{WRITTEN}@127.0.0.1"), 10)


def test_a_login_follows_to_no_other_server(web: Path) -> None:
    with site(web) as first, site(web) as second:
        first.leads_to = second.at("").rstrip("/")
        first.answers = second.answers = basic
        with pytest.raises(MediaRefusedError, match="answers 401"):
            backend().probe(first.at("moved/clip.ts", f"{WRITTEN}@127.0.0.1"), 10)
    assert len(second.asked) == 1
    assert "Authorization" not in second.headers[0]


def test_cookies_go_back_to_who_gave_them(web: Path) -> None:
    with site(web) as server:
        server.leads_to = server.at("").rstrip("/")

        def gate(asked: Files) -> bool:
            if asked.path == "/list.m3u8" and "Cookie" not in asked.headers:
                return asked.answer(302, {"Location": "/list.m3u8", "Set-Cookie": "session=s7; Path=/"})
            return False

        server.answers = gate
        assert pictures_of(server.at("list.m3u8")) == SEGMENTS * CLIP.frames
    assert [said.get("Cookie") for said in server.headers] == [None] + ["session=s7"] * (1 + SEGMENTS)
