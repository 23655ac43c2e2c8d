"""Frozen values that every part of the agent and every plug-in shares.

Times are seconds of stream time (since the job's first frame); positions are fractions of the source
frame, (0, 0) top left; speeds are fractions of the source width a second.
"""

from .camera import (
    MAX_LOOKAHEAD_SECONDS,
    CameraMode,
    CameraQuality,
    CameraReport,
    FramingOptions,
    Holder,
    PtzRules,
)
from .extension import NO_UNIT, Extension, Finding, NoOptions
from .frozen import Frozen
from .histogram import STAGE_BOUNDS, Histogram, Stopwatch
from .job import JobKind, JobOutcome, JobRef, JobSpec, JobState, PreviewSpec
from .media import (
    AudioInfo,
    FilmPart,
    FrameRequest,
    MediaInfo,
    OutputSpec,
    PublishReport,
    SoundFrom,
    SourceOptions,
    SourceReport,
    VideoInfo,
)
from .tracking import ModeHint, PlayPhase, Target, TrackingState, TrackingUpdate
from .view import (
    MAX_ZOOM,
    MIN_ZOOM,
    NO_LIMITS,
    STILL,
    WHOLE_FRAME,
    CropShape,
    Edges,
    LimitBox,
    Sample,
    Speed,
    View,
)

__all__ = [
    "MAX_LOOKAHEAD_SECONDS",
    "MAX_ZOOM",
    "MIN_ZOOM",
    "NO_LIMITS",
    "NO_UNIT",
    "STAGE_BOUNDS",
    "STILL",
    "WHOLE_FRAME",
    "AudioInfo",
    "CameraMode",
    "CameraQuality",
    "CameraReport",
    "CropShape",
    "Edges",
    "Extension",
    "FilmPart",
    "Finding",
    "FrameRequest",
    "FramingOptions",
    "Frozen",
    "Histogram",
    "Holder",
    "JobKind",
    "JobOutcome",
    "JobRef",
    "JobSpec",
    "JobState",
    "LimitBox",
    "MediaInfo",
    "ModeHint",
    "NoOptions",
    "OutputSpec",
    "PlayPhase",
    "PreviewSpec",
    "PtzRules",
    "PublishReport",
    "Sample",
    "SoundFrom",
    "SourceOptions",
    "SourceReport",
    "Speed",
    "Stopwatch",
    "Target",
    "TrackingState",
    "TrackingUpdate",
    "VideoInfo",
    "View",
]
