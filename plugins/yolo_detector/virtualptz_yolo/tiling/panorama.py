"""One job's picture, looked at in the pieces that it needs."""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from virtualptz.protocols import BgrArray

from ..network import Found
from .gauge import SizeGauge
from .memory import PieceMemory
from .merge import Finds, Rank, merge
from .movement import Movement
from .piece import Piece, grid, whole
from .turns import Turns

WIDE = 2560
"""Pixels across: a picture from here on may show people too small for the network. `auto` begins here."""
PEOPLED = 0.02
"""What a piece counts in which people were seen, though nothing moves. They are remembered anyway."""

Look = Callable[[list[BgrArray]], list[Found]]
"""What the network finds in each of several pictures, in pixels of them."""
Rectangle = tuple[int, int, int, int]
"""Left, top, width, height in pixels of the picture."""


def may_need_pieces(tiles: Literal["auto", "on", "off"], across: int) -> bool:
    return tiles == "on" or (tiles == "auto" and across >= WIDE)


class Panorama:
    """Remembers from picture to picture. The whole picture is looked at each time, and pieces as they are
    due; people in pieces that were left out are where they were, or where they were going.

    Used by one thread.
    """

    def __init__(
        self, tiles: Literal["auto", "on", "off"], budget: int, size: int, people: Sequence[int]
    ) -> None:
        """`size`: pixels of the network's input. `people`: the classes whose size counts."""
        self._tiles = tiles
        self._budget = budget
        self._size = size
        self._people = np.array(people, np.float32)
        self.reset()

    def reset(self) -> None:
        self._gauge = SizeGauge(always=self._tiles == "on")
        self._movement = Movement()
        self._scale = 0.0
        self._area: Rectangle = (0, 0, 0, 0)
        self._lay(())

    @property
    def pieces(self) -> int:
        """How many the picture is cut into now; 0: it is looked at as a whole."""
        return len(self._pieces)

    def find(self, image: BgrArray, area: Rectangle, at: float, look: Look) -> Found:
        """People and ball within `area` of the picture of stream time `at`, in pixels of the picture."""
        self._fit(image, area)
        if not self._pieces:
            found = self._find_whole(image, area, look)
        else:
            found = self._find_in_pieces(image, area, at, look)
        if may_need_pieces(self._tiles, image.shape[1]):
            self._gauge.measure(found[np.isin(found[:, 5], self._people)], at)
        return found

    def _fit(self, image: BgrArray, area: Rectangle) -> None:
        """Lay the grid anew where the picture or the size of people asks for it."""
        needed = may_need_pieces(self._tiles, image.shape[1])
        scale = self._gauge.scale(max(area[2:]), self._size) if needed else 0.0
        if (scale, area) != (self._scale, self._area):
            self._scale, self._area = scale, area
            self._lay(grid(*area, scale, self._size) if scale else ())

    def _lay(self, pieces: tuple[Piece, ...]) -> None:
        self._pieces = pieces
        self._turns = Turns(len(pieces), self._budget)
        self._memories = [PieceMemory() for _ in pieces]

    def _find_whole(self, image: BgrArray, area: Rectangle, look: Look) -> Found:
        left, top, width, height = area
        part = image[top : top + height, left : left + width]
        [found] = look([part])
        found[:, :4] += np.array([left, top, left, top], np.float32)
        return found

    def _find_in_pieces(self, image: BgrArray, area: Rectangle, at: float, look: Look) -> Found:
        taken = self._take(image, at)
        everything = whole(*area, self._size)
        looked = [everything, *(self._pieces[number] for number in taken)]
        seen = [
            piece.back(found)
            for piece, found in zip(looked, look([piece.of(image) for piece in looked]), strict=True)
        ]
        finds = [Finds.of(seen[0], Rank.WHOLE_PICTURE, -1)]
        for number, found in zip(taken, seen[1:], strict=True):
            cut = self._pieces[number].cut(found)
            finds.append(Finds.of(found, Rank.TILE, number, cut))
            self._memories[number].look(found[~cut], at)
        return merge(finds + self._recalled(taken, at))

    def _take(self, image: BgrArray, at: float) -> list[int]:
        """The pieces whose turn it is."""
        self._movement.see(image)
        busy = [
            max(self._movement.within(piece), PEOPLED if len(memory) else 0.0)
            for piece, memory in zip(self._pieces, self._memories, strict=True)
        ]
        return self._turns.take(np.array(busy), at)

    def _recalled(self, taken: list[int], at: float) -> list[Finds]:
        """People of the pieces that were left out, but for where another piece was looked at just now."""
        recalled = []
        for number, memory in enumerate(self._memories):
            if number not in taken:
                memory.heed(self._movement)
                for other in taken:
                    memory.forget(self._pieces[other].holds(memory.found))
                recalled.append(Finds.of(memory.recall(at), Rank.REMEMBERED, number))
        return recalled
