"""What agent and job process say to each other, as frozen values."""

import struct
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from ..model import (
    MAX_LOOKAHEAD_SECONDS,
    CameraMode,
    CameraReport,
    Frozen,
    Holder,
    LimitBox,
    PublishReport,
    SourceReport,
    TrackingUpdate,
)
from ..model.histogram import Histogram
from ..wire.job import MediaSummary, Phase
from ..wire.view import ViewValue

SHARED = "/shared"
"""At the end of a tap's name."""

TapOf = Literal["program", "source", "overlay"]
"""`overlay`: the source's picture that leaves now, with what was seen and decided drawn on it."""

JOB_ENVIRON = "VIRTUALPTZ_JOB_ID"
"""In the environment of a job's process and of all that it starts, so that its remains can be told."""
EXIT_LOCKED = 75
"""BSD's EX_TEMPFAIL: another process holds this job's lock."""


# agent -> job


class Ptz(Frozen):
    """Move the program's camera; answered by a PtzReply of the same `id`."""

    type: Literal["ptz"] = "ptz"
    id: int
    view: ViewValue


class Recall(Frozen):
    """Glide to a preset; answered by a Recalled of the same `id`."""

    type: Literal["recall"] = "recall"
    id: int
    name: str
    view: ViewValue
    glide_seconds: float = Field(ge=0)


class Rule(Frozen):
    """How the operator works from now on (None: as before); answered by a Ruled of the same `id`."""

    type: Literal["rule"] = "rule"
    id: int
    mode: CameraMode | None = None
    policy: str | None = None
    lookahead_seconds: float | None = Field(default=None, ge=0, le=MAX_LOOKAHEAD_SECONDS)
    limits: LimitBox | None = None


class Tracking(Frozen):
    type: Literal["tracking"] = "tracking"
    update: TrackingUpdate


class Watch(Frozen):
    """Start sending JPEGs of the program (or of the source, through `view`) under the name `tap`.

    An overlay is asked only of a process whose heartbeat said that it draws one: an older one would break
    the connection off.
    """

    type: Literal["watch"] = "watch"
    tap: str
    of: TapOf
    view: ViewValue | None = None
    scale: str = "640:-1"
    """"W:H" in pixels, -1 for the side that follows from the aspect."""
    fps: float = Field(default=20, gt=0, le=60)
    quality: int = Field(default=8, ge=2, le=31)

    @property
    def shared(self) -> bool:
        """Whether the pictures are wanted in shared memory.

        The name says it, not a field: a process of an older version then sends JPEGs, which will do as well.
        """
        return self.tap.endswith(SHARED)


class Aim(Frozen):
    """Move the view of a tap."""

    type: Literal["aim"] = "aim"
    tap: str
    view: ViewValue


class Unwatch(Frozen):
    type: Literal["unwatch"] = "unwatch"
    tap: str


class Stop(Frozen):
    """Drain, close the outputs and end as `stopped`."""

    type: Literal["stop"] = "stop"


Command = Annotated[
    Ptz | Recall | Rule | Tracking | Watch | Aim | Unwatch | Stop, Field(discriminator="type")
]


# job -> agent


class Heartbeat(Frozen):
    """Twice a second, for as long as the render loop turns."""

    type: Literal["heartbeat"] = "heartbeat"
    job_id: str
    pid: int
    phase: Phase
    media: MediaSummary | None = None
    pts_in: float | None = None
    """Stream time of the newest decoded picture."""
    pts_out: float | None = None
    program_at: float | None = None
    """The same by the program's clock, whose time stamps viewers have."""
    """Stream time of the newest picture handed to the sink."""
    fps_in: float = 0.0
    fps_out: float = 0.0
    frames_in: int = 0
    frames_out: int = 0
    frames_held: int = 0
    """Pictures repeated while the source was away."""
    frames_dropped: int = 0
    """Decoded pictures that came too late for the output."""
    packets_dropped: int = 0
    source_restarts: int = 0
    publisher_restarts: int = 0
    last_error: str | None = None
    next_attempt_seconds: float | None = None
    """Of a process that an older version started; `source` tells it now."""
    source: SourceReport | None = None
    publish: PublishReport | None = None
    """None: no program, or none that goes over a network or to a file yet."""
    view: ViewValue = ViewValue()
    holder: Holder = "none"
    camera: CameraReport | None = None
    """None: no program."""
    target: str = ""
    overlay: bool = False
    """Whether this process draws one; one that an older version started does not."""
    frames_coded: int | None = None
    """Pictures that left the encoder; None: this process does not tell, nor what follows."""
    bytes_written: int | None = None
    """Of coded program, handed to the publisher."""
    bytes_acknowledged: int | None = None
    """By the server that is published to; None: that is not known of it, or this process does not tell."""
    picture_age: float | None = None
    """Seconds since the newest decoded picture; None: there was none."""
    timings: dict[str, Histogram] = Field(default_factory=dict)
    """What a picture takes, by the stage."""


class PtzReply(Frozen):
    type: Literal["ptz_reply"] = "ptz_reply"
    id: int
    applied: bool
    queued: bool
    reason: str


class Recalled(Frozen):
    type: Literal["recalled"] = "recalled"
    id: int
    glide_seconds: float
    """How long it really takes."""


class Ruled(Frozen):
    type: Literal["ruled"] = "ruled"
    id: int
    camera: CameraReport
    """With the new rules in force."""
    error: str | None = None
    """Why nothing has changed."""


@dataclass(frozen=True, slots=True)
class FrameHeader:
    """Followed by the JPEG as the message's payload. Packed, not JSON: there are dozens a second."""

    tap: str
    pts: float
    width: int
    height: int
    place: str = ""
    """Where in shared memory the picture lies, instead of the JPEG."""

    def pack(self) -> bytes:
        name = f"{self.tap}\0{self.place}" if self.place else self.tap
        return _FRAME.pack(self.pts, self.width, self.height) + name.encode()

    @classmethod
    def unpack(cls, body: bytes) -> "FrameHeader":
        """Raises ValueError."""
        if len(body) < _FRAME.size or body[0] != 0:
            raise ValueError("neither JSON nor a frame's header")
        tap, _, place = body[_FRAME.size :].decode().partition("\0")
        pts, width, height = _FRAME.unpack_from(body)
        return cls(tap, pts, width, height, place)


class Ended(Frozen):
    """The job's last word, also left as `outcome.json` in the job's folder."""

    type: Literal["ended"] = "ended"
    state: Literal["stopped", "failed"]
    error: str | None = None


_Said = Annotated[Heartbeat | PtzReply | Recalled | Ruled | Ended, Field(discriminator="type")]
Report = _Said | FrameHeader

COMMANDS: TypeAdapter[Command] = TypeAdapter(Command)
_SAID: TypeAdapter[_Said] = TypeAdapter(_Said)
_FRAME = struct.Struct("!xdII")
"""A zero, which no JSON begins with; pts, width and height. The tap's name follows."""


def read_report(body: bytes) -> Report:
    """Raises ValueError for what this version does not understand.

    What a newer version tells besides is left out: its jobs stay on air under an agent that went back.
    """
    return _SAID.validate_json(body, extra="ignore") if body.startswith(b"{") else FrameHeader.unpack(body)
