from pathlib import Path

import pytest

from virtualptz_ffmpeg.targets import prepare, target_of


@pytest.mark.parametrize(
    ("uri", "format_", "network"),
    [
        ("rtmp://h/a/k", "flv", True),
        ("rtmps://h/a/k", "flv", True),
        ("rtsp://h/a", "rtsp", True),
        ("udp://h:1", "mpegts", True),
        ("srt://h:1", "mpegts", True),
        ("/x/p.mp4", "mp4", False),
        ("p.flv", "flv", False),
        ("file:///x/p.ts", "mpegts", False),
        ("/x/p.MKV", "matroska", False),
        ("/x/p.m3u8", "hls", False),
    ],
)
def test_each_target_has_its_format(uri: str, format_: str, network: bool) -> None:
    target = target_of(uri, 2)
    assert (target.format, target.network) == (format_, network)
    assert target.muxer_options["max_interleave_delta"] == "200000"


def test_what_is_shown_holds_no_key() -> None:
    assert "key4711" not in target_of("rtmp://u:key4711@h/app/key4711?t=key4711", 2).shown


def test_a_name_is_taken_at_once(tmp_path: Path) -> None:
    target = target_of(str(tmp_path / "p.mp4"), 2)
    names = [Path(prepare(target).url).name for _ in range(3)]
    assert names == ["p.mp4", "p-1.mp4", "p-2.mp4"]


def test_datagrams_hold_whole_packets() -> None:
    assert target_of("udp://h:1", 2).url == "udp://h:1?pkt_size=1316"
    assert target_of("udp://h:1?ttl=2", 2).url == "udp://h:1?ttl=2&pkt_size=1316"
    assert target_of("udp://h:1?pkt_size=188", 2).url == "udp://h:1?pkt_size=188"
