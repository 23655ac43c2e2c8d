"""Other open camera operators' ways to move, re-implemented from their published constants.

One coordinate, a picture at a time; lengths are widths of the source. Where a constant counts pictures, it is
taken at the 30 pictures a second that its authors work at. Each sees the newest detection at every picture.
"""

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Protocol

from .camera_play import RATE

DT = 1 / RATE
CROP = 0.5
"""Width of the crop: what others give as a share of their picture is a share of this."""


class Peer(Protocol):
    def step(self, target: float) -> float:
        """The camera's place at the next picture."""


class Make(Protocol):
    def __call__(self, x: float, low: float, high: float) -> Peer:
        """A camera at `x` that stays between `low` and `high`."""


@dataclass
class Axis:
    x: float
    low: float = 0.0
    high: float = 1.0


class Raw(Axis):
    """The newest detection itself."""

    def step(self, target: float) -> float:
        self.x = target
        return self.x


@dataclass
class Exponential(Axis):
    """AutoPTZ's digital framer without its dead zone: 0.18 of the way a picture."""

    share: float = 0.18

    def step(self, target: float) -> float:
        self.x += self.share * (target - self.x)
        return self.x


@dataclass
class OneEuro(Axis):
    """Casiez, Roussel and Vogel (CHI 2012) with the defaults of the package `oneeurofilter`: 1 Hz, beta 0."""

    cutoff: float = 1.0

    def step(self, target: float) -> float:
        self.x += (target - self.x) / (1 + 1 / (2 * math.pi * self.cutoff * DT))
        return self.x


@dataclass
class FaceTrackerPid(Axis):
    """obs-face-tracker's filter: an integrator of the error and of the error's own integral, and a
    low-pass of the error beside it. Kp 0.95, Ki 0.3, Td 0.42 s, low-pass 2 s; no dead band by default."""

    _integrated: float = field(init=False)
    _error_sum: float = 0.0
    _low_pass: float = 0.0
    KP, KI, TD, LOW_PASS_SECONDS = 0.95, 0.3, 0.42, 2.0

    def __post_init__(self) -> None:
        self._integrated = self.x

    def step(self, target: float) -> float:
        error = target - self.x
        self._integrated += (error + self._error_sum) * self.KP * DT
        self._error_sum += self._not_past_zero(error) * self.KI * DT
        keep = self.LOW_PASS_SECONDS
        self._low_pass = (self._low_pass * keep + error * DT) / (keep + DT)
        self.x = self._integrated + self._low_pass * self.KP * self.TD
        return self.x

    def _not_past_zero(self, error: float) -> float:
        """An error of the other sign takes the sum down to zero, and no further in one step."""
        if error * self._error_sum >= 0:
            return error
        least = abs(self._error_sum) / (self.KI * DT)
        return math.copysign(min(abs(error), least), error)


@dataclass
class Kinematic(Axis):
    """AutoFlip's online solver: dead zone 1.8 of 60 degrees, 18 degrees a second, update rate dt / 0.2 s."""

    _speed: float = 0.0
    _moving: bool = False
    DEAD_ZONE, MAX_SPEED, UPDATE_SECONDS = 1.8 / 60, 18 / 60, 0.2

    def step(self, target: float) -> float:
        distance = target - self.x
        self._moving = self._moving or abs(distance) >= self.DEAD_ZONE
        if abs(distance) < self.DEAD_ZONE and not self._moving:
            distance = 0.0
        rate = min(DT / self.UPDATE_SECONDS, 0.8)
        speed = self._speed * (1 - rate) + distance / DT * rate
        self._speed = min(max(speed, -self.MAX_SPEED), self.MAX_SPEED)
        moved = self.x + self._speed * DT
        self.x = min(max(moved, self.low), self.high)
        if self.x != moved:
            self._speed, self._moving = 0.0, False
        return self.x


@dataclass
class Integrator(Axis):
    """HockeyMOM's moving box on one axis: a speed that is pushed towards the goal, within limits.

    Limits by default: 1/200 of the width a picture, and 1/8192 of it a picture squared. It arrives at no more
    than a 20th of the distance a picture, brakes over 10 pictures before it turns around (and calls that off
    after 2 pictures of the old wish), and has 4 times these limits where it is a quarter of the width off.
    """

    scale: float = 1.0
    push_scale: float = 1.0
    dead_zone: float = 0.0
    loose: float = 1.0
    """More than 1 while it is let loose by a breakaway."""
    speed: float = 0.0
    _frozen: bool = False
    _brake: float = 0.0
    _brake_left: int = 0
    _called_off: int = 0
    MAX_SPEED, MAX_PUSH, RELEASE = 1 / 200, 1 / 8192, 0.75
    ARRIVAL, BRAKE_PICTURES, CALL_OFF_PICTURES = 20, 10, 2
    FAR, FAR_SCALE = 0.25, 4.0

    def step(self, goal: float) -> float:
        distance = goal - self.x
        if self._is_frozen(abs(distance)):
            return self.x
        loose = max(self.loose, self.FAR_SCALE if abs(distance) > self.FAR else 1.0)
        if self._brakes(distance):
            self._brake_left -= 1
            self.speed = self._brake * self._brake_left
        else:
            push = self.MAX_PUSH * self.push_scale * loose
            self.speed += min(max(distance, -push), push)
        top = min(self.MAX_SPEED * self.scale * loose, abs(distance) / self.ARRIVAL)
        if self.speed * distance > 0:
            self.speed = math.copysign(min(abs(self.speed), top), self.speed)
        self.x += self.speed
        return self.x

    def _is_frozen(self, distance: float) -> bool:
        """Inside the dead zone it stands; it takes more to get it moving again."""
        if self.dead_zone and distance <= self.dead_zone:
            self._frozen, self.speed, self._brake_left = True, 0.0, 0
        elif distance >= self.dead_zone / self.RELEASE:
            self._frozen = False
        return self._frozen

    def _brakes(self, distance: float) -> bool:
        if not self._brake_left and distance * self.speed < 0:
            self._brake, self._brake_left = self.speed / self.BRAKE_PICTURES, self.BRAKE_PICTURES
            self._called_off = 0
        if self._brake_left:
            self._called_off = self._called_off + 1 if distance * self.speed > 0 else 0
            if self._called_off >= self.CALL_OFF_PICTURES:
                self._brake_left = 0
        return self._brake_left > 0


@dataclass
class VelocityIntegrator(Axis):
    """HockeyMOM: a fast box (speed times 1.5, push times 1.1) after the goal, and a follower with a dead zone
    after the fast box: a tenth of the crop, but no more than 5 pictures at full speed.

    A breakaway (over 3/8192 of the width a picture) looses the limits, times 3, and adds 0.3 of the group's
    speed; the group is the target here, over half a second.
    """

    _fast: Integrator = field(init=False)
    _follower: Integrator = field(init=False)
    _seen: "deque[float]" = field(default_factory=lambda: deque(maxlen=round(0.5 / DT)))
    BREAKAWAY, LOOSE, GROUP_SHARE = 3 / 8192, 3.0, 0.3

    def __post_init__(self) -> None:
        self._fast = Integrator(self.x, scale=1.5, push_scale=1.1)
        self._follower = Integrator(self.x, dead_zone=min(CROP / 10, 5 * Integrator.MAX_SPEED))

    def step(self, target: float) -> float:
        self._seen.append(target)
        speed = (target - self._seen[0]) / len(self._seen)
        away = abs(speed) > self.BREAKAWAY and speed * (target - self._fast.x) > 0
        self._fast.loose = self._follower.loose = self.LOOSE if away else 1.0
        if away and abs(self._fast.speed) < abs(speed):
            self._fast.speed += self.GROUP_SHARE * speed
        self.x = self._follower.step(self._fast.step(target))
        inside = min(max(self.x, self.low), self.high)
        if inside != self.x:
            self._follower.x = self.x = inside
            self._follower.speed /= 2
        return self.x


@dataclass
class MoveRule(Axis):
    """Frigate's autotracking: one relative move at a time, to where the object will be when it ends.

    A move is worth it from 8 % of the picture on where the object's speed is known, else from 3 %; the speed
    is that of the last 1.5 s, and valid where it stands out from its own scatter. No head's figures are
    published; this one takes 0.3 s and 1 s a width, and starts and stops gently.
    """

    _begin: float = 0.0
    _way: float = 0.0
    _took: float = 0.0
    _takes: float = 0.0
    _seen: "deque[float]" = field(default_factory=lambda: deque(maxlen=round(1.5 / DT)))
    KNOWN, UNKNOWN = 0.08, 0.03
    HEAD_SECONDS, HEAD_SECONDS_A_WIDTH = 0.3, 1.0

    def step(self, target: float) -> float:
        self._seen.append(target)
        if self._took >= self._takes:
            self._decide(target)
        self._took += DT
        if self._took < self._takes:
            share = self._took / self._takes
            self.x = self._begin + self._way * share * share * (3 - 2 * share)
        elif self._takes:
            self.x, self._takes = self._begin + self._way, 0.0
        return self.x

    def _decide(self, target: float) -> None:
        speed = self._speed()
        distance = target - self.x
        if abs(distance) < (self.KNOWN if speed else self.UNKNOWN) * CROP:
            return
        takes = self.HEAD_SECONDS + self.HEAD_SECONDS_A_WIDTH * abs(distance)
        goal = min(max(target + speed * takes, self.low), self.high)
        self._begin, self._way, self._took, self._takes = self.x, goal - self.x, 0.0, takes

    def _speed(self) -> float:
        """Widths a second by the line through the last 1.5 s; 0 where it is not certain."""
        count = len(self._seen)
        if count < 6:
            return 0.0
        middle, mean = (count - 1) / 2, sum(self._seen) / count
        spread = sum((number - middle) ** 2 for number in range(count))
        slope = sum((number - middle) * (x - mean) for number, x in enumerate(self._seen)) / spread
        scatter = sum((x - mean - slope * (number - middle)) ** 2 for number, x in enumerate(self._seen))
        certain = abs(slope) > 3 * math.sqrt(scatter / count / spread)
        return slope / DT if certain else 0.0
