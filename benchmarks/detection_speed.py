"""How many pictures a second the live loop takes, against Ultralytics' own loop on the same ones."""

from collections.abc import Callable
from time import perf_counter

import numpy as np
import simplejpeg  # type: ignore[import-untyped]

from virtualptz.protocols import Frame
from virtualptz_yolo.detector import source

from .detection_yolo import GYM, RawTracker, options, pictures
from .report import Part, median, p95, verdict

AIM = 0.95
JPEG_QUALITY = 85

Step = Callable[[int], object]
"""Takes the picture of this number."""


class Ours:
    """Detect, track, read the play: all that the worker does with a picture, up to the update."""

    def __init__(self, frames: list[Frame]) -> None:
        self._frames = frames
        self._next = 0
        self._source = source(options(fps=30))
        self._updates = self._source.updates(iter(self._picture, None))

    def _picture(self) -> Frame:
        return self._frames[self._next]

    def take(self, number: int) -> object:
        self._next = number
        return next(self._updates)

    def close(self) -> None:
        self._source.close()


class Fed(Ours):
    """The same from JPEGs, decoded in the same thread: the feed's part, at its worst."""

    def __init__(self, frames: list[Frame]) -> None:
        self._coded = [simplejpeg.encode_jpeg(frame.image, JPEG_QUALITY, "BGR") for frame in frames]
        super().__init__(frames)

    def _picture(self) -> Frame:
        image = np.asarray(simplejpeg.decode_jpeg(self._coded[self._next], "BGR"), np.uint8)
        return Frame(self._frames[self._next].pts, image)


def measure(*, quick: bool) -> Part:
    """Each picture goes through all of them in turn, in another order each time: the machine's moods are
    the same for all."""
    frames = list(pictures(GYM, 30 if quick else 299))
    raw, ours, fed = RawTracker(), Ours(frames), Fed(frames)
    ways: dict[str, Step] = {
        "Ultralytics' `model.track`": lambda number: raw.track(frames[number].image),
        "ours: detect, track, update": ours.take,
        "ours, with the JPEG decoded": fed.take,
    }
    spent = _spent(ways, len(frames))
    ours.close()
    fed.close()
    return _part(spent)


def _spent(ways: dict[str, Step], count: int) -> dict[str, list[float]]:
    spent: dict[str, list[float]] = {name: [] for name in ways}
    names = list(ways)
    for number in range(count):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            began = perf_counter()
            ways[name](number)
            spent[name].append(perf_counter() - began)
    # The first ones are of memory that is taken and kernels that are chosen.
    return {name: times[3:] for name, times in spent.items()}


def _part(spent: dict[str, list[float]]) -> Part:
    raw, *others = spent.values()
    shares = [median([theirs / mine for theirs, mine in zip(raw, times, strict=True)]) for times in others]
    rows = [
        (name, f"{median(times) * 1e3:.1f}", f"{p95(times) * 1e3:.1f}", f"{1 / median(times):.1f}", share)
        for (name, times), share in zip(spent.items(), ("1", *(f"{one:.2f}" for one in shares)), strict=True)
    ]
    return Part(
        title="Pictures a second, against Ultralytics' own loop",
        claim=f"- At least {AIM} of it: **{shares[0]:.2f}** ({verdict(shares[0] >= AIM)}).",
        head=("loop", "ms a picture, median", "p95", "pictures a second", "share"),
        rows=tuple(rows),
        notes=(
            "The basketball clip, 640x360, `yolo11n`, one process, the same pictures in turn. The share is "
            "the median over pairs of the same picture. Ultralytics looks for all 80 classes, with as many "
            "threads as ours."
        ),
    )
