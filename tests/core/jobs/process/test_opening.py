"""A source that takes its time to open does not keep a job from stopping."""

import threading

import pytest

from virtualptz.errors import MediaError
from virtualptz.jobs.process.opening import Opening
from virtualptz.model import MediaInfo, SourceOptions
from virtualptz.protocols import MediaSource
from virtualptz.testing.media import ScriptedBackend, ScriptedSource, pictures

from .running import Run, wait_until


class Slow(ScriptedBackend):
    """Opens when it may."""

    def __init__(self) -> None:
        super().__init__(pictures(0, 3))
        self.asked = threading.Event()
        self.may = threading.Event()
        self.in_vain: list[ScriptedSource] = []

    def open_source(self, uri: str, options: SourceOptions) -> ScriptedSource:
        self.asked.set()
        assert self.may.wait(60)
        source = super().open_source(uri, options)
        self.in_vain.append(source)
        return source


def source_threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()} & {"source", "source-open"}


def test_a_job_that_is_stopped_while_its_source_opens_does_not_wait_for_it() -> None:
    backend = Slow()
    run = Run(backend)
    run.pipeline.start()
    assert backend.asked.wait(60)
    run.stop()
    assert "source" not in source_threads()
    backend.may.set()
    wait_until(lambda: not source_threads())
    assert backend.in_vain[0].read() is None, "what was opened in vain was not closed"


def test_an_error_comes_to_who_waits() -> None:
    def fails() -> MediaSource:
        raise MediaError("no camera")

    with pytest.raises(MediaError, match="no camera"):
        Opening(fails).source()


def test_what_is_abandoned_before_it_began_gives_nothing() -> None:
    opening = Opening(lambda: ScriptedBackend([]).open_source("x", SourceOptions()))
    opening.abandon()
    assert opening.source() is None


def test_the_source_is_what_was_opened() -> None:
    source = Opening(lambda: ScriptedBackend(pictures(0, 1)).open_source("x", SourceOptions())).source()
    assert source is not None
    assert isinstance(source.info, MediaInfo)
