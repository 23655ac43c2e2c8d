"""CPU of one job, served with a preview and detector frames, against bare programs on the same clip."""

import time
from functools import partial
from pathlib import Path

from .clips import court
from .report import Result, median, verdict
from .sides import (
    agent_for,
    bare_command,
    bare_jobs,
    frames_done,
    frames_out,
    loop_command,
    served_job,
    sink,
)
from .tree import Ticks, with_children

AIM = 1.10
WARM_UP = 6.0


def measure(folder: Path, *, quick: bool) -> Result:
    """Alternates the sides; each is measured over the same length of steady running at the clip's pace."""
    seconds, pairs = (8.0, 2) if quick else (25.0, 5)
    clip = court(folder, seconds + 4 * WARM_UP)
    job: list[float] = []
    by_jpeg: list[float] = []
    command: list[float] = []
    loop: list[float] = []
    for pair in range(pairs):
        job.append(of_job(clip, folder / f"cost{pair}", seconds, shared=True))
        by_jpeg.append(of_job(clip, folder / f"cost-jpeg{pair}", seconds))
        command.append(of_bare(clip, folder, seconds, looped=False))
        loop.append(of_bare(clip, folder, seconds, looped=True))
    ratios = [ours / theirs for ours, theirs in zip(job, command, strict=True)]
    jpeg_ratio = median([ours / theirs for ours, theirs in zip(by_jpeg, command, strict=True)])
    to_loop = [ours / theirs for ours, theirs in zip(job, loop, strict=True)]
    ratio = median(ratios)
    return Result(
        "cost",
        "CPU of one job",
        f"Aim: a served job costs at most {AIM:.2f} times the bare `ffmpeg` command. "
        f"Median of {pairs} alternating pairs: **{ratio:.2f}** ({verdict(ratio <= AIM)}); "
        f"{jpeg_ratio:.2f} where the detector is on another machine and has its pictures as JPEGs.",
        ("side", "CPU ms a frame, each run", "median", "job's ratio to it"),
        (
            row("agent: job, publisher, preview, frames for a detector on this machine", job, None),
            row("the same, its frames as JPEGs", by_jpeg, None),
            row("`ffmpeg` command: decode, crop in 2-px steps, scale, encode", command, ratios),
            row("plain PyAV loop doing the same, on the agent's own FFmpeg build", loop, to_loop),
        ),
        "1080p30 to 720p30, x264 veryfast crf 24, MPEG-TS over UDP, at the clip's pace; CPU time of the "
        f"whole process tree (the agent itself included) over {seconds:g} s, divided by the frames encoded. "
        "What the viewer and the detector do themselves is not in it. Only the agent's crop is sub-pixel.",
    )


def row(name: str, values: list[float], ratios: list[float] | None) -> tuple[str, ...]:
    each = ", ".join(f"{value:.1f}" for value in values)
    spread = "" if ratios is None else f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
    return name, each, f"{median(values):.1f}", spread


def of_job(clip: Path, folder: Path, seconds: float, *, shared: bool = False, **settings: str) -> float:
    """CPU milliseconds a frame of a served job; `shared`: its detector is on this machine."""
    with sink() as port:
        agent = agent_for(folder, f"udp://127.0.0.1:{port}?pkt_size=1316", **settings)
        try:
            with served_job(agent, clip, shared=shared) as job_id:
                time.sleep(WARM_UP)
                ticks = Ticks(agent.family(), partial(frames_out, agent, job_id))
                for pause in (0.0, seconds):
                    time.sleep(pause)
                    ticks.look()
                dropped = agent.status(job_id)["frames_dropped"]
                assert not dropped, f"{dropped} frames dropped: the machine does not hold one job"
        finally:
            agent.close()
    return ticks.milliseconds_per_frame


def of_bare(clip: Path, folder: Path, seconds: float, *, looped: bool) -> float:
    """CPU milliseconds a frame of a bare program."""
    progress = folder / f"progress-{time.monotonic_ns()}"
    with sink() as port:
        make = loop_command if looped else bare_command
        with bare_jobs([make(clip, port, progress)], folder) as (bare,):
            time.sleep(WARM_UP)
            ticks = Ticks(with_children(bare.process.pid), partial(frames_done, progress))
            for pause in (0.0, seconds):
                time.sleep(pause)
                ticks.look()
    return ticks.milliseconds_per_frame
