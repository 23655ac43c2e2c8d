"""A detector that does, when it is told to, whatever a detector can do wrong; and how its worker does."""

import re
from pathlib import Path

import psutil

from ..core.distributions import Site
from ..e2e.agent import Agent
from ..e2e.processes import command_lines, wait_for

HANG_SECONDS = 3
MEMORY_MB = 300
EATEN_A_SECOND = 50_000_000

CODE = """
    import itertools
    import math
    import os
    import signal
    import sys
    import threading
    import time
    from pathlib import Path

    from virtualptz import hookimpl
    from virtualptz.model import Extension, FrameRequest, Frozen, Target, TrackingUpdate

    FPS = 10


    class Options(Frozen):
        folder: str = "."


    class Calm:
        def __init__(self, options):
            self.folder = Path(options.folder)
            self.food = []
            self.eats = False
            self.turn = itertools.count()

        def wants(self, media):
            return FrameRequest(fps=FPS, width=160)

        def updates(self, frames):
            for frame in frames:
                yield self.seen(frame.pts)

        def seen(self, at, **more):
            told = {"target_x": 0.7, "target_y": 0.5, "target_zoom": 2.0, "source": "wild", "frame_pts": at}
            return TrackingUpdate(tracking_confidence=0.9, tracking_state="stable", **told, **more)

        def close(self):
            pass


    class Wild(Calm):
        def __init__(self, options):
            super().__init__(options)
            with (self.folder / "starts").open("a") as starts:
                starts.write(f"{os.getpid()}\\n")
            if self.order == "die":
                os._exit(3)

        @property
        def order(self):
            return (self.folder / "order").read_text()

        def once(self):
            \"\"\"Whether this is the first who heeds it.\"\"\"
            try:
                (self.folder / "once").unlink()
            except FileNotFoundError:
                return False
            return True

        def updates(self, frames):
            for frame in frames:
                yield from self.told(frame)

        def told(self, frame):
            order = self.order
            if self.eats:
                self.food.append(bytearray(b"x") * (EATEN // FPS))
            if order == "raise":
                raise RuntimeError("the device has gone")
            if order == "nonsense":
                yield from self.nonsense()
            elif order == "past":
                yield self.seen(frame.pts - 1000)
            elif order == "thousands":
                for number in range(1000):
                    yield self.seen(frame.pts + number / 1e6)
            else:
                if order in ("hang", "stop", "eat", "talk") and self.once():
                    self.begin(order)
                yield self.seen(frame.pts)

        def begin(self, order):
            if order == "hang":
                threading.Event().wait()
            elif order == "stop":
                os.kill(os.getpid(), signal.SIGSTOP)
            elif order == "eat":
                self.eats = True
            elif order == "talk":
                threading.Thread(target=self.talk, daemon=True).start()

        def talk(self):
            while self.order == "talk":
                sys.stderr.write("a library that has much to say about each of its layers\\n" * 1000)

        def nonsense(self):
            good = self.seen(0.0)
            yield None
            yield TrackingUpdate.model_construct(tracking_confidence=math.nan)
            yield good.model_copy(update={"target_x": -7.0, "target_zoom": math.inf})
            yield good.model_copy(update={"targets": (Target.model_construct(x="left"),)})
            yield good.model_copy(update={"frame_pts": math.nan})


    @hookimpl
    def vptz_tracking_sources():
        return [Extension("wild", Options, Wild), Extension("calm", Options, Calm)]
""".replace("EATEN", str(EATEN_A_SECOND))


class Wild:
    """The plug-in, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        Site(folder / "site").install("vptz-wild", CODE)
        self.order("")

    @property
    def settings(self) -> dict[str, str]:
        """Of an agent that has it."""
        return {
            "PYTHONPATH": str(self._folder / "site"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "RUNNER_PLUGIN_WILD_FOLDER": str(self._folder),
            "RUNNER_DETECTOR_HANG_SECONDS": str(HANG_SECONDS),
            "RUNNER_DETECTOR_MEMORY_MB": str(MEMORY_MB),
            "RUNNER_DECISION_LOG": "1",
        }

    def order(self, what: str) -> None:
        """From the next picture on; hang, stop, eat and talk are heeded in one job of one worker."""
        (self._folder / "once").touch()
        new = self._folder / "order.new"
        new.write_text(what)
        new.replace(self._folder / "order")

    @property
    def starts(self) -> list[int]:
        """The processes that it was begun in."""
        path = self._folder / "starts"
        return list(dict.fromkeys(map(int, path.read_text().split()))) if path.exists() else []


def losses(agent: Agent, detector: str = "wild") -> dict[str, int]:
    """How often its worker was lost, by why."""
    text = agent.client.get("/metrics").text
    pattern = rf'vptz_detector_restarts_total{{detector="{detector}",reason="(\w+)"}} (\S+)'
    return {reason: int(float(count)) for reason, count in re.findall(pattern, text) if float(count)}


def workers(agent: Agent, detector: str = "wild") -> list[psutil.Process]:
    lines = ((process, command_lines([process])) for process in agent.family())
    return [process for process, line in lines if line and line[0].endswith(f"--detector {detector}")]


def wait_tracked(agent: Agent, job_id: str, detector: str = "wild") -> None:
    """Until its detector runs, and has told something new."""
    running = (detector, "running")

    def runs() -> bool:
        status = agent.status(job_id)
        return (status["detector"], status["detector_state"]) == running

    wait_for(f"{detector} for {job_id}", runs, 90)
    before = told_at(agent, job_id)
    wait_for(f"an update of {job_id}", lambda: told_at(agent, job_id) != before, 60)


def told_at(agent: Agent, job_id: str) -> str:
    return str(agent.post("/runner/tracking/status", {"job_id": job_id})["updated_at"])
