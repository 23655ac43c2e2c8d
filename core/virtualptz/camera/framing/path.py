"""Wanted views over stream time, from shots that come in any order.

Two layers stand on the shots, each computed only as far as it can have changed: what the moments need (from
their neighbours within BOX_SECONDS), and their aims (from the needs up to `anticipation_seconds` after, and
from the aim before). Only what is known up to the time asked for counts.
"""

import math
from bisect import bisect_left, bisect_right

from ...model import FramingOptions, Sample, View
from .aim import Aim, Back, Moment, first_aim, next_aim
from .frame import Frame
from .ladder import Silence
from .need import BOX_SECONDS, PLACE_SECONDS, Need, need_of, wished
from .shot import Shot

ROUNDING = 1e-6
TAIL_LIMIT = 200
"""Samples of a silence that are kept, and those that are asked for."""


class Path:
    """`times`, `shots` and `searches` are the caller's, in order of time; it says what it changes in them."""

    def __init__(self, options: FramingOptions, view: View, frame: Frame) -> None:
        """`view`: where the camera looks until anything is seen."""
        self._options, self._view, self._frame = options, view, frame
        self.times: list[float] = []
        self.shots: list[Shot] = []
        self.searches: list[float] = []
        """When the detector said that it searches."""
        self._needs: list[Need] = []
        self._zooms: list[float] = []
        self._aims: list[Aim] = []
        self._before: Aim | None = None
        """Of the last moment that was forgotten."""
        self._known = -math.inf
        """The newest moment that the layers go by."""
        self._changed = -math.inf
        """From this time on shots are new."""
        self._samples: list[Sample] = []
        self._sample_times: list[float] = []
        self._ends: list[int] = []
        """For each aim, the number of samples up to its own."""
        self._silence: Silence | None = None
        self._first_step = self._last_step = 0
        """Of the silence at the end: its samples after the first up to the last are here."""

    def change(self, since: float) -> None:
        """The shots from this time on are new, and so is who searched after the one before."""
        if since <= self._known:
            self._changed = min(self._changed, since)

    def reframe(self, options: FramingOptions, frame: Frame) -> None:
        """From the oldest moment on, all is framed like this."""
        self._options, self._frame = options, frame
        self.change(-math.inf)

    def forget(self, count: int) -> None:
        """The oldest moments; what they led to stays."""
        self._reach(len(self.times) - 1)
        self._before = self._aims[count - 1]
        gone = self._ends[count - 1]
        for each in (self.times, self.shots, self._needs, self._zooms, self._aims, self._ends):
            del each[:count]
        del self._samples[:gone], self._sample_times[:gone]
        self._ends = [end - gone for end in self._ends]

    def between(self, since: float, until: float) -> list[Sample]:
        """From what is in force at `since`, or is first to come, up to `until`."""
        newest = bisect_right(self.times, until) - 1
        if newest < 0:
            return []
        if self._changed < math.inf or self.times[newest] != self._known:
            self._reach(newest)
        self._go_silent(since, until)
        first = bisect_right(self._sample_times, since) - 1
        last = bisect_right(self._sample_times, until)
        if first >= 0:
            return self._samples[first:last]
        early = self._samples[0]
        return [Sample(since, early.view, early.reason), *self._samples[:last]]

    def _reach(self, newest: int) -> None:
        """Go by the moments up to index `newest`, and by no later one."""
        until = self.times[newest]
        if until > self._known:
            self._changed = min(self._changed, self.times[bisect_right(self.times, self._known)])
        elif until < self._known:
            self._changed = min(self._changed, self.times[newest + 1])
        if self._changed == math.inf:
            return
        # How far around a moment its place is told by depends on how much is known after it.
        since = min(self._changed - BOX_SECONDS, min(self._known, until) - PLACE_SECONDS)
        stale = min(bisect_left(self.times, since - ROUNDING), newest)
        self._renew_needs(stale, newest)
        ahead = self.times[stale] - self._options.anticipation_seconds - ROUNDING
        self._renew_aims(bisect_left(self.times, ahead), newest)
        self._known, self._changed = until, math.inf

    def _renew_needs(self, start: int, newest: int) -> None:
        times = self.times
        del self._needs[start:], self._zooms[start:]
        for index in range(start, newest + 1):
            shot = self.shots[index]
            if shot.wish is None:
                reach = min(PLACE_SECONDS, times[newest] - times[index])
                around = self._shots_near(index, BOX_SECONDS, newest)
                need = need_of(shot, around, self._shots_near(index, reach, newest), self._frame)
            else:
                need = wished(self._frame)
            self._needs.append(need)
            self._zooms.append(need.zoom)

    def _shots_near(self, index: int, seconds: float, newest: int) -> list[Shot]:
        at = self.times[index]
        first = bisect_left(self.times, at - seconds - ROUNDING)
        last = bisect_right(self.times, at + seconds + ROUNDING)
        return [shot for shot in self.shots[first : min(last, newest + 1)] if shot.wish is None]

    def _renew_aims(self, start: int, newest: int) -> None:
        del self._aims[start:], self._ends[start:]
        self._cut(self._ends[-1] if self._ends else 0)
        last = self._aims[-1] if self._aims else self._before
        for index in range(start, newest + 1):
            aim = self._aim(last, index)
            if last is not None:
                self._extend(self._silence_after(last).bridge(aim))
            self._extend([Sample(aim.at, aim.view, aim.reason)])
            self._aims.append(aim)
            self._ends.append(len(self._samples))
            last = aim
        self._silence = None if last is None else self._silence_after(last)
        self._first_step = self._last_step = 0

    def _aim(self, last: Aim | None, index: int) -> Aim:
        at, shot = self.times[index], self.shots[index]
        first = bisect_left(self.times, at - self._options.patience_seconds * shot.manner.patience)
        after = bisect_right(self.times, at + self._options.anticipation_seconds)
        moment = Moment(at, shot, self._needs[index], min(self._zooms[first:after]))
        if last is None:
            return first_aim(moment, self._view, self._frame)
        silence = self._silence_after(last)
        back = Back(silence.at(at).view, at) if at > silence.widens_at else last.back
        return next_aim(last, moment, back, self._frame, self._options)

    def _silence_after(self, aim: Aim) -> Silence:
        place = bisect_right(self.searches, aim.at)
        searched_at = self.searches[place] if place < len(self.searches) else None
        return Silence(aim, searched_at, self._frame, self._options)

    def _go_silent(self, since: float, until: float) -> None:
        """The silence at the end, from what is in force at `since` up to `until`."""
        silence = self._silence
        if silence is None:
            return
        begin, end = self._ends[-1], len(self._samples)
        first, last = max(silence.steps(since) - 1, 0), max(silence.steps(until), 0)
        if first < self._first_step or first > self._last_step:
            self._cut(begin)
            self._first_step = self._last_step = first
        elif end - begin > TAIL_LIMIT:
            del self._samples[begin : begin + first - self._first_step]
            del self._sample_times[begin : begin + first - self._first_step]
            self._first_step = first
        if last > self._last_step:
            self._extend(silence.samples(self._last_step, last))
            self._last_step = last

    def _extend(self, samples: list[Sample]) -> None:
        self._samples += samples
        self._sample_times += [each.at for each in samples]

    def _cut(self, end: int) -> None:
        del self._samples[end:], self._sample_times[end:]
