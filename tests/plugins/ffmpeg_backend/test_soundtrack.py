"""Where sound lands that is coded anew, by decoding what comes out."""

from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from tests.media.clip import Clip, write
from tests.media.watch import Recording, decode
from virtualptz_ffmpeg.sound import CodedSound, SoundFormat, aac_format
from virtualptz_ffmpeg.sound_decoder import SoundDecoder

from .stage import DRAWN, SMALL, backend

RATE = 48_000


def beeping(path: Path, pieces: list[tuple[float, float]], beeps: set[int]) -> tuple[list[float], float]:
    """Sound of (begin, seconds), of which some begin with a beep: where they are, and the longest hole."""
    sink = backend().open_sink(str(path), SMALL, DRAWN)
    sink.write(backend().picture(np.zeros((180, 320, 3), np.uint8), 0.0), 0.0)
    for number, (begin, seconds) in enumerate(pieces):
        samples = np.zeros((2, round(seconds * RATE)), np.float32)
        if number in beeps:
            samples[:, -480:] = 0.5 * np.sin(np.arange(480) * 0.3)
        sink.write(backend().audio(samples, RATE, begin), begin)
    sink.write(backend().picture(np.zeros((180, 320, 3), np.uint8), 3.0), 3.0)
    sink.close()
    heard: list[float] = []
    found: list[float] = []
    ends: list[float] = []
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            heard.append(float(frame.time or 0))
            ends.append(heard[-1] + frame.samples / RATE)
            loud = np.flatnonzero(np.abs(frame.to_ndarray()[0]) > 0.1)
            if loud.size and (not found or heard[-1] - found[-1] > 0.2):
                found.append(heard[-1] + float(loud[0]) / RATE)
    holes = [begin - end for begin, end in zip(heard[1:], ends, strict=False)]
    return found, max(holes)


@pytest.mark.parametrize("off", [-0.09, -0.05, 0.0, 0.02, 0.05, 0.09])
def test_sound_that_comes_back_beside_its_place_is_put_there(tmp_path: Path, off: float) -> None:
    """A second of sound, then more that overlaps it or leaves a hole; the beep is where its time says."""
    back = 1.0 + off
    pieces = [(0.1 * number, 0.1) for number in range(10)]
    pieces += [(back + 0.1 * number, 0.1) for number in range(10)]
    found, hole = beeping(tmp_path / "out.mkv", pieces, beeps={3, 15})
    expected = [0.4 - 0.01, back + 0.6 - 0.01]
    assert found == pytest.approx(expected, abs=0.03)
    assert hole < 0.025


def coded(path: Path, *, damaged: frozenset[int] = frozenset()) -> list[CodedSound]:
    """AAC as a live source sends it; the pieces of those numbers are no longer what they were."""
    found: list[CodedSound] = []
    with av.open(str(path)) as container:
        decoder = SoundDecoder(container.streams.audio[0])
        for number, packet in enumerate(container.demux(container.streams.audio[0])):
            if not packet.size or packet.pts is None:
                continue
            if number in damaged:
                packet.update(bytes(255 - byte for byte in bytes(packet)))
            plain = SoundFormat("aac", RATE, 2)
            data, kind = aac_format(bytes(packet), packet.stream.codec_context.extradata, plain)
            begin, seconds = float(packet.pts * packet.time_base), 1024 / RATE
            found.append(CodedSound(data, kind, begin, seconds, packet, decoder, doubtful=True))
    return found


def programmed(source: Path, target: Path, damaged: frozenset[int]) -> Recording:
    sink = backend().open_sink(str(target), SMALL, DRAWN)
    sink.write(backend().picture(np.zeros((180, 320, 3), np.uint8), 0.0), 0.0)
    for sound in coded(source, damaged=damaged):
        if sound.pts >= 0:
            sink.write(sound, sound.pts)
    sink.write(backend().picture(np.zeros((180, 320, 3), np.uint8), 3.0), 3.0)
    sink.close()
    return decode(target)


@pytest.mark.parametrize("place", [3, 4, 5])
def test_pieces_that_a_damaged_length_joins_keep_their_times(tmp_path: Path, place: int) -> None:
    """One byte of an ADTS head: FFmpeg's parser then takes several pieces for one, which decodes well."""
    source = write(
        tmp_path / "source.ts", Clip(width=64, height=48, seconds=3.0, patch=None, flash_every=0.1)
    )
    whole = bytearray(source.read_bytes())
    heads = [at for at in range(len(whole) - 7) if whole[at : at + 3] == b"\xff\xf1\x4c"]
    assert len(heads) > 20
    for head in heads[8:14]:
        harmed = whole.copy()
        harmed[head + place] ^= 0x13
        source.write_bytes(harmed)
        seen = republished(source, tmp_path / f"out-{head}.flv")
        assert seen.errors == []
        assert all(later > earlier for (earlier, _), (later, _) in pairwise(seen.sounds))


def republished(source: Path, target: Path) -> Recording:
    """The sound of a live source beside a black picture."""
    sink = backend().open_sink(str(target), SMALL, DRAWN)
    sink.write(backend().picture(np.zeros((180, 320, 3), np.uint8), 0.0), 0.0)
    for sound in coded(source):
        if sound.pts >= 0:
            sink.write(sound, sound.pts)
    sink.write(backend().picture(np.zeros((180, 320, 3), np.uint8), 3.0), 3.0)
    sink.close()
    return decode(target)


def test_damaged_sound_does_not_reach_the_viewers(tmp_path: Path) -> None:
    source = write(tmp_path / "source.mp4", Clip(width=64, height=48, seconds=3.0, patch=None))
    whole = programmed(source, tmp_path / "whole.mkv", frozenset())
    harmed = programmed(source, tmp_path / "harmed.mkv", frozenset(range(20, 120, 9)))
    assert (whole.errors, harmed.errors) == ([], [])
    assert len(harmed.beeps) >= 2
    assert harmed.audio_seconds == pytest.approx(whole.audio_seconds, abs=0.5)
