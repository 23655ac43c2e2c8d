"""Detections become tracks: confident ones first, then those that ByteTrack is about, the weak ones."""

from typing import TYPE_CHECKING

import numpy as np

from .association import IMPOSSIBLE, Association, Mask, grown, overlaps
from .motion import Floats
from .options import ByteTrackOptions
from .pool import LOST, NEW, SEEN, Measured, Pool
from .track import Track

if TYPE_CHECKING:
    # That package builds on this one.
    from ..detection.detections import Detections

WEAK_LIMIT = 0.5
"""A weak detection is a track's that it overlaps by half; its score says nothing (ByteTrack, section 3)."""
NEW_LIMIT = 0.7
"""A track that was seen once is believed with a second detection nearer than this."""
SHORTEST_MEMORY = 1.0
"""Seconds between two pictures of one scene, at least: somebody may look once a second and forget at once."""
DUPLICATE = 0.85
"""A lost track that overlaps one that is seen by more than this is the same."""


class ByteTrack:
    """Follows people by motion and overlap alone, whatever finds them (Zhang et al., ECCV 2022).

    With `AS_PUBLISHED` and pictures at an even rate, its tracks are those of Ultralytics' tracker of that
    name. Time is measured in seconds, so that pictures that were left out do no harm. Classes do not mix.
    One thread at a time.
    """

    def __init__(self, options: ByteTrackOptions | None = None, frame_rate: float = 20.0) -> None:
        """`frame_rate`: the rate for which ByteTrack's motion model has its noise, which is told a picture.
        Pictures may come at any other: the time between them says how much less certain motion is. The
        default does best for people who play, be they seen 7 or 30 times a second."""
        self._options = options or ByteTrackOptions()
        self._rate = frame_rate
        self._names: list[str] = []
        self._next_id = 1
        self._at: float | None = None
        self._pool = Pool.empty()

    def reset(self) -> None:
        """Forget all tracks. Their ids are not used again."""
        self._pool = Pool.empty()
        self._at = None

    def update(self, detections: "Detections", at: float) -> tuple[Track, ...]:
        """The tracks that are seen in the picture of stream time `at`, by id. The ball is left out.

        A track is there from its second detection on; those of the first picture, at once. Where `at` goes
        back, or on by more than tracks are remembered for, it is another scene: all begins anew.
        """
        if self._at is not None and not 0 <= at - self._at <= self._longest_gap:
            self.reset()
        measured = self._measured(detections)
        begins = self._at is None
        self._go_on(at)
        self._associate(measured, at, begins)
        if self._options.drop_duplicates:
            self._drop_duplicates()
        return self._tracks(SEEN)

    @property
    def lost(self) -> tuple[Track, ...]:
        """Who is remembered but was not in the last picture, where they must be by then."""
        return self._tracks(LOST)

    @property
    def _longest_gap(self) -> float:
        return max(self._options.buffer_seconds, SHORTEST_MEMORY) + self._tolerance

    @property
    def _tolerance(self) -> float:
        """Half a picture: times of pictures jitter."""
        return 0.5 / self._rate

    def _measured(self, detections: "Detections") -> Measured:
        people = detections.people
        boxes = people.boxes.astype(np.float64)
        good = (people.scores > self._options.low_thresh) & np.isfinite(boxes).all(axis=1)
        good &= (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
        kinds = np.array([self._number(name) for name in people.classes], np.int64)
        return Measured(boxes, people.scores.astype(np.float64), kinds).at(good)

    def _number(self, name: str) -> int:
        if name not in self._names:
            self._names.append(name)
        return self._names.index(name)

    def _go_on(self, at: float) -> None:
        """Bring all tracks to `at`, and forget those that were lost for too long."""
        pool = self._pool
        pool.keep((pool.states != LOST) | (at - pool.last <= self._options.buffer_seconds + self._tolerance))
        if self._at is not None:
            # Who was seen once has no speed yet, and gets one from the third detection on, as in ByteTrack.
            pool.motion.predict(pool.states != NEW, (at - self._at) * self._rate)
        self._at = at

    def _associate(self, measured: Measured, at: float, begins: bool) -> None:
        pool, options = self._pool, self._options
        overlap = overlaps(grown(pool.motion.boxes, options.margin), grown(measured.boxes, options.margin))
        overlap[pool.kinds[:, None] != measured.kinds] = 1 - IMPOSSIBLE
        sure = measured.scores >= options.high_thresh
        fused = 1 - (overlap * measured.scores if options.fuse_score else overlap)
        matching = Association(len(pool), len(measured))
        for costs, limit, tracks, detections in (
            (fused, options.match_thresh, pool.states != NEW, sure),
            (1 - overlap, WEAK_LIMIT, pool.states == SEEN, ~sure),
            (fused, NEW_LIMIT, pool.states == NEW, sure),
        ):
            rows, columns = matching.match(costs, limit, tracks, detections)
            pool.see(rows, measured, columns, at)
        missed = matching.free_tracks
        pool.lose(missed & (pool.states == SEEN))
        pool.keep(~(missed & (pool.states == NEW)))
        begin = sure & matching.free_detections & (measured.scores >= options.new_thresh)
        self._begin(measured.at(begin), SEEN if begins else NEW, at)

    def _begin(self, measured: Measured, state: int, at: float) -> None:
        if len(measured):
            self._pool.add(Pool.begun(measured, self._next_id, state, at))
            self._next_id += len(measured)

    def _drop_duplicates(self) -> None:
        """Of a lost track and one that is seen in its place, the one that was followed longer stays."""
        pool = self._pool
        seen, lost = np.flatnonzero(pool.states == SEEN), np.flatnonzero(pool.states == LOST)
        if not len(seen) or not len(lost):
            return
        boxes = pool.motion.boxes
        same = overlaps(boxes[seen], boxes[lost]) > DUPLICATE
        same &= pool.kinds[seen][:, None] == pool.kinds[lost]
        followed = pool.last - pool.first
        older = followed[seen][:, None] > followed[lost] + self._tolerance
        kept: Mask = np.ones(len(pool), bool)
        kept[lost[(same & older).any(axis=0)]] = False
        kept[seen[(same & ~older).any(axis=1)]] = False
        pool.keep(kept)

    def _tracks(self, state: int) -> tuple[Track, ...]:
        pool = self._pool
        rows = np.flatnonzero(pool.states == state)
        boxes: Floats = pool.motion.boxes[rows]
        speeds = pool.motion.speed[rows, :2] * self._rate
        at = self._at or 0.0
        return tuple(
            Track(
                track_id=int(pool.ids[row]),
                box=(box[0], box[1], box[2], box[3]),
                score=float(pool.scores[row]),
                cls=self._names[pool.kinds[row]],
                age=at - float(pool.first[row]),
                unseen=at - float(pool.last[row]),
                velocity=(speed[0], speed[1]),
            )
            for row, box, speed in zip(rows, boxes.tolist(), speeds.tolist(), strict=True)
        )
