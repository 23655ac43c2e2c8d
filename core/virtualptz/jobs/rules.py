"""How a job's camera is asked to work, and what changes that."""

from dataclasses import dataclass

from ..camera.choice import policy_for
from ..model import NO_LIMITS, CameraMode, CameraReport, JobSpec, LimitBox


@dataclass(frozen=True, slots=True)
class RuleChange:
    """New rules for a camera; what is None stays as it is."""

    mode: CameraMode | None = None
    policy: str | None = None
    lookahead_seconds: float | None = None
    limits: LimitBox | None = None


@dataclass(frozen=True, slots=True)
class CameraRules:
    """What was asked for; what the camera makes of it (the policy that `auto` means) is in its report."""

    mode: CameraMode = "auto"
    policy: str = "auto"
    lookahead_seconds: float = 0.0
    limits: LimitBox = NO_LIMITS

    @classmethod
    def of(cls, spec: JobSpec) -> "CameraRules":
        return cls(spec.camera_mode, spec.smoothing_policy, spec.lookahead_seconds, spec.limits)

    def after(self, change: RuleChange) -> "CameraRules":
        return CameraRules(
            self.mode if change.mode is None else change.mode,
            self.policy if change.policy is None else change.policy,
            self.lookahead_seconds if change.lookahead_seconds is None else change.lookahead_seconds,
            self.limits if change.limits is None else change.limits,
        )

    def into(self, spec: JobSpec) -> JobSpec:
        """The spec of a job whose camera works like this."""
        changes = {
            "camera_mode": self.mode,
            "smoothing_policy": self.policy,
            "lookahead_seconds": self.lookahead_seconds,
            "limits": self.limits,
        }
        return spec.model_copy(update=changes)

    def unlike(self, report: CameraReport) -> RuleChange | None:
        """What to tell a process whose camera works otherwise; None where it works as asked.

        Mode and limits that it already has are left out: setting the mode anew would end a takeover. Policy
        and look-ahead are told where those in force are others, which may have its reasons: a process that
        was asked for the same before leaves it at that.
        """
        policy = policy_for(self.policy, self.lookahead_seconds)
        same = (report.policy, report.lookahead_seconds) == (policy, self.lookahead_seconds)
        change = RuleChange(
            mode=None if report.mode == self.mode else self.mode,
            policy=None if same else self.policy,
            lookahead_seconds=None if same else self.lookahead_seconds,
            limits=None if report.limits == self.limits else self.limits,
        )
        return None if change == RuleChange() else change
