"""Memory of one served job: its process and its publisher."""

import time
from pathlib import Path

from .clips import court
from .report import Result, verdict
from .sides import agent_for, served_job, sink
from .tree import memory, with_children

AIM_MB = 250


def measure(folder: Path, *, quick: bool) -> Result:
    seconds = 6.0 if quick else 30.0
    clip = court(folder, seconds + 12)
    with sink() as port:
        output = f"udp://127.0.0.1:{port}?pkt_size=1316"
        agent = agent_for(folder / "memory", output, RUNNER_LOOKAHEAD_SECONDS="0")
        try:
            with served_job(agent, clip):
                time.sleep(seconds)
                (job,) = agent.job_processes()
                processes = with_children(job.pid)
                names = ["job's process", *["publisher"] * (len(processes) - 1)]
                each = [(name, memory([part])) for name, part in zip(names, processes, strict=True)]
                whole = memory(processes)
                keeper = memory(with_children(agent.pid)[:1])
        finally:
            agent.close()
    megabytes = whole.pss / 1e6
    rows = [*each, ("**one job, together**", whole), ("the agent itself (once, for all jobs)", keeper)]
    return Result(
        "memory",
        "Memory of one job",
        f"Aim: at most {AIM_MB} MB. Proportional set size of job process and publisher after "
        f"{seconds:g} s: **{megabytes:.0f} MB** ({verdict(megabytes <= AIM_MB)}).",
        ("process", "PSS, MB", "RSS, MB"),
        tuple((name, f"{used.pss / 1e6:.0f}", f"{used.rss / 1e6:.0f}") for name, used in rows),
        "1080p30 to 720p30 balanced with a preview viewer and detector frames, without look-ahead, whose "
        "pictures come on top: see below. RSS counts pages that processes share once for each of them.",
    )
