"""The camera on air: moving it, how it works, views by name, and what tracks the play."""

from typing import Annotated

from pydantic import Field, TypeAdapter

from ...model import CameraMode, LimitBox, TrackingUpdate
from ...wire.base import JobRequest
from ...wire.camera import CameraAnswer, ModeAnswer, ModeRequest
from ...wire.detector import DetectorAnswer, DetectorStartRequest
from ...wire.presets import PresetList, PresetsRequest, RecallAnswer, RecallRequest
from ...wire.tracking import TrackingKnown, TrackingStored, TrackingUnknown
from ...wire.view import PtzAnswer, PtzRequest
from ..call import Call, JsonCall, Request, asked

TRACKING: TypeAdapter[TrackingKnown | TrackingUnknown] = TypeAdapter(
    Annotated[TrackingKnown | TrackingUnknown, Field(discriminator="available")]
)


def ptz(job_id: str, center_x: float = 0.5, center_y: float = 0.5, zoom: float = 1.0) -> Call[PtzAnswer]:
    """Move the camera on air, as a person: the tracking has it back after a while."""
    body = asked(PtzRequest, job_id=job_id, center_x=center_x, center_y=center_y, zoom=zoom)
    return JsonCall(Request("POST", "/runner/ptz/update", body=body), PtzAnswer)


def set_camera(
    job_id: str,
    *,
    mode: CameraMode | None = None,
    policy: str | None = None,
    lookahead_seconds: float | None = None,
    limits: LimitBox | None = None,
) -> Call[ModeAnswer]:
    """How it works from now on; what is None stays. `limits=NO_LIMITS` takes them away."""
    body = asked(
        ModeRequest,
        job_id=job_id,
        mode=mode,
        policy=policy,
        lookahead_seconds=lookahead_seconds,
        limits=limits,
    )
    return JsonCall(Request("POST", "/runner/ptz/mode", body=body), ModeAnswer)


def camera(job_id: str) -> Call[CameraAnswer]:
    """Where it looks, how it works, and why; an unknown job has the state `unknown`."""
    return JsonCall(
        Request("POST", "/runner/ptz/status", body=asked(JobRequest, job_id=job_id)), CameraAnswer
    )


def presets(job_id: str) -> Call[PresetList]:
    """The views of the job's source that have names."""
    return _presets(asked(PresetsRequest, job_id=job_id))


def store_preset(
    job_id: str,
    name: str,
    *,
    center_x: float | None = None,
    center_y: float | None = None,
    zoom: float | None = None,
) -> Call[PresetList]:
    """Give a view a name. What is None is as the camera looks now."""
    view = {"center_x": center_x, "center_y": center_y, "zoom": zoom}
    return _presets(asked(PresetsRequest, job_id=job_id, name=name, **view))


def delete_preset(job_id: str, name: str) -> Call[PresetList]:
    """Answers with those that are left."""
    return _presets(asked(PresetsRequest, job_id=job_id, name=name, delete=True))


def recall_preset(job_id: str, name: str, glide_seconds: float = 1.5) -> Call[RecallAnswer]:
    """Glide to a view by its name."""
    body = asked(RecallRequest, job_id=job_id, name=name, glide_seconds=glide_seconds)
    return JsonCall(Request("POST", "/runner/ptz/presets/recall", body=body), RecallAnswer)


def push_tracking(job_id: str, update: TrackingUpdate) -> Call[TrackingStored]:
    """Report what is tracked; what the update does not set is not sent."""
    body = {"job_id": job_id, **update.model_dump(mode="json", exclude_unset=True)}
    return JsonCall(Request("POST", "/runner/tracking/update", body=body), TrackingStored)


def tracking(job_id: str) -> Call[TrackingKnown | TrackingUnknown]:
    """What is known of the play; of an unknown job, nothing is `available`."""
    request = Request("POST", "/runner/tracking/status", body=asked(JobRequest, job_id=job_id))
    return JsonCall(request, TRACKING)


def start_detector(job_id: str, detector: str | None = None) -> Call[DetectorAnswer]:
    """Have the agent run one for the job; None: the one that its settings name, else `auto`."""
    body = asked(DetectorStartRequest, job_id=job_id, detector=detector)
    return JsonCall(Request("POST", "/runner/tracking/start", body=body), DetectorAnswer)


def stop_detector(job_id: str) -> Call[DetectorAnswer]:
    """Have the agent run none for the job."""
    request = Request("POST", "/runner/tracking/stop", body=asked(JobRequest, job_id=job_id))
    return JsonCall(request, DetectorAnswer)


def _presets(body: dict[str, object]) -> Call[PresetList]:
    return JsonCall(Request("POST", "/runner/ptz/presets", body=body), PresetList)
