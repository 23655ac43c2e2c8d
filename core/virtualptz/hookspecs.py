"""Every hook that a plug-in can implement: the plug-in author's page.

A plug-in is a module (or object) named by an entry point in the group `virtualptz.plugins`, with functions
marked by `virtualptz.hookimpl`. Offers are collected once, when the process starts; observers are called in
the agent, after the fact, and never in the frame loop. A hook that raises loses that plug-in's own part only.
"""

from collections.abc import Iterable
from typing import Any

import pluggy

from .model import Extension, Finding, JobOutcome, JobRef, MediaInfo, TrackingUpdate
from .protocols import MediaBackend, SmoothingPolicy, TrackingSource

PROJECT = "virtualptz"
ENTRY_POINT_GROUP = "virtualptz.plugins"

hookspec = pluggy.HookspecMarker(PROJECT)


@hookspec
def vptz_media_backends() -> Iterable[Extension[MediaBackend, Any]]:  # type: ignore[empty-body]
    """Offer ways to open sources and sinks. Chosen by `RUNNER_MEDIA_BACKEND`."""


@hookspec
def vptz_smoothing_policies() -> Iterable[Extension[SmoothingPolicy, Any]]:  # type: ignore[empty-body]
    """Offer ways to move the camera. Chosen by `RUNNER_SMOOTHING_POLICY`."""


@hookspec
def vptz_tracking_sources() -> Iterable[Extension[TrackingSource, Any]]:  # type: ignore[empty-body]
    """Offer ways to measure play. Chosen by the tracking worker's `--mode`."""


@hookspec
def vptz_job_started(job: JobRef, media: MediaInfo) -> None:
    """A job's first picture has come; `media` says what it is."""


@hookspec
def vptz_job_stopped(job: JobRef, outcome: JobOutcome) -> None:
    """A job has ended, for the reason in `outcome`."""


@hookspec
def vptz_tracking_updated(job: JobRef, update: TrackingUpdate) -> None:
    """A tracking update was accepted for a job."""


@hookspec
def vptz_doctor() -> Iterable[Finding]:  # type: ignore[empty-body]
    """Say what this plug-in needs of the machine, and whether it is there. Called by `virtualptz doctor`."""
