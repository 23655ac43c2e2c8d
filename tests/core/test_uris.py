"""What may be opened, and what may not."""

import os
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtualptz.errors import ConfigError
from virtualptz.uris import (
    SOURCE_SCHEMES,
    TARGET_SCHEMES,
    is_file,
    url_from_here,
    validate_source,
    validate_target,
)

BAD_URLS = [
    # other protocols of FFmpeg, and things that only look like a URL
    "concat:/etc/passwd|/etc/hostname",
    "subfile,,start,0,end,100,,:/etc/passwd",
    "SubFile,,start,0,end,100,,:/etc/passwd",
    "data:text/plain;base64,AAAA",
    "crypto:/etc/passwd",
    "crypto+file:/etc/passwd",
    "async:/etc/passwd",
    "cache:/etc/passwd",
    "cache:http://camera/x",
    "tee:/tmp/a|/tmp/b",
    "pipe:0",
    "pipe:",
    "fd:3",
    "unix:/run/docker.sock",
    "tcp://host:80",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "ftp://host/clip.mp4",
    "sftp://host/clip.mp4",
    "smb://host/share/clip.mp4",
    "ipfs://bafy/clip.mp4",
    "lavfi:testsrc",
    "hls+http://host/x.m3u8",
    "rtmp+http://host/x",
    "rtmpt://host/app",
    "rtmpe://host/app",
    "applehttp+http://host/x",
    "httpproxy://host:80/",
    "javascript:alert(1)",
    "C:/clips/match.mp4",
    "localhost:8080/live",
    "rtmp:/host/app",
    "rtmp:host/app",
    "rtsp:",
    "://host/app",
    # shapes
    "",
    " ",
    "-i",
    "-version",
    "--help",
    " rtmp://host/app",
    "rtmp://host/app ",
    "rtmp://host/app\n",
    "rtmp://host/ap\tp",
    "rtmp://host/app\x00.mp4",
    "rtmp://host/app\x7f",
    "rtmp://host/app\x85",
    "rtmp://host/app\u2028x",
    "rtmp://host/\ud800",
    "rtmp://host/app\\..\\x",
    "\\\\host\\share\\clip.mp4",
    "http://host/a b",
    "http://host/a\u00a0b",
    "rtmp://host/app playpath=x live=1 swfUrl=http://evil/x",
    "http://host/%00",
    "http://host/a%0d%0aHost:%20evil",
    "http://user%0a:pass@host/",
    "rtsp://host/%7F",
    "rtmp://host/" + "a" * 5000,
    # hosts and ports
    "rtmp://",
    "rtmp:///app",
    "http://:80/x",
    "http://user:pass@/x",
    "http://host:/x",
    "http://host:0/x",
    "http://host:65536/x",
    "http://host:99999999999/x",
    "http://host:80:90/x",
    "http://host:8o/x",
    "http://host:+80/x",
    "http://host:\u0661/x",
    "http://-host/x",
    "http://ho$t/x",
    "http://h%6fst/x",
    "http://ho,st/x",
    "http://h\u00f6st/x",
    "http://\uff11\uff16\uff19.254.169.254/x",
    "http://[::1/x",
    "http://[nonsense]/x",
    "http://[::1]x/y",
    "http://" + "a" * 254 + "/x",
    "srt://host",
    "udp://host",
    "udp://user:pass@239.0.0.1:5000",
    # link-local and metadata, in every spelling
    "http://169.254.169.254/latest/meta-data/",
    "http://169.254.0.1/",
    "rtsp://169.254.12.13:554/stream",
    "http://user:pass@169.254.169.254/",
    "http://2852039166/",
    "http://0xA9FEA9FE/",
    "http://0xa9.0xfe.0xa9.0xfe/",
    "http://0251.0376.0251.0376/",
    "http://025177524776/",
    "http://169.254.43518/",
    "http://169.16689662/",
    "http://169.254.169.254./",
    "http://[::ffff:169.254.169.254]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[::169.254.169.254]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[64:ff9b:1::a9fe:a9fe]/",
    "http://[::ffff:0:a9fe:a9fe]/",
    "http://[2002:a9fe:a9fe::1]/",
    "http://[fe80::1]/",
    "http://[FE80::1%25eth0]/",
    "http://[febf::1]/",
    "http://[fd00:ec2::254]/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://METADATA.google.internal./",
    "http://metadata/",
    "http://instance-data/",
    "http://100.100.100.200/",
    "http://168.63.129.16/",
    # options
    "srt://host:9000?mode=listener&srt_filter=x",
    "srt://host:9000?mode=server",
    "srt://host:9000?protocol_whitelist=file",
    "srt://host:9000?latency=1&&-f=x",
    "udp://239.0.0.1:5000?fifo_size=1&protocol_whitelist=file,tcp",
    "udp://239.0.0.1:5000?%66ifo_size=1",
]
BAD_FILES = [
    "file:relative.mp4",
    "file:",
    "file://host/clip.mp4",
    "file:///tmp/%00clip.mp4",
    "file:///tmp/%ff.mp4",
    "file:rtsp://user:pass@host/x",
    "file:,,:/etc/passwd",
    "/nowhere/clip.mp4",
    "/dev/zero",
    "/proc/self/mem/x",
    "/proc",
    "/" + "a" * 300 + ".mp4",
    "clip:1.mp4",
]


@pytest.mark.parametrize("uri", BAD_URLS + BAD_FILES)
def test_a_bad_source_is_refused(uri: str) -> None:
    with pytest.raises(ConfigError, match=r"^source: "):
        validate_source(uri)


@pytest.mark.parametrize("uri", [uri for uri in BAD_URLS if uri])
def test_a_bad_target_is_refused(uri: str) -> None:
    with pytest.raises(ConfigError, match=r"^target: "):
        validate_target(uri)


@pytest.mark.parametrize(
    ("uri", "normal"),
    [
        ("rtmp://camera/live/court1", None),
        ("RTMP://Camera.Local:1935/live/Court1", "rtmp://camera.local:1935/live/Court1"),
        ("rtmps://user:p%40ss@camera/live/key?token=a%20b", None),
        ("rtsp://user:pa@ss@10.0.0.7:554/Streaming/Channels/101?tcp", None),
        ("rtsps://camera_7/stream", None),
        ("srt://127.0.0.1:9000?mode=caller&latency=200000&streamid=#!::r=live/x,m=request", None),
        ("srt://:9000?mode=listener", "srt://0.0.0.0:9000?mode=listener"),
        ("http://camera/live/index.m3u8", None),
        ("https://camera/live/index.m3u8?sig=a%2Fb", None),
        ("http://camera/gr\u00f6\u00dfe.ts", None),
        ("http://[::1]:8080/x.ts", None),
        ("udp://239.1.2.3:5000?localaddr=10.0.0.2&fifo_size=1000000&overrun_nonfatal=1", None),
        ("udp://@239.1.2.3:5000", "udp://239.1.2.3:5000"),
        ("udp://@:5000", "udp://0.0.0.0:5000"),
        ("udp://:5000", "udp://0.0.0.0:5000"),
    ],
)
def test_good_sources(uri: str, normal: str | None) -> None:
    assert validate_source(uri) == (normal or uri)
    assert not is_file(validate_source(uri))


@pytest.mark.parametrize(
    "uri",
    [
        "rtmp://live.example.com/app/key",
        "rtsp://10.0.0.7:8554/program",
        "srt://127.0.0.1:9000?passphrase=0123456789&pbkeylen=16",
        "udp://239.1.2.3:5000?ttl=4&pkt_size=1316",
    ],
)
def test_good_targets(uri: str) -> None:
    assert validate_target(uri) == uri


@pytest.mark.parametrize("uri", ["http://host/x", "https://host/x", "udp://:5000", "srt://:9000"])
def test_what_only_a_source_may_be(uri: str) -> None:
    with pytest.raises(ConfigError, match=r"^target: "):
        validate_target(uri)


@pytest.mark.parametrize("uri", ["", "null"])
def test_no_target(uri: str) -> None:
    assert validate_target(uri) == ""


def test_a_file_is_a_source_by_path_and_by_uri(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip = tmp_path / "match 1%.mp4"
    clip.touch()
    monkeypatch.chdir(tmp_path)
    real = str(clip.resolve())
    forms = [str(clip), f"file://{quote(str(clip))}", f"FILE://localhost{quote(str(clip))}", clip.name]
    assert {validate_source(form) for form in forms} == {real}
    assert is_file(real)


def test_a_missing_file_may_pass_but_no_other_thing(tmp_path: Path) -> None:
    missing = tmp_path / "missing.mp4"
    assert validate_source(str(missing), must_exist=False) == str(missing.resolve())
    pipe = tmp_path / "pipe.mp4"
    os.mkfifo(pipe)
    with pytest.raises(ConfigError, match="is not a file"):
        validate_source(str(pipe), must_exist=False)


@pytest.mark.parametrize("name", ["x.m3u8", "x.M3U", "x.pls", "x.ffconcat", "x.sdp"])
def test_a_local_playlist_is_refused_also_behind_a_link(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("#EXTM3U\nfile:///etc/passwd\n")
    link = tmp_path / "clip.mp4"
    link.symlink_to(tmp_path / name)
    for path in (tmp_path / name, link):
        with pytest.raises(ConfigError, match="playlist"):
            validate_source(str(path))


def test_roots_hold_files_in_also_through_links_and_dots(tmp_path: Path) -> None:
    root, outside = tmp_path / "clips", tmp_path / "clips-private"
    root.mkdir()
    outside.mkdir()
    good, bad = root / "a.mp4", outside / "b.mp4"
    good.touch()
    bad.touch()
    (root / "link.mp4").symlink_to(bad)
    assert validate_source(str(good), roots=(root,)) == str(good.resolve())
    for path in (bad, root / "link.mp4", f"{root}/../clips-private/b.mp4", root / "none" / ".." / "link.mp4"):
        with pytest.raises(ConfigError, match="RUNNER_SOURCE_ROOTS"):
            validate_source(str(path), roots=(root,), must_exist=False)


def test_a_root_may_be_a_link_itself(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "clips").symlink_to(tmp_path / "disk")
    clip = tmp_path / "clips" / "a.mp4"
    clip.touch()
    assert validate_source(str(clip), roots=(tmp_path / "clips",)) == str(clip.resolve())


@pytest.mark.parametrize("name", ["a.mp4", "a.flv", "a.TS", "a.mkv", "a.m3u8", "new/folders/a.mp4"])
def test_file_targets(tmp_path: Path, name: str) -> None:
    assert validate_target(str(tmp_path / name)) == str((tmp_path / name).resolve())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a.txt", "a", "a.sh", ".mp4", "a%d.m3u8", "f" * 300 + ".mp4", "file/a.mp4"])
def test_bad_file_targets(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"^target: "):
        validate_target(str(tmp_path / name))


def test_a_folder_is_no_target(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").mkdir()
    with pytest.raises(ConfigError, match="is a folder"):
        validate_target(str(tmp_path / "a.mp4"))


SECRET = "S3cr3tC4nary"


@pytest.mark.parametrize(
    "uri",
    [
        f"{SECRET}:{SECRET}@host/x",
        f"{SECRET}://host/x",
        f"rtsp://{SECRET}:{SECRET}/{SECRET}@host/x",
        f"rtsp://user:{SECRET}@169.254.1.1/",
        f"rtmp://host:{SECRET}/live",
        f"rtmp://ho_st$/live/{SECRET}",
        f"srt://host:9000?passphras={SECRET}",
        f"srt://host:9000?mode={SECRET}",
        f"rtmp://host/{SECRET} live=1",
        f"http://user:{SECRET}@/x",
        f"udp://{SECRET}@host:1",
        f"file://{SECRET}@host/x",
    ],
)
def test_a_message_repeats_no_credential(uri: str) -> None:
    for validate in (validate_source, validate_target):
        with pytest.raises(ConfigError) as caught:
            validate(uri)
        assert SECRET not in str(caught.value)


@given(st.text(max_size=60), st.sampled_from(["", "rtmp://", "http://host/", "srt://host:1?", "file:", "/"]))
def test_whatever_comes_is_normal_or_refused(text: str, before: str) -> None:
    """No other exception; what passes has an allowed scheme, no control character, and is stable."""
    try:
        normal = validate_source(before + text, must_exist=False)
    except ConfigError:
        return
    assert validate_source(normal, must_exist=False) == normal
    assert is_file(normal) or normal.partition("://")[0] in SOURCE_SCHEMES
    assert all(char.isprintable() or ord(char) > 127 for char in normal)
    assert not normal.startswith("-")


@given(st.text(max_size=60), st.sampled_from(["", "rtmp://h/", "udp://h:1?", "/"]))
def test_whatever_comes_as_a_target(text: str, before: str) -> None:
    try:
        normal = validate_target(before + text)
    except ConfigError:
        return
    assert normal == "" or is_file(normal) or normal.partition("://")[0] in TARGET_SCHEMES
    assert validate_target(normal) == normal


@given(
    st.ip_addresses(v=4, network="169.254.0.0/16"), st.sampled_from(["{}", "{:#x}", "0{:o}", "[::ffff:{}]"])
)
def test_link_local_in_every_base(address: object, form: str) -> None:
    number = int(address)  # type: ignore[call-overload]
    host = form.format(address if "[" in form else number)
    with pytest.raises(ConfigError, match="link-local"):
        validate_source(f"http://{host}/x")


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:9001"),
        ("0.0.0.0", "http://127.0.0.1:9001"),  # noqa: S104 - what an operator gives
        ("", "http://127.0.0.1:9001"),
        ("::", "http://[::1]:9001"),
        ("fd00::7", "http://[fd00::7]:9001"),
        ("camera-box", "http://camera-box:9001"),
    ],
)
def test_where_workers_on_this_machine_reach_the_agent(host: str, url: str) -> None:
    assert url_from_here(host, 9001) == url
