"""Every run that the camera's benchmark needs, side by side on all cores."""

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context

from virtualptz.camera.policies.lookahead import LookaheadOptions
from virtualptz.model import CameraQuality

from . import camera_pan as pan
from . import camera_peers as peers
from . import camera_zoom as zoom
from .camera_drive import causal
from .camera_play import Detector, Scene
from .camera_zoom import Shot
from .camera_zoom_peers import ClusterBox, GroupFramer, MakeZoom, RequiredRegions

RAW = "the newest detection itself"
LIMIT = "the limit: the whole game known"
PEERS: dict[str, peers.Make] = {
    "exponential (AutoPTZ)": peers.Exponential,
    "One Euro (1.0, 0)": peers.OneEuro,
    "PID (obs-face-tracker)": peers.FaceTrackerPid,
    "kinematic (AutoFlip)": peers.Kinematic,
    "velocity integrator (HockeyMOM)": peers.VelocityIntegrator,
    "move rule (Frigate)": peers.MoveRule,
}
WINDOWS = (0.2, 0.5, 1.0, 2.0, 5.0)
TRIED = (0.5, 1.0, 2.0)
"""Windows of `lookahead` that are tried on harder material, beside `spring`."""
PLAIN = "as above"
CONDITIONS = {
    PLAIN: Detector(),
    "150 ms late": Detector(latency=0.15),
    "5 detections a second": Detector(hertz=5),
    "1 s of silence in 10": Detector(silence=1.0),
}
ZOOM_PEERS: dict[str, MakeZoom] = {
    "group framing (AutoPTZ)": GroupFramer,
    "required regions (AutoFlip)": RequiredRegions,
    "cluster box (HockeyMOM)": ClusterBox,
}
MARGINS = (0.7, 0.8, 0.9, 0.95, 1.0, 1.25, 1.5, 2.0, 2.5)


def lookahead(seconds: float) -> str:
    return f"`lookahead` {seconds:g} s"


def policies(windows: Iterable[float], causal: Iterable[str]) -> dict[str, tuple[str, float]]:
    """By what the table calls them: the policy and its look-ahead."""
    without = {f"`{name}`": (name, 0.0) for name in causal}
    return without | {lookahead(seconds): ("lookahead", seconds) for seconds in windows}


@dataclass(frozen=True)
class Results:
    """What each way to move, and to frame, came to."""

    panned: Mapping[tuple[str, str], CameraQuality]
    """By name and condition."""
    zoomed: Mapping[str, Shot]
    margins: Mapping[tuple[str, float], Shot]
    """Peers, by name and by how much more than their own box they show."""


def run(scene: Scene) -> Results:
    """On all cores."""
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        return run_in(pool, scene)


def run_in(pool: Executor, scene: Scene) -> Results:
    zoomed = {
        name: pool.submit(zoom.operate, scene, Detector(), *policy)
        for name, policy in policies(TRIED, ["spring"]).items()
    }
    panned = {
        (name, condition): pool.submit(work, scene, CONDITIONS[condition])
        for name, condition, work in _panning()
    }
    framed = {
        name: pool.submit(zoom.follow_all, scene, Detector(), make, MARGINS)
        for name, make in ZOOM_PEERS.items()
    }
    return Results(
        {key: each.result() for key, each in panned.items()},
        {key: each.result() for key, each in zoomed.items()},
        {
            (name, margin): shot
            for name, each in framed.items()
            for margin, shot in zip(MARGINS, each.result(), strict=True)
        },
    )


Pan = Callable[[Scene, Detector], CameraQuality]


def _panning() -> Iterable[tuple[str, str, Pan]]:
    followers = {name: partial(pan.follow, make=make) for name, make in {RAW: peers.Raw, **PEERS}.items()}
    ours = {
        name: partial(pan.operate, policy=policy, lookahead=seconds)
        for name, (policy, seconds) in policies(WINDOWS, causal()).items()
    }
    limit = {LIMIT: partial(pan.optimum, jerk_weight=LookaheadOptions().jerk_weight)}
    tried = policies(TRIED, ["spring"])
    for name, work in {**followers, **ours, **limit}.items():
        for condition in CONDITIONS if name in tried or name not in ours else [PLAIN]:
            yield name, condition, work
