"""The decision log of a job."""

from collections.abc import Mapping
from typing import Any

from ...camera.choice import policy_for
from ...camera.decision_lines import Start
from ...camera.decision_log import DecisionLog, LogSize
from ...model import JobSpec
from ..paths import JobPaths


def decision_log(
    spec: JobSpec, paths: JobPaths, policy_options: Mapping[str, Mapping[str, Any]]
) -> DecisionLog | None:
    """None: not asked for, or there is no program whose camera would decide anything."""
    if not spec.decision_log or spec.output is None:
        return None
    start = Start(
        job_id=spec.job_id,
        session_id=spec.session_id,
        at=spec.begin_at,
        view=spec.initial_view,
        policy=policy_for(spec.smoothing_policy, spec.lookahead_seconds),
        policy_options={name: dict(values) for name, values in policy_options.items()},
        lookahead_seconds=spec.lookahead_seconds,
        mode=spec.camera_mode,
        limits=spec.limits,
        framing=spec.framing,
        rules=spec.ptz,
    )
    return DecisionLog(paths.decisions, start, LogSize(spec.decision_log_megabytes, spec.decision_log_files))
