"""The lines of a decision log: JSON, one object a line, its `kind` first.

`start`     how an operator begins, or how it stood where a file was rotated (`Start`)
`update`    a tracking update as in the contract, and `arrived`
`view`      one picture's view: `pts`, `center_x`, `center_y`, `zoom`, what was `wanted`, and who and why
`steer`, `recall`, `rule`, `reshape`   what people asked for, and the source's shape
`dropped`   how many `lines` found no room before this one

What an operator computes with is written to the last bit, so that a replay takes the same steps; what comes
out of it is rounded to a billionth of the picture.
"""

import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ..model import (
    NO_LIMITS,
    CameraMode,
    CropShape,
    Edges,
    FramingOptions,
    LimitBox,
    PtzRules,
    TrackingUpdate,
    View,
)
from .journal import Decided, Ruled, Steered

FORMAT = 1
DIGITS = 9
Kind = Literal["start", "update", "view", "steer", "recall", "rule", "reshape", "dropped"]


class Line(BaseModel):
    """A later version may write more keys; they are left out."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class ViewLine(Line):
    kind: Literal["view"] = "view"
    pts: float
    center_x: float
    center_y: float
    zoom: float = Field(gt=0)
    wanted: tuple[float, float, float] | None = None
    holder: Literal["auto", "manual", "none"]
    reason: str = ""
    policy: str = ""
    clock: float

    @property
    def view(self) -> View:
        return View(self.center_x, self.center_y, self.zoom)


class SteerLine(Line):
    """A person's target; with `glide_seconds` (then its kind is `recall`) a preset."""

    kind: Literal["steer", "recall"] = "steer"
    at: float
    view: tuple[float, float, float]
    glide_seconds: float | None = None
    name: str = ""
    clock: float

    @classmethod
    def of(cls, steered: Steered) -> "SteerLine":
        kind: Literal["steer", "recall"] = "steer" if steered.glide_seconds is None else "recall"
        numbers, glide = numbers_of(steered.view), steered.glide_seconds
        return cls(
            kind=kind,
            at=steered.at,
            view=numbers,
            glide_seconds=glide,
            name=steered.name,
            clock=steered.clock,
        )


class RuleLine(Line):
    kind: Literal["rule"] = "rule"
    at: float
    mode: CameraMode | None = None
    policy: str | None = None
    lookahead_seconds: float | None = None
    limits: LimitBox | None = None


class ReshapeLine(Line):
    kind: Literal["reshape"] = "reshape"
    at: float
    shape: tuple[float, float]
    aspect: float

    @property
    def crop(self) -> CropShape:
        return CropShape(*self.shape)


class Start(Line):
    """All that an operator is made of; no address, and so nothing secret."""

    kind: Literal["start"] = "start"
    format: int = FORMAT
    written: str = ""
    """When, by the wall clock, in ISO 8601; for people."""
    job_id: str = ""
    session_id: str = ""
    continues: bool = False
    """The same operator wrote the lines before this one, here or in the file before."""
    at: float = 0.0
    """Stream time of the last picture before."""
    view: tuple[float, float, float] = (0.5, 0.5, 1.0)
    shape: tuple[float, float] | None = None
    """Fractions of the source's width and height that a crop covers at zoom 1; None: no picture yet."""
    aspect: float | None = None
    policy: str
    policy_options: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """By policy, as far as they were set."""
    lookahead_seconds: float = 0.0
    mode: CameraMode = "auto"
    limits: LimitBox = NO_LIMITS
    framing: FramingOptions = FramingOptions()
    rules: PtzRules = PtzRules()
    held: SteerLine | None = None
    """The command of the person who holds the camera."""


class DroppedLine(Line):
    kind: Literal["dropped"] = "dropped"
    lines: int


def numbers_of(view: View) -> tuple[float, float, float]:
    return view.center_x, view.center_y, view.zoom


def update_line(update: TrackingUpdate, arrived: float) -> str:
    fields = update.model_dump_json(exclude_none=True)
    return f'{{"kind":"update","arrived":{arrived!r},{fields[1:]}'


def view_line(decided: Decided) -> str:
    """By hand: there are up to sixty of them a second."""
    view, wanted = decided.view, decided.wanted
    center_x, center_y, zoom = _rounded(view)
    wants = "null" if wanted is None else f"[{','.join(_rounded(wanted))}]"
    return (
        f'{{"kind":"view","pts":{decided.at!r},"center_x":{center_x},"center_y":{center_y},"zoom":{zoom},'
        f'"wanted":{wants},"holder":"{decided.holder}","reason":{json.dumps(decided.reason)},'
        f'"policy":{json.dumps(decided.policy)},"clock":{decided.clock!r}}}'
    )


def command_line(item: Steered | Ruled) -> str:
    if isinstance(item, Steered):
        return SteerLine.of(item).model_dump_json(exclude_none=True)
    rule = RuleLine(
        at=item.at,
        mode=item.mode,
        policy=item.policy,
        lookahead_seconds=item.lookahead_seconds,
        limits=item.limits,
    )
    return rule.model_dump_json(exclude_none=True)


def reshape_line(at: float, edges: Edges) -> str:
    shape = (edges.shape.width, edges.shape.height)
    return ReshapeLine(at=at, shape=shape, aspect=edges.aspect).model_dump_json()


def _rounded(view: View) -> list[str]:
    return [repr(round(number, DIGITS)) for number in numbers_of(view)]
