"""ByteTrack for detectors that have no tracker of their own (Zhang et al., ECCV 2022)."""

from .options import AS_PUBLISHED, ByteTrackOptions
from .track import Track
from .tracker import ByteTrack

__all__ = ["AS_PUBLISHED", "ByteTrack", "ByteTrackOptions", "Track"]
