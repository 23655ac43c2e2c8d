"""What the body of a request asks of the engine, in the engine's own words."""

from ..jobs.rules import RuleChange
from ..jobs.status import CameraRequest
from ..model import NO_LIMITS
from ..wire.camera import ModeRequest
from ..wire.ingest import IngestStartRequest


def camera_asked(body: IngestStartRequest) -> CameraRequest:
    rules = RuleChange(body.camera_mode, body.smoothing_policy, body.lookahead_seconds, body.limits)
    return CameraRequest(rules, body.framing or {}, body.decision_log)


def change_asked(body: ModeRequest) -> RuleChange:
    taken_away = "limits" in body.model_fields_set and body.limits is None
    limits = NO_LIMITS if taken_away else body.limits
    return RuleChange(body.mode, body.policy, body.lookahead_seconds, limits)
