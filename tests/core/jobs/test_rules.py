import pytest

from virtualptz.camera.choice import policy_for
from virtualptz.jobs.rules import CameraRules, RuleChange
from virtualptz.model import NO_LIMITS, CameraReport, JobSpec, LimitBox, View

BOX = LimitBox(left=0.1, right=0.8)
SPEC = JobSpec(job_id="ing_1", kind="ingest", source="rtsp://camera/1")
RULES = CameraRules("manual", "glide", 2.0, BOX)


def report(rules: CameraRules) -> CameraReport:
    policy = policy_for(rules.policy, rules.lookahead_seconds)
    return CameraReport(
        view=View(),
        mode=rules.mode,
        policy=policy,
        lookahead_seconds=rules.lookahead_seconds,
        limits=rules.limits,
    )


def test_a_spec_keeps_them() -> None:
    assert CameraRules.of(RULES.into(SPEC)) == RULES
    assert CameraRules.of(SPEC).into(SPEC) == SPEC


@pytest.mark.parametrize(
    ("change", "after"),
    [
        (RuleChange(), RULES),
        (RuleChange(mode="auto"), CameraRules("auto", "glide", 2.0, BOX)),
        (RuleChange(policy="auto"), CameraRules("manual", "auto", 2.0, BOX)),
        (RuleChange(lookahead_seconds=0.0), CameraRules("manual", "glide", 0.0, BOX)),
        (RuleChange(limits=NO_LIMITS), CameraRules("manual", "glide", 2.0, NO_LIMITS)),
    ],
)
def test_a_change_is_of_what_it_names(change: RuleChange, after: CameraRules) -> None:
    assert RULES.after(change) == after


def test_a_camera_that_works_as_asked_is_told_nothing() -> None:
    assert RULES.unlike(report(RULES)) is None
    assert CameraRules().unlike(report(CameraRules())) is None


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (CameraRules("auto", "glide", 2.0, BOX), RuleChange(mode="manual")),
        (CameraRules("manual", "glide", 2.0), RuleChange(limits=BOX)),
        (CameraRules("manual", "auto", 2.0, BOX), RuleChange(policy="glide", lookahead_seconds=2.0)),
        (CameraRules("manual", "glide", 1.0, BOX), RuleChange(policy="glide", lookahead_seconds=2.0)),
    ],
)
def test_one_that_works_otherwise_is_told_what_is_new_to_it(other: CameraRules, told: RuleChange) -> None:
    assert RULES.unlike(report(other)) == told
