import math

import pytest

from virtualptz.model import Target, TrackingUpdate
from virtualptz.tracking.worker.checked import BadUpdateError, checked


def with_target(**more: object) -> TrackingUpdate:
    target = {"x": 0.1, "y": 0.2, "confidence": 1.0, "cls": "ball", **more}
    return TrackingUpdate(tracking_confidence=0.9, targets=(Target.model_validate(target),))


GOOD = with_target(w=0.01).model_copy(update={"frame_pts": 3.0})


def test_what_can_be_stays_as_it_is() -> None:
    assert checked(GOOD) == GOOD
    assert checked(GOOD).model_fields_set == GOOD.model_fields_set


@pytest.mark.parametrize(
    ("update", "why"),
    [
        (None, "no TrackingUpdate but a NoneType"),
        ({"tracking_confidence": 0.9}, "no TrackingUpdate but a dict"),
        (TrackingUpdate.model_construct(tracking_confidence=math.nan), "tracking_confidence: "),
        (TrackingUpdate.model_construct(tracking_confidence=7.0), "tracking_confidence: "),
        (TrackingUpdate.model_construct(tracking_confidence="sure"), "tracking_confidence: "),
        (GOOD.model_copy(update={"target_x": -3.0}), "target_x: "),
        (GOOD.model_copy(update={"target_x": math.nan}), "target_x: "),
        (GOOD.model_copy(update={"frame_pts": math.inf}), "frame_pts: "),
        (GOOD.model_copy(update={"targets": (Target.model_construct(x=2.0, y=0.0),)}), "targets.0."),
        (with_target(track_id=object()), "Error"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(update: object, why: str) -> None:
    with pytest.raises(BadUpdateError) as caught:
        checked(update)
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300
