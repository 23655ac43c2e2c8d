"""What a viewer of the program got, by the counter in its pictures and the moments they came."""

import time
from itertools import pairwise

from ..media import counter
from ..media.watch import Recording, Seen, Viewer


def fresh(recording: Recording) -> list[Seen]:
    """The pictures that show another frame of the source than the one before them."""
    counted = [frame for frame in recording.frames if frame.count is not None]
    return counted[:1] + [later for earlier, later in pairwise(counted) if later.count != earlier.count]


def wait_fresh(viewer: Viewer, since: float, timeout: float = 30.0) -> float:
    """Seconds from monotonic time `since` to the first fresh picture that came after it."""

    def newest(recording: Recording) -> Seen | None:
        seen = fresh(recording)
        return seen[-1] if seen and seen[-1].arrived > since else None

    viewer.wait(lambda recording: newest(recording) is not None, timeout)
    first = next(frame for frame in fresh(viewer.recording) if frame.arrived > since)
    return first.arrived - since


def first_new(recording: Recording, since: float) -> float | None:
    """When the first picture came that is newer than all before the longest gap after `since`.

    What was on its way when something died comes without a gap, and what its successor repeats is not new.
    """
    counted = [frame for frame in recording.frames if frame.count is not None]
    running = counter.unwrap([frame.count for frame in counted if frame.count is not None])
    newest, last, fresh = -1, since, []
    for frame, count in zip(counted, running, strict=True):
        if count <= newest:
            continue
        if frame.arrived > since:
            fresh.append((frame.arrived - max(last, since), frame.arrived))
        newest, last = count, frame.arrived
    return max(fresh)[1] if fresh else None


def longest_gap(recording: Recording, since: float = 0.0) -> float:
    """The longest time between the arrivals of two fresh pictures, of which the later came after `since`."""
    pairs = pairwise(frame.arrived for frame in fresh(recording))
    return max((later - earlier for earlier, later in pairs if later > since), default=0.0)


def longest_freeze(recording: Recording) -> float:
    """As `longest_gap`, of what a player shows: by arrival or by time stamps, whichever is worse.

    An encoder keeps its last pictures back until held ones push them out. By their arrivals alone, one freeze
    looks like two short ones.
    """
    pairs = list(pairwise(fresh(recording)))
    gaps = (max(later.arrived - earlier.arrived, later.pts - earlier.pts) for earlier, later in pairs)
    return max(gaps, default=0.0)


def lost(recording: Recording) -> int:
    """Frames of the source that the viewer should have seen between the first and the last, and did not."""
    return sum(max(0, later - earlier - 1) for earlier, later in pairwise(recording.counts))


def backward(recording: Recording) -> int:
    """Time stamps, of pictures and of sound, that do not come after the one before."""
    sounds = [begin for begin, _ in recording.sounds]
    return sum(later <= earlier for times in (recording.pts, sounds) for earlier, later in pairwise(times))


def now() -> float:
    return time.monotonic()
