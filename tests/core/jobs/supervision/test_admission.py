from pathlib import Path

import psutil
import pytest

from virtualptz.errors import LimitError
from virtualptz.jobs.memory import MEGABYTE
from virtualptz.jobs.supervision.admission import INGEST, PREVIEW, Admission, needs_of
from virtualptz.model import JobSpec

from ..harness import settings_for


def ingest(**more: float) -> JobSpec:
    return JobSpec.model_validate({"job_id": "ing_1", "kind": "ingest", "source": "rtsp://camera/1", **more})


def test_what_a_job_needs_is_bounded_by_what_its_lookahead_may_take() -> None:
    assert needs_of(ingest(lookahead_seconds=0)) == INGEST
    assert INGEST < needs_of(ingest(lookahead_seconds=1)) < needs_of(ingest(lookahead_seconds=5))
    assert needs_of(ingest(lookahead_seconds=5, lookahead_memory_mb=10)) == INGEST + 10
    assert needs_of(JobSpec(job_id="prv_1", kind="preview", source="rtsp://camera/1")) == PREVIEW


def test_jobs_that_only_just_began_count_with_what_they_have_yet_to_take() -> None:
    free = psutil.virtual_memory().available / MEGABYTE
    admission = Admission(settings_for(Path(), min_free_memory_mb=free / 2))
    large = ingest().model_copy(update={"lookahead_seconds": free, "lookahead_memory_mb": free * 0.3})
    admission.admit(large)
    with pytest.raises(LimitError, match="RUNNER_MIN_FREE_MEMORY_MB"):
        admission.admit(large)


def test_nothing_is_looked_at_where_it_is_switched_off() -> None:
    admission = Admission(settings_for(Path(), min_free_memory_mb=0))
    for _ in range(1000):
        admission.admit(ingest(lookahead_seconds=5))
    assert not admission.is_low
