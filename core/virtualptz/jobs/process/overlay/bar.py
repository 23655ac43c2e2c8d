"""The bar at the foot of an overlay: what tracking and camera say of themselves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ....protocols import BgrArray
from . import brush
from .lettering import letter_height, text_width, write
from .palette import DARK, GREY, HOLDERS, RED, STATES, WHITE, Colour
from .scene import Scene, Seen

SHARE = 0.72
"""How dark the bar is."""
NARROW = 480
"""Pixels: a picture of less width has a row for the tracking and one for the camera."""
SILENT_SECONDS = 2.0
"""The age of a tracking that is older than this is shown in red."""
GAP = 1.2
"""Between two pieces, of a capital's height."""


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    need: int
    """Where there is no room for all, the piece of the least need is left out."""
    colour: Colour = WHITE
    pill: bool = False
    """Dark on a plate of its colour."""

    def width(self, size: float) -> float:
        return text_width(self.text, size) + (size if self.pill else 0)


def draw_bar(picture: BgrArray, scene: Scene) -> None:
    """The tracking on the left, the camera on the right."""
    height, width = picture.shape[:2]
    size = letter_height(picture)
    left, right = list(_of_tracking(scene.seen)), list(_of_camera(scene))
    rows = [(left, right)] if width >= NARROW else [(left, []), (right, [])]
    high = round(size * 2.1)
    brush.fill(picture, (0, height - high * len(rows), width, height), DARK, SHARE)
    for number, pieces in enumerate(rows):
        middle = height - high * (len(rows) - number) + high / 2
        first, second = _with_room(*pieces, size, width)
        _draw_row(picture, first, size / 2, middle, size)
        _draw_row(picture, second, width - size / 2 - _width(second, size), middle, size)


def _of_tracking(seen: Seen | None) -> Iterator[Piece]:
    if seen is None:
        yield Piece("NO TRACKING", 9, GREY, pill=True)
        return
    yield Piece(f"{seen.state.upper()} {seen.confidence:.2f}", 9, STATES.get(seen.state, GREY), pill=True)
    yield Piece(seen.source, 5)
    yield Piece(_age(seen.ahead), 7, RED if seen.ahead < -SILENT_SECONDS else WHITE)
    people = sum(mark.cls != "ball" for mark in seen.marks)
    ball = any(mark.cls == "ball" for mark in seen.marks)
    yield Piece(f"{people}{' + ball' if ball else ''}", 2, GREY)


def _of_camera(scene: Scene) -> Iterator[Piece]:
    steering = scene.steering
    if steering is not None:
        yield Piece(steering.holder.upper(), 8, HOLDERS[steering.holder], pill=True)
        yield Piece(steering.reason[:32] or "-", 6)
        yield Piece(f"mode {steering.mode}", 4, GREY)
        yield Piece(steering.policy[:16], 1, GREY)
    minutes, seconds = divmod(max(scene.at, 0.0), 60)
    yield Piece(f"{int(minutes)}:{int(seconds * 10) / 10:04.1f}", 3, GREY)


def _age(ahead: float) -> str:
    if ahead >= 0.05:
        return f"{ahead:.1f} s ahead"
    return f"{max(-ahead, 0.0):.1f} s old"


def _with_room(
    first: Sequence[Piece], second: Sequence[Piece], size: float, width: int
) -> tuple[list[Piece], list[Piece]]:
    kept = sorted([*first, *second], key=lambda piece: piece.need)
    while kept and _width(kept, size) + 2 * GAP * size > width:
        kept.pop(0)
    return [piece for piece in first if piece in kept], [piece for piece in second if piece in kept]


def _width(pieces: Sequence[Piece], size: float) -> float:
    return sum(piece.width(size) for piece in pieces) + GAP * size * max(len(pieces) - 1, 0)


def _draw_row(picture: BgrArray, pieces: Sequence[Piece], x: float, middle: float, size: float) -> None:
    for piece in pieces:
        wide = piece.width(size)
        if piece.pill:
            half = size * 0.85
            brush.fill(picture, (x, middle - half, x + wide, middle + half), piece.colour)
            write(picture, piece.text, x + size / 2, middle, size, DARK, edge=False)
        else:
            write(picture, piece.text, x, middle, size, piece.colour, edge=False)
        x += wide + GAP * size
