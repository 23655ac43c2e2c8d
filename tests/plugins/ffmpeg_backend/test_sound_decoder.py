from pathlib import Path

import av
import av.error
import numpy as np
import pytest

from tests.media.clip import Clip, write
from virtualptz_ffmpeg.sound_decoder import SoundDecoder

FLASHY = Clip(width=64, height=48, seconds=2.0, patch=None, flash_every=0.1)
DAMAGED = 40


@pytest.fixture(scope="module", params=["clip.mp4", "clip.ts"])
def clip(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """AAC with a config of its own, and AAC that says in each piece what it is."""
    return write(tmp_path_factory.mktemp("sound") / request.param, FLASHY)


def test_whole_sound_is_decoded_as_ever(clip: Path) -> None:
    with av.open(str(clip)) as container, av.open(str(clip)) as again:
        decoder = SoundDecoder(container.streams.audio[0])
        ours = [frame for packet in container.demux(audio=0) for frame in decoder.decode(packet)]
        theirs = list(again.decode(audio=0))
        assert len(ours) >= len(theirs) - 1 > 80
        for mine, other in zip(ours, theirs, strict=False):
            assert (mine.time, mine.sample_rate, mine.layout.name) == (
                other.time,
                other.sample_rate,
                other.layout.name,
            )
            np.testing.assert_array_equal(mine.to_ndarray(), other.to_ndarray())


def test_after_damage_it_knows_nothing_of_what_was_before(clip: Path) -> None:
    with av.open(str(clip)) as container:
        stream = container.streams.audio[0]
        packets = [packet for packet in container.demux(stream) if packet.size]
        decoder, fresh = SoundDecoder(stream), SoundDecoder(stream)
        for packet in packets[:DAMAGED]:
            decoder.decode(packet)
        damaged = packets[DAMAGED]
        damaged.update(bytes(255 - byte for byte in bytes(damaged)))
        with pytest.raises(av.error.InvalidDataError):
            decoder.decode(damaged)
        [ours], [theirs] = (each.decode(packets[DAMAGED + 1]) for each in (decoder, fresh))
        assert np.abs(theirs.to_ndarray()).max() > 0, "silence proves nothing"
        np.testing.assert_array_equal(ours.to_ndarray(), theirs.to_ndarray())
