"""Sub-pixel crop and scale of one 8-bit plane.

Two steps: `cv2.getRectSubPix` cuts a patch of whole size at the fractional place (bilinear, edges
replicated), then `cv2.resize` scales it by the exact factor, so that a zoom moves as evenly as a pan.
Where it shrinks by 2 or more, the patch is first halved with a box filter, as a mip map would be; the
interpolation that follows then sees a factor of 1 to 2. Each change of method (at scale 1, 2, 4, ...)
happens where both methods give the same picture, so that a slow zoom has no step in sharpness.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from .planes import Plane

_per_thread = threading.local()


@dataclass(frozen=True, slots=True)
class Window:
    """What to cut out of a plane, in its own samples: the outer edges, so (0, 0, width, height) is all."""

    left: float
    top: float
    width: float
    height: float


def cut(plane: Plane, window: Window, out: Plane, enlarging: int = cv2.INTER_LINEAR) -> None:
    """Fill `out` with `window` of `plane`. `enlarging` is the interpolation where it enlarges."""
    height, width = out.shape
    scales = (window.width / width, window.height / height)
    across, down = _patch_sides((width, height), scales)
    if across is None or down is None:
        _warp(plane, window, scales, out)
        return
    patch = _patch(plane, window, across, down)
    scale_x, scale_y = scales
    while scale_x >= 2 and scale_y >= 2:
        scale_x, scale_y = scale_x / 2, scale_y / 2
        if scale_x == scale_y == 1 and patch.shape == (2 * height, 2 * width):
            cv2.resize(patch, (width, height), dst=out, interpolation=cv2.INTER_AREA)
            return
        patch = _half(patch)
    method = enlarging if scale_x < 1 and scale_y < 1 else cv2.INTER_LINEAR
    scaled = cv2.resize(patch, None, dst=out, fx=1 / scale_x, fy=1 / scale_y, interpolation=method)
    if not np.may_share_memory(scaled, out):
        np.copyto(out, scaled[:height, :width])


def scale(picture: Sequence[Plane], out: Sequence[Plane]) -> None:
    """All of a 4:2:0 picture (Y, U and V), for a look: where its chroma is sited is left out of account.

    Left-sited chroma is then off by less than half a pixel of `out`, and needs no fractional place, which
    costs as much as the scaling. JPEG has its chroma in the middle: there it is nearer to the truth.
    """
    for index, (here, there) in enumerate(zip(picture, out, strict=True)):
        height, width = here.shape
        cut(here, Window(0, 0, width, height), there, cv2.INTER_LINEAR if index else cv2.INTER_CUBIC)


def _half(plane: Plane) -> Plane:
    return np.asarray(cv2.resize(plane, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)


@lru_cache(maxsize=64)
def _patch_sides(size: tuple[int, int], scales: tuple[float, float]) -> tuple[int | None, int | None]:
    """Width and height of the patch; None where OpenCV would not scale it but copy.

    `cv2.resize` takes equal sizes for equal scale, though a factor of 1.0003 still moves the far edge by a
    third of a pixel.
    """
    halvings = 1
    while min(scales) / halvings >= 2:
        halvings *= 2
    sides = [_side(count, scale, halvings) for count, scale in zip(size, scales, strict=True)]
    copies = all(
        scale != halvings and side // halvings == round(side / scale)
        for side, scale in zip(sides, scales, strict=True)
    )
    return (None, None) if copies else (sides[0], sides[1])


def _side(count: int, scale: float, halvings: int) -> int:
    """Samples that become `count` when scaled (or a few more), and stay whole when halved first."""
    side = round(count * scale / halvings) * halvings
    while round(side / scale) < count:
        side += halvings
    return side


def _patch(plane: Plane, window: Window, width: int, height: int) -> Plane:
    left, top = window.left, window.top
    rows, columns = plane.shape
    whole = left % 1 == 0 and top % 1 == 0
    if whole and 0 <= left <= columns - width and 0 <= top <= rows - height:
        return plane[int(top) : int(top) + height, int(left) : int(left) + width]
    centre = (left + (width - 1) / 2, top + (height - 1) / 2)
    return np.asarray(cv2.getRectSubPix(plane, (width, height), centre, _room(height, width)), np.uint8)


def _room(height: int, width: int) -> Plane:
    """For a patch of this thread, which the next one overwrites: memory that is still in the cache."""
    room: Plane | None = getattr(_per_thread, "room", None)
    if room is None or room.size < height * width:
        room = _per_thread.room = np.empty(height * width, np.uint8)
    return room[: height * width].reshape(height, width)


def _warp(plane: Plane, window: Window, scales: tuple[float, float], out: Plane) -> None:
    """Both steps in one, three times as slow; for scales so near to 1 that `cv2.resize` would ignore them."""
    (scale_x, scale_y), (height, width) = scales, out.shape
    matrix = np.array(
        [
            [scale_x, 0, window.left + scale_x / 2 - 0.5],
            [0, scale_y, window.top + scale_y / 2 - 0.5],
        ]
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped = cv2.warpAffine(plane, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    np.copyto(out, warped)
