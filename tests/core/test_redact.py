"""Credentials stay out of what people read."""

import io
import logging
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtualptz.redact import (
    SecretFilter,
    SecretRegistry,
    holds_secrets,
    install_secret_filter,
    mask,
    redact_uri,
    register_secret,
)


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("rtmp://user:pass@camera:1935/live/key", "rtmp://camera:1935/***"),
        ("rtsp://user:p@ss@camera/x", "rtsp://camera/***"),
        ("srt://camera:9000?passphrase=0123456789", "srt://camera:9000/***"),
        ("http://[::1]:80/x?sig=y", "http://[::1]:80/***"),
        ("http://127.0.0.1:9001", "http://127.0.0.1:9001"),
        ("udp://239.0.0.1:5000", "udp://239.0.0.1:5000"),
        ("rtsp://user:p/ss@camera/x", "rtsp://***"),
        ("rtsp://user:pa#ss@camera/x", "rtsp://***"),
        ("rtsp://user:secret/x", "rtsp://***"),
        ("file:rtsp://user:pass@camera/x", "***"),
        ("file://user:pass@camera/x", "***"),
        ("user:pass@camera", "***"),
        ("/media/match 1.mp4", "/media/match 1.mp4"),
        ("/media/a:b.mp4", "/media/a:b.mp4"),
        ("file:///media/match.mp4", "file:///media/match.mp4"),
        ("clip.mp4", "clip.mp4"),
        ("", ""),
    ],
)
def test_what_is_shown_of_a_uri(uri: str, shown: str) -> None:
    assert redact_uri(uri) == shown


WORD = st.text("abcdefgh0123456789-_.!$&*+,;=:@/?#%", min_size=8, max_size=20).map(lambda text: f"Zq{text}qZ")


@given(WORD, WORD)
def test_no_part_of_a_user_path_or_query_is_shown(one: str, two: str) -> None:
    for uri in (f"rtsp://{one}:{two}@host/{one}", f"rtmp://host/{one}/{two}", f"srt://host:1?streamid={one}"):
        assert "Zq" not in redact_uri(uri)
        assert "Zq" not in mask(f"error opening '{uri}': refused")


def test_urls_are_masked_without_being_registered() -> None:
    text = "Did you mean file:rtsp://user:pass@host/key? (rtmp://h:1/app/KEY)"
    assert mask(text) == "Did you mean file:rtsp://host/*** (rtmp://h:1/***"


@pytest.mark.parametrize(
    "leak",
    [
        "auth failed for admin:s3%40cret!",
        "password s3%40cret! refused",
        "password s3@cret! refused",
        "NetStream.Publish.BadName live/KEY-0123456789",
        "stream key KEY-0123456789 is in use",
        "streamid hidden-stream",
        "passphrase=0123456789ab",
        "signature a/b+c==",
        "signature a%2Fb%2Bc%3D%3D",
    ],
)
def test_registered_secrets_are_masked_in_every_spelling(leak: str) -> None:
    registry = SecretRegistry()
    registry.register("rtmp://admin:s3%40cret!@host/live/KEY-0123456789?sig=a%2Fb%2Bc%3D%3D")
    registry.register("srt://host:9000?mode=listener&streamid=hidden-stream&passphrase=0123456789ab")
    shown = registry.mask(leak)
    assert "***" in shown
    for secret in ("cret", "KEY", "hidden", "0123", "a/b", "a%2F"):
        assert secret not in shown


@pytest.mark.parametrize(
    "line",
    [
        "Error opening input file {}.",
        "Error opening input files: Protocol not found\nDid you mean file:{}?",
        "Unable to open '{}'; did you mean 'file:{}'?",
        "[in#0 @ 0x55] Error opening input: {}: Invalid data found",
        "Opening '{}' for reading",
        "Failed to resolve hostname of {}: Name or service not known",
    ],
)
@pytest.mark.parametrize(
    "uri",
    [
        "rtsp://Zq1-user:Zq2%40pass@host/Zq3-path-key?Zq4-option=Zq5%20value#Zq6-fragment",
        "rtmp://host/app/Zq1%2Fstream-key",
        "http://Zq1-token-alone@host:8080/Zq2-path-key/x.m3u8?sig=Zq3%3D%3D",
        "srt://host:9000?streamid=Zq1%20stream&passphrase=Zq2%25passphrase",
        "https://Zq1-user:Zq2%2Fpass@[2001:db8::1]:80/Zq3-path-key",
        "rtspx://Zq1-user:Zq2-pass-word@host/Zq3-path-key",
    ],
)
def test_no_line_of_ffmpeg_s_shows_a_part_of_a_registered_uri(line: str, uri: str) -> None:
    registry = SecretRegistry()
    registry.register(uri)
    for spelt in (uri, unquote(uri), quote(uri, safe="")):
        shown = registry.mask(line.format(spelt, spelt))
        assert "Zq" not in unquote(shown), shown


def test_names_that_a_log_needs_stay() -> None:
    registry = SecretRegistry()
    registry.register("rtmp://host/live/court1")
    registry.register("srt://host:9000?mode=listener&latency=200000")
    registry.register("/media/match.mp4")
    line = "job court1: live in listener mode, 200000 from /media/match.mp4"
    assert registry.mask(line) == line


def test_the_oldest_uris_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("virtualptz.redact.MAX_URIS", 2)
    registry = SecretRegistry()
    for name in ("first", "second", "third"):
        registry.register(f"rtmp://u:{name}-secret@host/")
    assert registry.mask("first-secret second-secret third-secret") == "first-secret *** ***"


def test_those_of_jobs_are_not_forgotten_before_the_job_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("virtualptz.redact.MAX_URIS", 2)
    registry = SecretRegistry()
    camera = "rtmp://u:of-a-camera@host/"
    for _ in range(2):
        registry.keep(camera)
    text = "of-a-camera"
    for released in range(3):
        for number in range(5):
            registry.register(f"rtmp://u:probed-{released}-{number}@host/")
        assert registry.mask(text) == ("***" if released < 2 else text)
        assert registry.mask("probed-0-0") == "probed-0-0"
        registry.release(camera)


def logged(write: logging.Logger) -> io.StringIO:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    write.handlers = [handler]
    write.propagate = False
    install_secret_filter(write)
    install_secret_filter(write)
    assert len(handler.filters) == 1
    return stream


def open_camera() -> None:
    raise OSError("cannot open rtsp://admin:hunter22@host/x")


def test_the_filter_masks_messages_arguments_and_tracebacks() -> None:
    register_secret("rtsp://admin:hunter22@host/x")
    logger = logging.getLogger("tests.redact")
    stream = logged(logger)
    logger.warning("opening %s for %s", "rtsp://admin:hunter22@host/x", "hunter22")
    logger.warning("split hunter%d", 22)
    try:
        open_camera()
    except OSError:
        logger.exception("job failed")
    text = stream.getvalue()
    assert "hunter22" not in text
    assert "opening rtsp://host/*** for ***" in text
    assert "cannot open rtsp://host/***" in text


def test_arguments_keep_their_shape_for_formatters_that_unpack_them() -> None:
    args = ("127.0.0.1:5", "GET", "/x", "1.1", 200)
    record = logging.LogRecord("uvicorn.access", logging.INFO, "", 0, '%s - "%s %s HTTP/%s" %d', args, None)
    assert SecretFilter().filter(record)
    assert record.args == args


@pytest.mark.parametrize(
    ("uri", "secret"),
    [
        ("srt://192.0.2.7:9000", False),
        ("srt://192.0.2.7:9000?mode=listener&latency=200", False),
        ("srt://192.0.2.7:9000?passphrase=p", True),
        ("srt://192.0.2.7:9000?mode=caller&streamid=a", True),
        ("rtsp://user@192.0.2.7/", True),
        ("rtmp://192.0.2.7/live/key", True),
    ],
)
def test_an_address_that_holds_a_secret_is_known(uri: str, secret: bool) -> None:
    assert holds_secrets(uri) is secret
