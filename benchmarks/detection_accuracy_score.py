"""HOTA, IDF1 and MOTA as TrackEval counts them (Luiten et al., IJCV 2021)."""

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from virtualptz.tracking.bytetrack.association import overlaps

IdArray = npt.NDArray[np.int64]
BoxArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Known:
    """Who is where in one picture: the truth, or what a tracker says."""

    ids: IdArray
    boxes: BoxArray
    """N x 4: left, top, right, bottom."""

    def where(self, kept: npt.NDArray[np.bool_]) -> "Known":
        return Known(self.ids[kept], self.boxes[kept])


@dataclass(frozen=True, slots=True)
class Sequel:
    """One clip, picture by picture."""

    truth: Sequence[Known]
    found: Sequence[Known]


@dataclass(frozen=True, slots=True)
class Figures:
    """Of 100, the first three."""

    hota: float
    idf1: float
    mota: float
    switches: int
    """How often a person's id changed."""
    missed: int
    false: int
    ids: int
    """How many ids there were, of how many people."""
    people: int


def score(clips: Sequence[Sequel]) -> Figures:
    """Over all clips, each detection counting the same. ModuleNotFoundError: there is no TrackEval."""
    with contextlib.redirect_stdout(io.StringIO()):  # it says what it would like to have
        from trackeval.metrics import CLEAR, HOTA, Identity
    data = [_data(clip) for clip in clips]
    hota, identity, clear = (_pooled(metric, data) for metric in (HOTA, Identity, CLEAR))
    return Figures(
        hota=100 * float(np.mean(hota["HOTA"])),
        idf1=100 * float(identity["IDF1"]),
        mota=100 * float(clear["MOTA"]),
        switches=int(clear["IDSW"]),
        missed=int(clear["CLR_FN"]),
        false=int(clear["CLR_FP"]),
        ids=sum(each["num_tracker_ids"] for each in data),
        people=sum(each["num_gt_ids"] for each in data),
    )


def _pooled(kind: Any, data: Sequence[dict[str, Any]]) -> dict[str, Any]:
    with contextlib.redirect_stdout(io.StringIO()):  # it prints its settings
        metric = kind()
        each = {str(number): metric.eval_sequence(one) for number, one in enumerate(data)}
    pooled: dict[str, Any] = metric.combine_sequences(each)
    return pooled


def _data(clip: Sequel) -> dict[str, Any]:
    assert len(clip.truth) == len(clip.found), "as many pictures of the one as of the other"
    true, false = _renumbered(clip.truth), _renumbered(clip.found)
    return {
        "num_timesteps": len(true),
        "gt_ids": true,
        "tracker_ids": false,
        "num_gt_ids": len({number for ids in true for number in ids}),
        "num_tracker_ids": len({number for ids in false for number in ids}),
        "num_gt_dets": sum(map(len, true)),
        "num_tracker_dets": sum(map(len, false)),
        "similarity_scores": [
            overlaps(one.boxes, other.boxes) for one, other in zip(clip.truth, clip.found, strict=True)
        ],
    }


def _renumbered(pictures: Sequence[Known]) -> list[IdArray]:
    """From 0 on without gaps."""
    numbers: dict[int, int] = {}
    return [
        np.array([numbers.setdefault(int(number), len(numbers)) for number in each.ids], np.int64)
        for each in pictures
    ]
