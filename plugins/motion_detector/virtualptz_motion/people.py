"""From blobs to boxes of people."""

from dataclasses import dataclass

import numpy as np

from .blobs import Blob, mask_of
from .cover import Points, cover
from .perspective import UPRIGHT, Perspective

Box = tuple[float, float, float, float]
"""Left, top, right, bottom; pixels of the picture."""

SMALLEST, LARGEST = 0.012, 0.55
"""Of the picture's width: nobody is shorter or taller than this, as long as nothing is known."""
ALONE, UNSURE = (0.72, 1.3), (0.5, 1.4)
"""Of the expected height: a blob in between, not broad, is one person; and where nobody was measured yet."""
BROAD = 0.72
"""Width by expected height: two abreast begin here; a stride is narrower."""
SCRAP = 0.3
"""Of the expected height: what is lower is nobody's whole, nor most of anybody."""
FLAT = (0.75, 1.5)
"""Of the expected height, as height and width: what is lower and broader is a banner, a bench, a hem."""
NEAR = 0.25
"""Of the expected height: blobs nearer than this may be pieces of one person."""
EDGE = 0.75
"""Pixels by which a blob is larger than what made it, on each side: the picture was smoothed, then halved."""
FULL = 0.38
"""The same of somebody who is to tell how tall people are."""
HAT = 1.3
"""The breadth of a person's top quarter by that of the whole: nobody's head is broader."""
TIDY = 0.3
"""Share of its box that a person alone fills at the least."""


@dataclass(frozen=True)
class Person:
    box: Box
    quality: float
    """How much it looks like one person, 0 to 1."""


def people_in(
    blobs: list[Blob], perspective: Perspective, shape: tuple[int, int], awaited: Points = ()
) -> list[Person]:
    """`awaited`: where the feet of those ought to be who were seen before."""
    if not perspective.known:
        return [person for blob in blobs if (person := _unknown(blob, shape)) is not None]
    found: list[Person] = []
    for group in _groups(blobs, perspective, shape[1]):
        single = _single(group[0], perspective, shape) if len(group) == 1 else None
        found.extend([single] if single is not None else _several(group, perspective, shape, awaited))
    return found


def upright_in(blobs: list[Blob], shape: tuple[int, int]) -> list[Person]:
    """Blobs that look like somebody alone and whole, however tall: they tell how tall people are."""
    found = []
    for blob in map(_without_hat, blobs):
        inside = blob.top > 2 and blob.bottom < shape[0] - 2 and blob.left > 2 and blob.right < shape[1] - 2
        sized = SMALLEST * shape[1] <= blob.height <= LARGEST * shape[1]
        if inside and sized and _is_upright(blob) and _fill(blob) >= FULL:
            found.append(Person(_box(blob), 1.0))
    return found


def _unknown(blob: Blob, shape: tuple[int, int]) -> Person | None:
    """Before it is known how tall people are: what is about upright."""
    blob = _without_hat(blob)
    sized = SMALLEST * shape[1] <= blob.height <= LARGEST * shape[1]
    if not sized or blob.width > blob.height or _fill(blob) < TIDY:
        return None
    return Person(_box(blob), 0.6 if _is_upright(blob) else 0.3)


def _single(blob: Blob, perspective: Perspective, shape: tuple[int, int]) -> Person | None:
    """A blob that is one person, without looking further."""
    blob = _without_hat(blob)
    tall = _expected(blob, perspective, shape[1])
    sure = perspective.sure((blob.left + blob.right) / 2 / shape[1], blob.bottom / shape[1])
    least, most = ALONE if sure else UNSURE
    broad = BROAD * (tall if sure else min(blob.height, ALONE[1] * tall))
    if not least * tall <= blob.height <= most * tall or blob.width > broad or _fill(blob) < TIDY:
        return None
    fit = max(0.0, 1 - abs(blob.height / tall - 1))
    return Person(_box(blob), min(1.0, 0.5 * fit + 0.8 * _fill(blob)))


def _several(
    group: list[Blob], perspective: Perspective, shape: tuple[int, int], awaited: Points
) -> list[Person]:
    left, top = min(blob.left for blob in group), min(blob.top for blob in group)
    right, bottom = max(blob.right for blob in group), max(blob.bottom for blob in group)
    tall = perspective.height((left + right) / 2 / shape[1], bottom / shape[1]) * shape[1]
    if bottom - top < SCRAP * tall or (bottom - top < FLAT[0] * tall and right - left > FLAT[1] * tall):
        return []
    room = round(0.3 * tall)
    low = min(bottom + room, shape[0])
    whole = mask_of(group, shape)[top // 2 : (low + 1) // 2, left // 2 : (right + 1) // 2]
    placed = cover(whole, left // 2 * 2, top // 2 * 2, perspective, shape[1], awaited)
    height, width = shape
    limits = np.array([width, height, width, height])
    return [
        Person(tuple(np.clip(one.box, 0, limits).tolist()), min(1.0, 0.3 + 1.5 * one.gain)) for one in placed
    ]


def _groups(blobs: list[Blob], perspective: Perspective, width: int) -> list[list[Blob]]:
    """Blobs that may be pieces of the same person, or of the same crowd."""
    groups: list[list[Blob]] = []
    for blob in sorted(blobs, key=lambda blob: -blob.area):
        tall = _expected(blob, perspective, width)
        whole = ALONE[0] * tall <= blob.height
        near = [] if whole else [g for g in groups if any(_adjoin(blob, other, NEAR * tall) for other in g)]
        if near:
            near[0].append(blob)
        else:
            groups.append([blob])
    return groups


def _adjoin(one: Blob, other: Blob, reach: float) -> bool:
    """One above the other, with a small gap."""
    across = min(one.right, other.right) - max(one.left, other.left)
    apart = max(one.top, other.top) - min(one.bottom, other.bottom)
    return across > -reach / 4 and apart < reach


def _expected(blob: Blob, perspective: Perspective, width: int) -> float:
    return perspective.height((blob.left + blob.right) / 2 / width, blob.bottom / width) * width


def _without_hat(blob: Blob) -> Blob:
    """Cut off above the head where the top is broader than the rest: arms held up, or words over a player."""
    widths = np.count_nonzero(blob.mask, axis=1)
    head = len(widths) // 4
    usual = np.median(widths)
    if not head or widths[:head].max() <= HAT * usual:
        return blob
    broadest = int(np.argmax(widths[:head]))
    neck = broadest + int(np.argmin(widths[broadest : 2 * head]))
    if widths[neck] > usual:
        return blob
    mask = blob.mask[neck:]
    columns = np.flatnonzero(mask.any(axis=0))
    left, right = int(columns[0]), int(columns[-1]) + 1
    return Blob(
        blob.left + 2 * left, blob.top + 2 * neck, blob.left + 2 * right, blob.bottom, mask[:, left:right]
    )


def _is_upright(blob: Blob) -> bool:
    return UPRIGHT[0] <= blob.height / blob.width <= UPRIGHT[1]


def _fill(blob: Blob) -> float:
    """Share of its box."""
    return blob.area / (blob.width * blob.height)


def _box(blob: Blob) -> Box:
    return blob.left + EDGE, blob.top + EDGE, blob.right - EDGE, blob.bottom - EDGE
