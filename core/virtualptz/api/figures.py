"""What can be counted and measured of one job, by the names that its time series have."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import get_args

from ..jobs.messages import Heartbeat
from ..jobs.status import JobStatus, ProcessLoss
from ..model import CameraQuality, CameraReport
from ..model.histogram import Histogram

Readings = Mapping[tuple[str, ...], float | None]
"""By the values of the figure's labels; None: nothing told it."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One family of series; all have the label `job_id`, those of a counter end in `_total`."""

    name: str
    help: str
    read: Callable[[JobStatus], Readings]
    labels: tuple[str, ...] = ()
    counter: bool = False


@dataclass(frozen=True, slots=True)
class Timing:
    """One histogram of each job."""

    name: str
    help: str
    read: Callable[[JobStatus], Mapping[str, Histogram]]
    """By the values of the label."""
    label: str | None = None


def _beat(read: Callable[[Heartbeat], Readings]) -> Callable[[JobStatus], Readings]:
    return lambda job: {} if job.heartbeat is None else read(job.heartbeat)


def _camera(read: Callable[[CameraReport], float | None]) -> Callable[[JobStatus], Readings]:
    def readings(job: JobStatus) -> Readings:
        return {} if job.camera is None else {(): read(job.camera)}

    return readings


def _quality(read: Callable[[CameraQuality], float | None]) -> Callable[[JobStatus], Readings]:
    return _camera(lambda camera: read(camera.quality) if camera.quality.seconds else None)


def _count(name: str) -> Callable[[JobStatus], Readings]:
    return lambda job: {(): job.figures.counts.get(name)}


def _restarts(job: JobStatus) -> Readings:
    counts = job.figures.counts
    process: dict[tuple[str, ...], float | None] = {
        ("process", why): job.figures.losses.get(why, 0) for why in get_args(ProcessLoss)
    }
    return {
        **process,
        ("in", "lost"): counts.get("source_restarts"),
        ("out", "lost"): counts.get("publisher_restarts"),
    }


def _frames(job: JobStatus) -> Readings:
    counts = job.figures.counts
    return {
        ("in",): counts.get("frames_in"),
        ("detect",): job.figures.tracker_updates if job.tracking else None,
        ("encode",): counts.get("frames_out"),
        ("out",): counts.get("frames_coded"),
    }


def _center(job: JobStatus) -> Readings:
    view = job.camera.view if job.camera else None
    return {} if view is None else {("x",): view.center_x, ("y",): view.center_y}


JOB_FIGURES = (
    Figure(
        "vptz_job_restarts",
        "How often a part of the job was started again: its process, source (in) or publisher (out).",
        _restarts,
        ("stage", "reason"),
        counter=True,
    ),
    Figure(
        "vptz_job_memory_bytes",
        "What the job's processes take; pages that they share count for each.",
        lambda job: {(): job.memory_bytes},
    ),
    Figure(
        "vptz_job_cpu_seconds",
        "What the job's processes have computed.",
        lambda job: {(): job.figures.cpu_seconds},
        counter=True,
    ),
    Figure(
        "vptz_source_age_seconds",
        "Since the newest picture of the source.",
        lambda job: {(): job.figures.source_age},
    ),
    Figure(
        "vptz_source_frozen_seconds",
        "For how long the source has sent the same picture again and again; 0: it moves.",
        _beat(lambda beat: {(): (beat.source.frozen_seconds or 0.0) if beat.source else None}),
    ),
    Figure(
        "vptz_frames",
        "Pictures that were decoded (in), led to a tracking update (detect), went to the encoder (encode), "
        "left it (out).",
        _frames,
        ("stage",),
        counter=True,
    ),
    Figure(
        "vptz_frames_held",
        "Pictures shown again because no new one came.",
        _count("frames_held"),
        counter=True,
    ),
    Figure(
        "vptz_frames_dropped",
        "Pictures that did not make it to the encoder.",
        lambda job: {("encode", "late"): job.figures.counts.get("frames_dropped")},
        ("stage", "reason"),
        counter=True,
    ),
    Figure(
        "vptz_publish_packets_dropped",
        "Coded packets that the far side did not take in time.",
        _count("packets_dropped"),
        counter=True,
    ),
    Figure(
        "vptz_publish_written_bytes",
        "Coded program that was handed to the publisher.",
        _count("bytes_written"),
        counter=True,
    ),
    Figure(
        "vptz_publish_acked_bytes",
        "What the server that is published to has acknowledged, its protocol's own bytes among it.",
        _count("bytes_acknowledged"),
        counter=True,
    ),
    Figure(
        "vptz_publish_up",
        "1 while the program reaches where it is published.",
        _beat(lambda beat: {(): float(beat.publish.state == "publishing") if beat.publish else None}),
    ),
    Figure(
        "vptz_publish_reconnects",
        "How often publishing was begun again after a loss.",
        _count("publish_reconnects"),
        counter=True,
    ),
    Figure(
        "vptz_preview_viewers",
        "Open streams of the job's pictures, those of detectors among them.",
        lambda job: {(): job.figures.viewers},
    ),
    Figure(
        "vptz_preview_frames_skipped",
        "Pictures that a viewer did not get, since it had not taken the one before.",
        lambda job: {(): job.figures.frames_skipped},
        counter=True,
    ),
    Figure(
        "vptz_frame_rate_hertz",
        "Pictures a second of late.",
        _beat(lambda beat: {("in",): beat.fps_in, ("out",): beat.fps_out}),
        ("stage",),
    ),
    Figure(
        "vptz_stream_position_seconds",
        "Stream time of the newest picture.",
        _beat(lambda beat: {("in",): beat.pts_in, ("out",): beat.pts_out}),
        ("stage",),
    ),
    Figure(
        "vptz_tracker_confidence",
        "What the newest tracking update says of itself.",
        lambda job: {(): job.tracking.update.tracking_confidence} if job.tracking else {},
    ),
    Figure(
        "vptz_tracker_lost",
        "How often the tracking began to say that it has lost the play.",
        lambda job: {(): job.figures.tracker_lost if job.tracking else None},
        counter=True,
    ),
    Figure(
        "vptz_tracker_update_timestamp_seconds",
        "When the newest tracking update came, in Unix time.",
        lambda job: {(): job.tracking.updated_at.timestamp()} if job.tracking else {},
    ),
    Figure(
        "vptz_tracker_updates_hertz",
        "Tracking updates a second of late.",
        lambda job: {(): job.pace.rate_hertz} if job.pace else {},
    ),
    Figure(
        "vptz_tracker_latency_seconds",
        "From a frame's stream time to the arrival of its tracking update, of late.",
        lambda job: {(): job.pace.latency_seconds} if job.pace else {},
    ),
)

CAMERA_FIGURES = (
    Figure(
        "vptz_camera_lookahead_seconds",
        "How long after the camera the program leaves.",
        _camera(lambda camera: camera.lookahead_seconds),
    ),
    Figure(
        "vptz_camera_lookahead_asked_seconds",
        "How long after the camera the program was meant to leave.",
        lambda job: {(): job.rules.lookahead_seconds} if job.rules else {},
    ),
    Figure(
        "vptz_camera_takeover_left_seconds",
        "Until the camera goes back to the tracking.",
        _camera(lambda camera: camera.takeover_seconds_left),
    ),
    Figure(
        "vptz_camera_problem",
        "1 where the camera works otherwise than it was told to.",
        _camera(lambda camera: float(camera.problem is not None)),
    ),
    Figure(
        "vptz_camera_center_ratio",
        "Centre of the view, fractions of the source's width and height.",
        _center,
        ("axis",),
    ),
    Figure(
        "vptz_camera_speed_ratio",
        "How fast the view moves, source widths a second.",
        lambda job: {(): job.figures.camera_speed},
    ),
    Figure(
        "vptz_camera_zoom_ratio",
        "How many times smaller than the source the view is.",
        _camera(lambda camera: camera.view.zoom),
    ),
)

TIMINGS = (
    Timing(
        "vptz_stage_seconds",
        "What a picture takes: behind its decoding (in), until its tracking update is here (detect), for "
        "camera, crop and encoder (encode), from there until the publisher has it (out).",
        lambda job: {**job.figures.timings, "detect": job.figures.detect},
        "stage",
    ),
    Timing(
        "vptz_outage_seconds",
        "How long the program was cut off from its source or from where it is published, or had no process.",
        lambda job: {"": job.figures.outages},
    ),
    Timing(
        "vptz_ptz_command_seconds",
        "From a camera command's arrival to its answer.",
        lambda job: {"": job.figures.commands},
    ),
)

QUALITY_FIGURES = (
    Figure(
        "vptz_camera_quality_window_seconds",
        "How much of the camera's path its quality figures are of.",
        _quality(lambda quality: quality.seconds),
    ),
    Figure(
        "vptz_camera_jerk_rms",
        "RMS jerk of the camera's path, source widths / s^3.",
        _quality(lambda quality: quality.rms_jerk),
    ),
    Figure(
        "vptz_camera_acceleration_rms",
        "RMS acceleration of the camera's path, source widths / s^2.",
        _quality(lambda quality: quality.rms_acceleration),
    ),
    Figure(
        "vptz_camera_speed_peak",
        "Greatest speed of the camera, source widths / s.",
        _quality(lambda quality: quality.peak_speed),
    ),
    Figure(
        "vptz_camera_direction_changes_hertz",
        "How often a second the camera turns back.",
        _quality(lambda quality: quality.direction_changes_per_minute / 60),
    ),
    Figure(
        "vptz_camera_zoom_oscillations_hertz",
        "How often a second the zoom turns back.",
        _quality(lambda quality: quality.zoom_oscillations_per_minute / 60),
    ),
    Figure(
        "vptz_camera_still_ratio",
        "Share of time in which the camera stands.",
        _quality(lambda quality: quality.still_share),
    ),
    Figure(
        "vptz_camera_edge_ratio",
        "Share of time in which the view touches an edge of where it may look.",
        _quality(lambda quality: quality.edge_share),
    ),
    Figure(
        "vptz_camera_wanted_distance_rms",
        "RMS distance of the view's centre from the wanted one, source widths.",
        _quality(lambda quality: quality.wanted_distance),
    ),
    Figure(
        "vptz_camera_players_in_view_ratio",
        "Share of the players seen that were in view.",
        _quality(lambda quality: quality.players_in_view),
    ),
    Figure(
        "vptz_camera_ball_in_view_ratio",
        "Share of the times the ball was seen in which it was in view.",
        _quality(lambda quality: quality.ball_in_view),
    ),
)
FIGURES = JOB_FIGURES + CAMERA_FIGURES + QUALITY_FIGURES
