"""A process dies while its camera is away: the next one has nothing to show but what was kept on disk."""

import signal
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from ..e2e import judge
from ..e2e.conftest import AgentFactory
from ..e2e.processes import wait_for
from ..e2e.servers import Nginx
from ..media import clip as media
from ..media.watch import Recording, Seen, Viewer
from .away import LOOP, SETTLED, OnAir
from .cameras import Make, Place, hls, rtmp, srt
from .figures import Figures
from .program import backward, now

STANDS = 45
"""Pictures of the last one that a viewer is to see before the camera comes back."""
HELD = 75
"""Pictures in a row with the same count, in three seconds: it is the last one, and has been written down."""
MOST_OFF = 4
"""Of 255: what going through a JPEG and back may do to a picture's median."""


@pytest.fixture(scope="session")
def calm_clips(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """MP4 and TS with colours that go through red, green and blue as they are, as those of large pictures."""
    folder = tmp_path_factory.mktemp("calm")
    calm = replace(LOOP, gain=0.15, flash_every=0, matrix="bt709")
    return media.write(folder / "calm.mp4", calm), media.write(folder / "calm.ts", calm)


@pytest.mark.fault(2)
@pytest.mark.parametrize("make", [rtmp, *(pytest.param(each, marks=pytest.mark.long) for each in (srt, hls))])
def test_the_last_picture_outlives_the_process(
    make: Make,
    nginx: Nginx,
    place: Place,
    calm_clips: tuple[Path, Path],
    start_agent: AgentFactory,
    figures: Figures,
) -> None:
    agent = start_agent(output=nginx.url("{session_id}"))
    name = f"slate-{make.__name__}"
    mp4, ts = calm_clips
    with make(replace(place, clip_mp4=mp4, clip_ts=ts)) as camera:
        job_id = agent.start_ingest(camera.url, name)
        first = nginx.wait_published(name)
        viewer = Viewer(nginx.url(name))
        job = OnAir(agent, job_id, viewer)
        viewer.wait_frames(SETTLED)
        camera.cut()
        job.noticed(now())
        last = last_of(viewer)
        (process,) = agent.job_processes()
        process.send_signal(signal.SIGKILL)
        killed = now()
        wait_for("another publisher", lambda: nginx.clients(name).publishers not in ((), (first,)))
        wait_for("the picture on air", lambda: len(since(viewer.recording, killed)) > STANDS)
        stands = since(viewer.recording, killed)
        figures.add("last picture after it died while the source was away", stands[0].arrived - killed)
        for frame in stands:
            assert frame.count == last.count, "not the last picture"
            assert abs(frame.brightness - last.brightness) <= MOST_OFF, (frame.brightness, last.brightness)
        job.noticed(now())
        status = job.status()
        assert (status["phase"], status["restart_count"]) == ("reconnecting", 1)

        camera.mend()
        returned = now()
        figures.add("fresh picture after the return of that", job.fresh(returned))
        viewer.wait_frames(len(viewer.recording.frames) + SETTLED)
        seen = viewer.close()
        agent.wait_streaming(job_id)
    assert backward(seen) == 0
    assert seen.errors == []
    judge.assert_sound_unbroken(
        replace(seen, sounds=[each for each in seen.sounds if each[0] > stands[0].pts])
    )
    assert job.status()["restart_count"] == 1
    agent.stop_ingest(job_id)
    assert not slate_of(agent.state_dir, job_id).exists(), "a picture is left of a job that has ended"


@pytest.mark.long
@pytest.mark.fault(2)
def test_the_last_picture_outlives_a_power_cut(
    nginx: Nginx, place: Place, calm_clips: tuple[Path, Path], start_agent: AgentFactory, figures: Figures
) -> None:
    """Agent and jobs are gone at once, and the camera is slower to come back than the machine."""
    agent = start_agent(output=nginx.url("{session_id}"))
    with rtmp(replace(place, clip_mp4=calm_clips[0])) as camera:
        job_id = agent.start_ingest(camera.url, "slate-power")
        first = nginx.wait_published("slate-power")
        viewer = Viewer(nginx.url("slate-power"))
        viewer.wait_frames(SETTLED)
        camera.cut()
        last = last_of(viewer)
        for process in agent.family():
            process.kill()
        agent.wait_end()
        viewer.close()
        agent.start()
        wait_for("another publisher", lambda: nginx.clients("slate-power").publishers not in ((), (first,)))
        later = Viewer(nginx.url("slate-power"))
        later.wait_frames(STANDS)
        assert {frame.count for frame in later.recording.frames[:STANDS]} == {last.count}
        camera.mend()
        figures.add("fresh picture after the return of that", OnAir(agent, job_id, later).fresh(now()))
        later.wait_frames(len(later.recording.frames) + SETTLED)
        seen = later.close()
        agent.wait_streaming(job_id)
    assert (backward(seen), seen.errors) == (0, [])


def last_of(viewer: Viewer) -> Seen:
    """The picture that is held, when it is."""
    viewer.wait(lambda seen: len({frame.count for frame in seen.frames[-HELD:]}) == 1, 30)
    return viewer.recording.frames[-1]


def since(seen: Recording, died: float) -> list[Seen]:
    """What came from the next process: a decoder keeps the last pictures of the one before until then."""
    frames = [frame for frame in list(seen.frames) if frame.arrived > died]
    steps = [later.pts - earlier.pts for earlier, later in pairwise(frames)]
    return frames[1 + steps.index(max(steps)) :] if steps else []


def slate_of(state_dir: Path, job_id: str) -> Path:
    return state_dir / "jobs" / job_id / "slate"
