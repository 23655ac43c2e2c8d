"""An example of every body, for the OpenAPI document: tests hold each to its schema and send the requests."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..wire.problems import Name

INGEST, PREVIEW = "ing_Zk3vQ0mBxq1T", "prv_8sHc2LwYd0aR"
AT = "2026-03-01T18:00:02.510000Z"
CAMERA = "rtsp://camera.example/wide"
VIEW = {"center_x": 0.41, "center_y": 0.55, "zoom": 1.9}
NO_VIEW = {"center_x": 0.5, "center_y": 0.5, "zoom": 1.0}
TRACKED = {
    "tracking_confidence": 0.9,
    "tracking_state": "stable",
    "fallback_active": False,
    "occlusion_level": 0.1,
    "source": "yolo-bytetrack",
    "tracking_mode_hint": "follow_play",
    "play_phase": "set_offense",
    "possession_side": "left",
    "target_x": 0.41,
    "target_y": 0.55,
    "target_zoom": 1.9,
    "targets": [
        {"x": 0.38, "y": 0.6, "confidence": 0.93, "cls": "player", "track_id": 7},
        {"x": 0.44, "y": 0.52, "confidence": 0.71, "cls": "ball"},
    ],
    "frame_pts": 12.48,
}
DETECTED = {
    "job_id": INGEST,
    "state": "running",
    "detector": "motion",
    "detector_state": "starting",
    "detector_problem": None,
    "detector_next_attempt_in": None,
}
PRESETS = {
    "job_id": INGEST,
    "presets": [
        {"center_x": 0.2, "center_y": 0.55, "zoom": 2.5, "name": "left basket", "updated_at": AT},
    ],
}
JOB = {
    "job_id": INGEST,
    "state": "running",
    "restart_count": 0,
    "last_error": None,
    "kind": "ingest",
    "session_id": "final",
    "created_at": "2026-03-01T17:58:40.100000Z",
    "phase": "streaming",
    "media": {
        "codec": "h264",
        "width": 3840,
        "height": 2160,
        "frame_rate": "30/1",
        "audio_codec": "aac",
        "sample_rate": 48000,
        "channels": 2,
        "live": True,
    },
    "pts": 82.4,
    "pts_out": 81.4,
    "fps_in": 30.0,
    "fps_out": 30.0,
    "frames_in": 2472,
    "frames_out": 2442,
    "frames_held": 0,
    "frames_dropped": 0,
    "packets_dropped": 0,
    "source_restarts": 0,
    "publisher_restarts": 0,
    "source": {
        "state": "streaming",
        "reason": None,
        "attempts": 0,
        "next_attempt_in": None,
        "frozen_seconds": None,
    },
    "publish": {
        "state": "publishing",
        "reason": None,
        "attempts": 0,
        "next_attempt_in": None,
        "reconnects": 0,
    },
    "view": VIEW,
    "holder": "auto",
    "camera_mode": "auto",
    "policy": "lookahead",
    "lookahead_seconds": 1.0,
    "camera_problem": None,
    "memory_bytes": 412000000,
    "target": "rtmp://broadcast.example",
    "detector": "motion",
    "detector_state": "running",
    "detector_problem": None,
    "detector_next_attempt_in": None,
    "overlay_url": f"http://127.0.0.1:9001/runner/preview/stream/{INGEST}?token=1893.c2lnbmVk&overlay=1",
}
UNKNOWN = {"job_id": "ing_nobody", "state": "unknown", "restart_count": 0, "last_error": None}
CAMERA_NOW = {
    "job_id": INGEST,
    "state": "running",
    "available": True,
    "view": VIEW,
    "wanted": {"center_x": 0.44, "center_y": 0.55, "zoom": 1.9},
    "holder": "auto",
    "reason": "follow_play",
    "mode": "auto",
    "policy": "lookahead",
    "policy_asked": "auto",
    "lookahead_seconds": 1.0,
    "lookahead_asked_seconds": 1.0,
    "takeover_seconds_left": None,
    "limits": None,
    "problem": None,
    "quality": {
        "seconds": 60.0,
        "rms_jerk": 0.11,
        "rms_acceleration": 0.07,
        "peak_speed": 0.21,
        "direction_changes_per_minute": 4.0,
        "still_share": 0.22,
        "edge_share": 0.05,
        "zoom_oscillations_per_minute": 1.0,
        "wanted_distance": 0.006,
        "players_in_view": 0.97,
        "ball_in_view": 0.99,
    },
}
PLUGIN: dict[str, Any] = {
    "name": "motion",
    "state": "loaded",
    "reason": None,
    "remedy": None,
    "distribution": "virtualptz-runner-agent",
    "version": "0.3.0",
    "license": "Apache-2.0",
    "offers": {"media_backends": [], "smoothing_policies": [], "tracking_sources": ["motion"]},
    "hooks": [],
    "missing": {},
}
OPTION = {
    "extension": "motion",
    "name": "warmup_seconds",
    "type": "number",
    "allowed": "number from 0 to 60",
    "default": 1.0,
    "required": False,
    "unit": "seconds",
    "description": "before it reports anything",
    "value": 2.0,
    "origin": "environment",
    "variable": "RUNNER_PLUGIN_MOTION_WARMUP_SECONDS",
    "key": "plugin.motion.warmup_seconds",
}
EVENT = (
    f'id: 5f0c2f8a91d3-17\nevent: job\ndata: {{"at":"{AT}","job_id":"{INGEST}","kind":"ingest",'
    '"session_id":"final","state":"running","phase":"reconnecting","restart_count":0,'
    '"last_error":"connection refused","publish_state":"publishing"}\n\n'
)


@dataclass(frozen=True, slots=True)
class Examples:
    """Of one operation, each by a name of its own."""

    answers: Mapping[str, Any]
    requests: Mapping[str, Any] = field(default_factory=dict)


def _one(answer: object, request: object = None) -> Examples:
    return Examples({"usual": answer}, {} if request is None else {"usual": request})


EXAMPLES: dict[str, Examples] = {
    "health": _one({"status": "ok", "preview_jobs": 0, "ingest_jobs": 1}),
    "healthz": _one({"status": "ok"}),
    "readyz": _one(
        {
            "ready": True,
            "checks": {
                "agent": "ok",
                "disk": "ok",
                "jobs": "ok",
                "media": "ok",
                "memory": "ok",
                "store": "ok",
            },
        }
    ),
    "probe": _one(
        {"ok": True, "details": ["codec_name=h264", "width=1920", "height=1080", "r_frame_rate=30/1"]},
        {"source_uri_ref": CAMERA, "timeout_seconds": 6.0},
    ),
    "ingest_start": Examples(
        {"usual": {"job_id": INGEST, "state": "running"}},
        {
            "least": {"session_id": "final", "source_uri_ref": CAMERA, "profile": "balanced"},
            "all": {
                "session_id": "final",
                "source_uri_ref": CAMERA,
                "profile": "quality",
                "replica_index": 0,
                "lookahead_seconds": 1.0,
                "smoothing_policy": "auto",
                "camera_mode": "auto",
                "limits": {"left": 0.1, "top": 0.2, "right": 0.9, "bottom": 1.0},
                "framing": {"max_zoom": 2.2},
                "decision_log": True,
                "detector": "auto",
            },
        },
    ),
    "ingest_stop": _one({"state": "stopped"}, {"job_id": INGEST}),
    "preview_start": Examples(
        {
            "usual": {
                "job_id": PREVIEW,
                "preview_kind": "mjpeg",
                "preview_url": f"http://127.0.0.1:9001/runner/preview/stream/{PREVIEW}?token=1893.c2lnbmVk",
            }
        },
        {
            "least": {"source_uri_ref": CAMERA},
            "all": {
                "source_uri_ref": CAMERA,
                "profile": {
                    "fps": 10,
                    "scale": "640:-1",
                    "q_v": 5,
                    "ptz": NO_VIEW,
                    "start_seconds": 0,
                    "transport": "mjpeg",
                },
            },
        },
    ),
    "preview_stop": _one({"stopped": True}, {"job_id": PREVIEW}),
    "preview_ptz_update": _one(
        {
            "job_id": PREVIEW,
            "preview_kind": "mjpeg",
            "state": "running",
            "ptz": VIEW,
            "applied": True,
            "method": "subpixel_crop",
        },
        {"job_id": PREVIEW, **VIEW},
    ),
    "job_status": Examples({"usual": JOB, "unknown": UNKNOWN}, {"usual": {"job_id": INGEST}}),
    "jobs": _one({"jobs": [JOB]}),
    "job_logs": _one(
        "2026-03-01 18:00:02,510 INFO virtualptz.jobs.process.intake: source open: h264, 3840x2160, 30 fps\n"
    ),
    "events": _one(EVENT),
    "metrics": _one('# TYPE vptz_jobs gauge\nvptz_jobs{kind="ingest",state="running"} 1.0\n'),
    "ptz_update": _one(
        {
            "job_id": INGEST,
            "state": "running",
            "ptz": VIEW,
            "applied": True,
            "queued": False,
            "reason": "applied",
        },
        {"job_id": INGEST, **VIEW},
    ),
    "ptz_mode": Examples(
        {"usual": {**CAMERA_NOW, "mode": "manual", "applied": True, "queued": False}},
        {
            "manual": {"job_id": INGEST, "mode": "manual"},
            "limits": {
                "job_id": INGEST,
                "limits": {"left": 0.1, "top": 0.2, "right": 0.9, "bottom": 1.0},
            },
            "no_limits": {"job_id": INGEST, "limits": None},
            "all": {"job_id": INGEST, "mode": "auto", "policy": "auto", "lookahead_seconds": 1.0},
        },
    ),
    "ptz_status": _one(CAMERA_NOW, {"job_id": INGEST}),
    "ptz_presets": Examples(
        {"usual": PRESETS},
        {
            "store": {
                "job_id": INGEST,
                "name": "left basket",
                "center_x": 0.2,
                "center_y": 0.55,
                "zoom": 2.5,
            },
            "list": {"job_id": INGEST},
            "delete": {"job_id": INGEST, "name": "left basket", "delete": True},
        },
    ),
    "ptz_presets_recall": _one(
        {
            "job_id": INGEST,
            "state": "running",
            "name": "left basket",
            "ptz": {"center_x": 0.2, "center_y": 0.55, "zoom": 2.5},
            "glide_seconds": 2.0,
            "applied": True,
            "queued": False,
            "reason": "applied",
        },
        {"job_id": INGEST, "name": "left basket", "glide_seconds": 2},
    ),
    "tracking_update": Examples(
        {"usual": {**TRACKED, "job_id": INGEST, "updated_at": AT}},
        {
            "least": {"job_id": INGEST, "tracking_confidence": 0.9},
            "all": {"job_id": INGEST, **TRACKED},
        },
    ),
    "tracking_status": Examples(
        {
            "usual": {**TRACKED, "job_id": INGEST, "updated_at": AT, "available": True},
            "unknown": {
                "job_id": "ing_nobody",
                "tracking_confidence": 0.0,
                "tracking_state": "lost",
                "fallback_active": True,
                "occlusion_level": 1.0,
                "source": "runner",
                "available": False,
            },
        },
        {"usual": {"job_id": INGEST}},
    ),
    "tracking_start": _one(DETECTED, {"job_id": INGEST, "detector": "motion"}),
    "tracking_stop": _one({**DETECTED, "detector": "none", "detector_state": "off"}, {"job_id": INGEST}),
    "plugins": _one({"plugins": [PLUGIN]}),
    "plugin": _one({**PLUGIN, "options": [OPTION], "wrong": []}),
    "plugins_rescan": _one({"plugins": [PLUGIN]}),
    "plugin_enable": _one(PLUGIN),
    "plugin_disable": _one({**PLUGIN, "state": "disabled"}),
}
NOT_READY = {
    "ready": False,
    "checks": {
        "agent": "ok",
        "disk": "full",
        "jobs": "ok",
        "media": "ok",
        "memory": "ok",
        "store": "failing",
    },
}
DETAILS: dict[Name, Any] = {
    "no-key": "send the API key: Authorization: Bearer <RUNNER_API_KEY>",
    "wrong-key": "wrong API key",
    "stale-preview": "this preview URL is not valid, or no longer: start the preview anew",
    "not-local": (
        "no API key is set, so only clients on this machine that call it 127.0.0.1 or localhost are served; "
        "set RUNNER_API_KEY"
    ),
    "unknown-path": "Not Found",
    "unknown-job": "no ingest ing_nobody",
    "unknown-plugin": "no plug-in 'moton' is installed; there are: ffmpeg, motion, policies, tracking",
    "unknown-preset": "this camera has no preset 'right'; there are: 'left basket'",
    "method-not-allowed": "Method Not Allowed",
    "late-request": "the body was not whole within 10 s",
    "job-not-running": f"job {INGEST} has ended",
    "target-in-use": f"job {INGEST} publishes there already: stop it first, or put {{job_id}} into "
    "RUNNER_INGEST_OUTPUT_URI",
    "key-in-use": "a request with this Idempotency-Key is under way: ask again in a second",
    "body-too-long": "the body is longer than 65536 bytes",
    "invalid-request": [{"type": "missing", "loc": ["body", "job_id"], "msg": "Field required"}],
    "cannot-work": "policy: there is no smoothing policy 'x'; there are: lookahead, spring; or auto",
    "key-reused": "this Idempotency-Key was used for another request: make a new one",
    "unreadable-request": "There was an error parsing the body",
    "head-too-long": "the head is too long",
    "internal": "internal error; the agent's log says more",
    "source-failed": "probe failed: cannot open rtsp://camera.example: connection refused",
    "source-timeout": "probe timeout",
    "limit-reached": "8 jobs run already (RUNNER_MAX_JOBS)",
    "too-many-connections": "500 connections are open already",
    "no-picture": "no picture came within 4 s: is its source away?",
    "plugin-failed": "plug-in 'motion' is disabled",
    "stopping": "the agent is stopping",
    "store-failed": "the job store cannot be written: database or disk is full",
}
