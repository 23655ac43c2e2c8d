from fractions import Fraction
from pathlib import Path

import pytest
from av.packet import Packet
from av.stream import Stream

from .clip import AudioCodec, Clip, write
from .remux import remux
from .watch import Viewer, decode


@pytest.mark.parametrize(
    ("suffix", "audio", "b_frames"),
    [("mp4", "aac", 2), ("ts", "mp2", 0), ("mkv", "libopus", 2), ("flv", "aac", 0)],
)
def test_every_frame_flash_and_beep_is_found_again(
    tmp_path: Path, suffix: str, audio: AudioCodec, b_frames: int
) -> None:
    clip = Clip(width=320, height=180, seconds=3, audio=audio, b_frames=b_frames, crf=30)
    seen = decode(write(tmp_path / f"clip.{suffix}", clip))
    assert seen.counts == list(range(clip.frames))
    assert len(seen.flashes) == len(clip.flashes()) == 3
    assert seen.av_offsets() == pytest.approx([0.0] * 3, abs=0.005)
    assert seen.size == (320, 180)
    assert seen.errors == []


def test_offset_between_sound_and_picture_is_measured(tmp_path: Path) -> None:
    def hold_back(packet: "Packet[Stream]") -> None:
        assert packet.pts is not None
        assert packet.dts is not None
        assert packet.time_base is not None
        if packet.stream.type == "audio":
            delay = round(Fraction(12, 100) / packet.time_base)
            packet.pts, packet.dts = packet.pts + delay, packet.dts + delay

    straight = write(tmp_path / "straight.mkv", Clip(width=320, height=180, seconds=3))
    late = remux(straight, tmp_path / "late.mkv", ("audio", "video"), hold_back)
    assert decode(late).av_offsets() == pytest.approx([0.12] * 3, abs=0.005)


def test_a_clip_without_sound_has_none(tmp_path: Path) -> None:
    seen = decode(write(tmp_path / "clip.mp4", Clip(width=320, height=180, seconds=1, audio="")))
    assert seen.beeps == []
    assert seen.audio_codec is None


def test_damage_is_reported(tmp_path: Path) -> None:
    path = write(tmp_path / "clip.ts", Clip(width=320, height=180, seconds=3, audio=""))
    data = bytearray(path.read_bytes())
    for at in range(len(data) // 3, len(data) // 2, 1000):
        data[at] ^= 0xFF
    path.write_bytes(data)
    assert decode(path).errors


def test_viewer_waits_and_leaves(tmp_path: Path) -> None:
    path = write(tmp_path / "clip.mp4", Clip(width=320, height=180, seconds=2))
    viewer = Viewer(path)
    assert len(viewer.wait_frames(10).frames) >= 10
    viewer.close()
    with pytest.raises(AssertionError, match="condition not met"):
        viewer.wait(lambda seen: len(seen.frames) > 1000, timeout=5)


def test_viewer_says_why_there_is_no_picture(tmp_path: Path) -> None:
    viewer = Viewer(tmp_path / "nothing.mp4")
    with pytest.raises(AssertionError, match="No such file"):
        viewer.wait_frames(1, timeout=10)
