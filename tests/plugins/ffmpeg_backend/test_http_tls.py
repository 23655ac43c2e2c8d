"""Whom an HTTPS source is believed to be."""

from pathlib import Path

import pytest

from tests.media.certificate import make_certificate
from virtualptz.errors import MediaRefusedError

from .http_site import SEGMENTS, pictures_of, playlist, site
from .stage import CLIP, backend

NOT_TRUSTED = r"certificate is not to be trusted \(.*SSL_CERT_FILE.*VERIFY_CERTIFICATES=false"
UNCHECKED = {"verify_certificates": False}


def test_a_certificate_that_nobody_has_signed_is_refused(web: Path, certificate: Path) -> None:
    with site(web, certificate) as server:
        with pytest.raises(MediaRefusedError, match=NOT_TRUSTED):
            backend().probe(server.at("clip.ts", "localhost"), 10)
        assert server.asked == []


@pytest.mark.parametrize("name", ["clip.ts", "list.m3u8"])
def test_a_certificate_that_the_operator_trusts_is_taken(web: Path, trusted: Path, name: str) -> None:
    with site(web, trusted) as server:
        frames = CLIP.frames * (SEGMENTS if name == "list.m3u8" else 1)
        assert pictures_of(server.at(name, "localhost")) == frames


@pytest.fixture
def another_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A trusted certificate of another host."""
    path = make_certificate(tmp_path / "other.pem", "DNS:other.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return path


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_another_host_s_certificate_is_refused(web: Path, another_s: Path, host: str) -> None:
    with site(web, another_s) as server:
        with pytest.raises(MediaRefusedError, match=NOT_TRUSTED):
            backend().probe(server.at("clip.ts", host), 10)
        assert server.asked == []


def test_unchecked_any_certificate_is_taken(
    web: Path, another_s: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with site(web, another_s) as server:
        assert pictures_of(server.at("list.m3u8"), **UNCHECKED) == SEGMENTS * CLIP.frames


def test_segments_are_checked_too(web: Path, certificate: Path, tmp_path: Path) -> None:
    with site(web, certificate) as segments, site(tmp_path) as server:
        (tmp_path / "list.m3u8").write_text(playlist(segments.at("clip.ts")))
        with pytest.raises(MediaRefusedError, match=NOT_TRUSTED):
            backend().probe(server.at("list.m3u8"), 10)
        assert segments.asked == []
        assert pictures_of(server.at("list.m3u8"), **UNCHECKED) == CLIP.frames


@pytest.mark.parametrize("name", ["clip.ts", "list.m3u8", "master.m3u8"])
@pytest.mark.parametrize("first_with_tls", [True, False])
def test_a_redirect_is_followed_between_servers_with_and_without_tls(
    web: Path, trusted: Path, name: str, first_with_tls: bool
) -> None:
    with site(web, trusted) as with_tls, site(web) as without:
        first, second = (with_tls, without) if first_with_tls else (without, with_tls)
        first.leads_to = second.at("").rstrip("/")
        assert pictures_of(first.at(f"moved/{name}")) >= CLIP.frames
    assert {path for path, _, _ in first.asked} == {f"/moved/{name}"}
    assert second.asked


def test_a_redirect_to_a_server_that_is_not_trusted_is_refused(web: Path, certificate: Path) -> None:
    with site(web, certificate) as with_tls, site(web) as first:
        first.leads_to = with_tls.at("").rstrip("/")
        with pytest.raises(MediaRefusedError, match=NOT_TRUSTED):
            backend().probe(first.at("moved/clip.ts"), 10)
        assert with_tls.asked == []
