"""What a viewer of the program must have seen."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from ..media.clip import PATCH_YUV
from ..media.watch import Recording, Seen, decode

MAX_AV_OFFSET = 0.08
"""Seconds between picture and sound that nobody notices (ITU-R BT.1359: 45 ms early to 125 ms late)."""
LONGEST_HOLE = 0.07
"""Seconds: where silence ends, its encoder keeps back two pieces of sound, and one more fits no longer."""


def enough_sync(count: int) -> Callable[[Recording], bool]:
    """True once that many flashes have been seen with their beeps."""
    return lambda recording: len(recording.av_offsets()) >= count


def assert_in_sync(recording: Recording, least: int = 1) -> None:
    offsets = recording.av_offsets()
    assert len(offsets) >= least, f"flashes {recording.flashes} beeps {recording.beeps}"
    assert max(map(abs, offsets)) <= MAX_AV_OFFSET, offsets


def assert_unbroken(recording: Recording) -> None:
    """No decoder complaint, no picture without its counter, no step back, time that only grows."""
    assert recording.errors == []
    assert all(frame.count is not None for frame in recording.frames)
    assert all(later > earlier for earlier, later in pairwise(recording.pts)), "time stands or goes back"
    assert min(steps(recording.counts), default=1) >= 0, "a picture came twice in the wrong order"


def assert_sound_unbroken(seen: Recording) -> None:
    holes = [begin - end for (_, end), (begin, _) in pairwise(seen.sounds)]
    assert max(holes) < LONGEST_HOLE, [
        (at, hole) for at, hole in zip(seen.sounds, holes, strict=False) if hole > 0.03
    ]
    assert min(begin - before for (before, _), (begin, _) in pairwise(seen.sounds)) > 0


def steps(counts: Sequence[int]) -> list[int]:
    return [later - earlier for earlier, later in pairwise(counts)]


def assert_steady(recording: Recording, share: float = 0.97) -> None:
    """As above, and all but a few pictures are each the next one of the source."""
    assert_unbroken(recording)
    taken = steps(recording.counts)
    right = sum(step == 1 for step in taken)
    assert right >= share * len(taken), f"{right} of {len(taken)}: {[s for s in taken if s != 1]}"
    assert max(taken) <= 3, taken


def last_unlit(recording: Recording) -> Seen:
    """The last picture that is not a flash of the clip."""
    return next(frame for frame in reversed(recording.frames) if frame.brightness < 200)


def assert_patch_seen(recording: Recording) -> None:
    """The colour patch of the clip, in its place: nothing is mirrored, shifted or discoloured."""
    last = last_unlit(recording)
    assert last.corner == pytest.approx(PATCH_YUV, abs=6)


def decoded(path: Path) -> Recording:
    """A finished program file."""
    return decode(path)
