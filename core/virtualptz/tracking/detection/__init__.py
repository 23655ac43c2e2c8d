"""From a picture to a tracking update: what detector plug-ins share."""

from .detections import BALL, PLAYER, Detections
from .options import DetectorOptions

__all__ = ["BALL", "PLAYER", "Detections", "DetectorOptions"]
