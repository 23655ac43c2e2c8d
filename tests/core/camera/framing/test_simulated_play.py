"""A minute of simulated play, framed and followed: the ball and the players are in the picture."""

import math

import pytest

from virtualptz.camera.framing.framing import Framing
from virtualptz.camera.policies.lookahead import Lookahead, LookaheadOptions
from virtualptz.camera.policies.spring import Spring, SpringOptions
from virtualptz.camera.quality import QualityMeter
from virtualptz.model import CameraQuality, Edges, FramingOptions, View
from virtualptz.protocols import SmoothingPolicy
from virtualptz.tracking.observer import Observer
from virtualptz.tracking.play import Play

FPS, HERTZ, LATENCY = 25, 10, 0.15
ARRIVES = 5.0
"""Seconds that a camera may need from the wide view to play."""


def film(policy: SmoothingPolicy, begins: float, seconds: float) -> tuple[CameraQuality, float]:
    """Figures of the path, and its mean zoom."""
    observer, framing, meter, edges = (
        Observer(Play(7)),
        Framing(FramingOptions(), View()),
        QualityMeter(None),
        Edges(),
    )
    framing.reshape(edges)
    framing.foresee(policy.lookahead)
    policy.reset(View(), begins)
    told, octaves = 0, []
    for number in range(round(seconds * FPS)):
        at = begins + number / FPS
        while begins + told / HERTZ <= at + policy.lookahead - LATENCY:
            moment = begins + told / HERTZ
            framing.add(observer.update(moment), moment)
            if moment >= begins + ARRIVES:
                meter.seen(observer.update(moment), moment)
            told += 1
        wanted = framing.wanted(at - 2.0, at + policy.lookahead)
        view = edges.clamp(policy.step(at, wanted, edges))
        meter.add(at, view, None, edges)
        octaves.append(math.log2(view.zoom))
    return meter.figures(), 2 ** (sum(octaves) / len(octaves))


@pytest.mark.parametrize("begins", [0.0, 140.0])
def test_a_camera_that_knows_a_second_loses_neither_ball_nor_players(begins: float) -> None:
    quality, zoom = film(Lookahead(LookaheadOptions(lookahead=1.0)), begins, 40.0)
    assert quality.ball_in_view is not None
    assert quality.players_in_view is not None
    assert quality.ball_in_view >= 0.985
    assert quality.players_in_view >= 0.95
    assert zoom > 1.8
    assert quality.zoom_oscillations_per_minute < 20


def test_a_causal_camera_hardly_ever_loses_the_ball() -> None:
    quality, zoom = film(Spring(SpringOptions()), 140.0, 40.0)
    assert quality.ball_in_view is not None
    assert quality.ball_in_view >= 0.97
    assert zoom > 1.5
