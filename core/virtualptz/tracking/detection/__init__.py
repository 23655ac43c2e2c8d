"""From a picture to a tracking update: what detector plug-ins share."""

from .ball import BallTracker
from .detections import BALL, PLAYER, Detections
from .detector import Detector
from .options import DetectorOptions
from .reader import PlayReader
from .scene import Ball, Scene
from .source import DetectorSource

__all__ = [
    "BALL",
    "PLAYER",
    "Ball",
    "BallTracker",
    "Detections",
    "Detector",
    "DetectorOptions",
    "DetectorSource",
    "PlayReader",
    "Scene",
]
