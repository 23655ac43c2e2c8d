"""What several jobs get out of one shared model, against one job."""

import threading
from itertools import cycle
from time import perf_counter

from virtualptz.model import TrackingUpdate
from virtualptz.protocols import Frame
from virtualptz_yolo.detector import source

from .detection_yolo import GYM, options, pictures
from .report import Part

JOBS = (1, 2, 4, 8)


class Job:
    """One that takes pictures as fast as it is served, in a thread of its own."""

    def __init__(self, frames: list[Frame], number: int) -> None:
        self._frames = frames
        self._number = number
        self.source = source(options(fps=30))
        self.updates = 0

    def run(self, until: threading.Event, begin: threading.Barrier) -> None:
        first = self._number * len(self._frames) // max(JOBS)
        period = self._frames[-1].pts + 1 / 30
        turns = cycle(self._frames[first:] + self._frames[:first])
        begin.wait()
        for count, frame in enumerate(turns):
            if until.is_set():
                return
            # Stream time goes on, however often the clip is played.
            at = count * period / len(self._frames)
            for _update in self._one(Frame(at, frame.image)):
                self.updates += 1

    def _one(self, frame: Frame) -> list[TrackingUpdate]:
        return list(self.source.updates(iter([frame])))


def measure(*, quick: bool) -> Part:
    frames = list(pictures(GYM, 60))
    rates = {count: _rates(frames, count, 4.0 if quick else 30.0) for count in JOBS}
    alone = sum(rates[1])
    rows = [
        (
            str(count),
            f"{sum(each):.1f}",
            f"{sum(each) / alone:.2f}",
            f"{min(each):.1f} to {max(each):.1f}",
        )
        for count, each in rates.items()
    ]
    return Part(
        title="Several jobs on one model",
        claim=(
            f"- All together get {sum(rates[max(JOBS)]) / alone:.2f} times the pictures of one alone with "
            f"{max(JOBS)} jobs, in equal parts."
        ),
        head=("jobs", "pictures a second, all together", "against one", "of the jobs, least to most"),
        rows=tuple(rows),
        notes=(
            "The basketball clip, 640x360, `yolo11n`, one process, one thread a job that asks again as soon "
            "as it is answered. On a GPU a batch costs little more than a picture, on a CPU as much as all "
            "its pictures."
        ),
    )


def _rates(frames: list[Frame], count: int, seconds: float) -> list[float]:
    """Updates a second of each job."""
    jobs = [Job(frames, number) for number in range(count)]
    until, begin = threading.Event(), threading.Barrier(count + 1)
    threads = [threading.Thread(target=job.run, args=(until, begin)) for job in jobs]
    for thread in threads:
        thread.start()
    begin.wait()
    began = perf_counter()
    until.wait(seconds)
    until.set()
    for thread in threads:
        thread.join()
    spent = perf_counter() - began
    for job in jobs:
        job.source.close()
    return [job.updates / spent for job in jobs]
