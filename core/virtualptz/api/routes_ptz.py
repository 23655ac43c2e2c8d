"""Where the camera on air looks, how it works, and what it does."""

from ..camera.choice import policy_for
from ..jobs.rules import CameraRules
from ..jobs.status import JobStatus
from ..model import NO_LIMITS, CameraReport, View
from ..redact import mask
from ..wire.base import JobRequest
from ..wire.camera import CameraAnswer, ModeAnswer, ModeRequest
from ..wire.view import PtzAnswer, PtzRequest, ViewValue
from .asked import change_asked
from .routes_preview import require
from .routing import new_router, refusals
from .services import ServicesNow

router = new_router("ptz")


@router.post("/runner/ptz/update", summary="Move the camera on air", responses=refusals(404, 409, 422))
async def update(body: PtzRequest, services: ServicesNow) -> PtzAnswer:
    """Takes the camera from the automatic for a while; a preview's id is unknown here."""
    require(services.engine, body.job_id, "ingest")
    outcome = await services.engine.ptz(body.job_id, body.view)
    return PtzAnswer(
        job_id=body.job_id,
        ptz=outcome.view,
        applied=outcome.applied,
        queued=outcome.queued,
        reason=outcome.reason,
    )


@router.post("/runner/ptz/mode", summary="How the camera on air works", responses=refusals(404, 409, 422))
async def mode(body: ModeRequest, services: ServicesNow) -> ModeAnswer:
    """Answers how it works then. `auto` ends a takeover at once; the job remembers its rules."""
    require(services.engine, body.job_id, "ingest")
    outcome = await services.engine.cameras.rule(body.job_id, change_asked(body))
    camera = describe(outcome.status)
    return ModeAnswer(**dict(camera), applied=outcome.applied, queued=not outcome.applied)


@router.post("/runner/ptz/status", summary="What the camera on air does, and why")
async def status(body: JobRequest, services: ServicesNow) -> CameraAnswer:
    """An unknown id is an answer, not an error: its state is `unknown`, and nothing is `available`."""
    return describe(services.engine.status(body.job_id))


def describe(job: JobStatus) -> CameraAnswer:
    """From the newest report; where there is none, from what was asked of the job."""
    if job.rules is None:
        return CameraAnswer(job_id=job.job_id, state="unknown", available=False, view=View())
    shown = job.camera or _asked(job.rules, job.view or ViewValue())
    return CameraAnswer(
        job_id=job.job_id,
        state=job.state,
        available=job.camera is not None,
        **{name: getattr(shown, name) for name in CameraReport.model_fields.keys() - {"limits", "problem"}},
        limits=None if shown.limits == NO_LIMITS else shown.limits,
        problem=None if shown.problem is None else mask(shown.problem),
        policy_asked=job.rules.policy,
        lookahead_asked_seconds=job.rules.lookahead_seconds,
    )


def _asked(rules: CameraRules, view: ViewValue) -> CameraReport:
    return CameraReport(
        view=View(view.center_x, view.center_y, view.zoom),
        mode=rules.mode,
        policy=policy_for(rules.policy, rules.lookahead_seconds),
        lookahead_seconds=rules.lookahead_seconds,
        limits=rules.limits,
    )
