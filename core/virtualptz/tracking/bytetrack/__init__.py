"""ByteTrack for detectors that have no tracker of their own (Zhang et al., ECCV 2022)."""

from .options import ByteTrackOptions
from .track import Track
from .tracker import ByteTrack

__all__ = ["ByteTrack", "ByteTrackOptions", "Track"]
