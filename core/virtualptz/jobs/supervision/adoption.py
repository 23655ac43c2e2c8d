"""What an agent finds when it starts: the store's jobs, and those of which only a folder tells."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from ...logs import about_job
from ...model import JobOutcome
from ..paths import JobPaths
from ..records.store import JobRecord
from .folder import find_living, has_ended, read_outcome, read_spec, remove_folder

logger = logging.getLogger(__name__)


def restore(known: Sequence[JobRecord], state_dir: Path) -> list[JobRecord]:
    """Records of the jobs in `state_dir` that the store does not know (it was damaged, or taken away).

    Blocking; clears away folders that tell nothing.
    """
    names = {record.spec.job_id for record in known}
    return list(_restored(paths for paths in _folders(state_dir) if paths.folder.name not in names))


def settle(known: Sequence[JobRecord], state_dir: Path) -> list[JobRecord]:
    """The store's records, corrected by what the folders tell. Blocking.

    The store may have had no room to hear of an end.
    """
    return [_settled(record, JobPaths.of(state_dir, record.spec.job_id)) for record in known]


def _settled(record: JobRecord, paths: JobPaths) -> JobRecord:
    if record.state != "running" or not has_ended(paths):
        return record
    outcome = read_outcome(paths) or JobOutcome("stopped")
    job_id = paths.folder.name
    with about_job(job_id):
        logger.warning("job %s: it had ended (%s), which the store did not know", job_id, outcome.state)
    return replace(record, wanted=False, state=outcome.state, last_error=outcome.error or record.last_error)


def _folders(state_dir: Path) -> Iterator[JobPaths]:
    for folder in sorted((state_dir / "jobs").iterdir()):
        if folder.is_dir() and not folder.is_symlink():
            yield JobPaths(folder)


def _restored(folders: Iterator[JobPaths]) -> Iterator[JobRecord]:
    for paths in folders:
        spec = read_spec(paths)
        if spec is not None:
            with about_job(spec.job_id):
                logger.warning("job %s: unknown to the store, taken from its folder", spec.job_id)
            created_at = datetime.fromtimestamp(paths.spec.stat().st_mtime, UTC)
            outcome = read_outcome(paths)
            if outcome is None:
                yield JobRecord(spec, created_at)
            else:
                yield JobRecord(spec, created_at, False, outcome.state, last_error=outcome.error)
        elif find_living(paths) is None:
            remove_folder(paths)
        else:
            with about_job(paths.folder.name):
                logger.error("job %s runs, but its spec cannot be read: left alone", paths.folder.name)
