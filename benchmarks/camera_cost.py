"""What one picture's view costs: the operator at 60 pictures a second with two seconds of look-ahead."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import ParamSpec, TypeVar

from virtualptz.camera.framing.framing import Framing
from virtualptz.camera.operator import HISTORY_SECONDS, CameraOperator, NamedPolicy, OperatorSpec
from virtualptz.camera.quality import QualityMeter
from virtualptz.model import Edges, FramingOptions, View

from .camera_drive import StreamClock, new_policy
from .camera_play import RATE, Detector, Passage, Scene
from .camera_zoom import CAMERA, seen, update

PICTURES_A_SECOND = 60
LOOKAHEAD = 2.0
WARM_UP_SECONDS = 5.0
P = ParamSpec("P")
T = TypeVar("T")


@dataclass
class Costs:
    """Seconds of each call."""

    whole: list[float] = field(default_factory=list)
    """`view_at` of the operator."""
    framing: list[float] = field(default_factory=list)
    policy: list[float] = field(default_factory=list)
    quality: list[float] = field(default_factory=list)
    update: list[float] = field(default_factory=list)
    """`track` of the operator."""


def measure_costs(scene: Scene, policy: str = "lookahead") -> Costs:
    """The parts are measured on their own, each fed as the operator feeds its own one."""
    costs = Costs()
    for passage in scene.footage.passages:
        _measure_passage(passage, policy, costs)
    return costs


def _measure_passage(passage: Passage, policy: str, costs: Costs) -> None:
    edges, clock = Edges(aspect=CAMERA.aspect), StreamClock()
    operator = CameraOperator(
        NamedPolicy(policy, new_policy(policy, LOOKAHEAD)),
        OperatorSpec(lookahead_seconds=LOOKAHEAD),
        clock=clock,
    )
    framing, alone, meter = Framing(FramingOptions(), View()), new_policy(policy, LOOKAHEAD), QualityMeter()
    framing.reshape(edges)
    alone.reset(View(), passage.begins)
    waiting = Detector().pictures(passage)[::-1]
    seconds = len(passage.ball) / RATE
    for number in range(int((seconds - LOOKAHEAD) * PICTURES_A_SECOND)):
        at = clock.now = passage.begins + number / PICTURES_A_SECOND
        newest = at + LOOKAHEAD
        while waiting and passage.begins + waiting[-1] / RATE <= newest:
            what = seen(passage, waiting[-1])
            measured = passage.begins + waiting.pop() / RATE
            news = update(measured, what)
            costs.update.append(_timed(operator.track, news, newest)[1])
            framing.add(news, measured)
            meter.seen(news, measured)
        samples, framed = _timed(framing.wanted, at - HISTORY_SECONDS, newest)
        view, stepped = _timed(alone.step, at, samples, edges)
        _, added = _timed(meter.add, at, view, samples[0].view, edges)
        _, whole = _timed(operator.view_at, at)
        if number >= WARM_UP_SECONDS * PICTURES_A_SECOND:
            costs.framing.append(framed)
            costs.policy.append(stepped)
            costs.quality.append(added)
            costs.whole.append(whole)


def _timed(call: Callable[P, T], *given: P.args, **named: P.kwargs) -> tuple[T, float]:
    begin = perf_counter()
    result = call(*given, **named)
    return result, perf_counter() - begin
