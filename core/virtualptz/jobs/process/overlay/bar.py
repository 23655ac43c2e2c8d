"""The bar at the foot of an overlay: what tracking and camera say of themselves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ....protocols import BgrArray
from . import brush
from .lettering import text_width, write
from .palette import DARK, GREY, HOLDERS, RED, STATES, WHITE, Colour
from .scene import Scene, Seen

SHARE = 0.72
"""How dark the bar is."""
SILENT_SECONDS = 2.0
"""A tracking that is older than this is shown in red."""
GAP = 1.2
"""Between two pieces, of a capital's height."""


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    colour: Colour = WHITE
    pill: bool = False
    """Dark on a plate of its colour."""


def draw_bar(picture: BgrArray, scene: Scene) -> None:
    """One row where all fits into it, else one for the tracking and one for the camera."""
    height, width = picture.shape[:2]
    size = max(7.0, round(8 * width / 640))
    left, right = list(_of_tracking(scene.seen)), list(_of_camera(scene))
    one_row = _width(left, size) + _width(right, size) + 2 * GAP * size <= width
    rows = [(left, right)] if one_row else [(left, []), (right, [])]
    high = round(size * 2.1)
    brush.fill(picture, (0, height - high * len(rows), width, height), DARK, SHARE)
    for number, (first, second) in enumerate(rows):
        middle = height - high * (len(rows) - number) + high / 2
        _draw_row(picture, first, size / 2, middle, size)
        _draw_row(picture, second, width - _width(second, size) - size / 2, middle, size)


def _of_tracking(seen: Seen | None) -> Iterator[Piece]:
    if seen is None:
        yield Piece("NO TRACKING", GREY, pill=True)
        return
    yield Piece(f"{seen.state.upper()} {seen.confidence:.2f}", STATES.get(seen.state, GREY), pill=True)
    yield Piece(seen.source)
    yield Piece(_age(seen.ahead), RED if seen.ahead < -SILENT_SECONDS else WHITE)
    people = sum(mark.cls != "ball" for mark in seen.marks)
    ball = any(mark.cls == "ball" for mark in seen.marks)
    yield Piece(f"{people}{' + ball' if ball else ''}", GREY)


def _of_camera(scene: Scene) -> Iterator[Piece]:
    steering = scene.steering
    if steering is not None:
        yield Piece(steering.holder.upper(), HOLDERS[steering.holder], pill=True)
        yield Piece(steering.reason[:32] or "-")
        yield Piece(f"mode {steering.mode}", GREY)
        yield Piece(steering.policy[:16], GREY)
    minutes, seconds = divmod(max(scene.at, 0.0), 60)
    yield Piece(f"{int(minutes)}:{seconds:04.1f}", GREY)


def _age(ahead: float) -> str:
    if ahead >= 0.05:
        return f"{ahead:.1f} s ahead"
    return f"{max(-ahead, 0.0):.1f} s old"


def _width(pieces: Sequence[Piece], size: float) -> float:
    return sum(text_width(piece.text, size) + (size if piece.pill else 0) + GAP * size for piece in pieces)


def _draw_row(picture: BgrArray, pieces: Sequence[Piece], x: float, middle: float, size: float) -> None:
    """As many pieces as there is room for."""
    for piece in pieces:
        wide = text_width(piece.text, size) + (size if piece.pill else 0)
        if x + wide > picture.shape[1]:
            return
        if piece.pill:
            half = size * 0.85
            brush.fill(picture, (x, middle - half, x + wide, middle + half), piece.colour)
            write(picture, piece.text, x + size / 2, middle, size, DARK, edge=False)
        else:
            write(picture, piece.text, x, middle, size, piece.colour, edge=False)
        x += wide + GAP * size
