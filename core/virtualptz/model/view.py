"""Where the virtual camera looks, and where it may."""

from dataclasses import dataclass

from pydantic import Field, model_validator

from .frozen import Frozen

MIN_ZOOM = 1.0
MAX_ZOOM = 4.0


@dataclass(frozen=True, slots=True)
class CropShape:
    """The part of the source, as fractions of its width and height, that a crop covers at zoom 1."""

    width: float = 1.0
    height: float = 1.0

    @classmethod
    def fit(cls, source_aspect: float, output_aspect: float) -> "CropShape":
        """The largest crop of the output's aspect inside the source, so that nothing is stretched."""
        return cls(min(1.0, output_aspect / source_aspect), min(1.0, source_aspect / output_aspect))


WHOLE_FRAME = CropShape()


class LimitBox(Frozen):
    """The part of the source that the camera may show, as fractions of its width and height."""

    left: float = Field(default=0.0, ge=0, le=1)
    top: float = Field(default=0.0, ge=0, le=1)
    right: float = Field(default=1.0, ge=0, le=1)
    bottom: float = Field(default=1.0, ge=0, le=1)

    @model_validator(mode="after")
    def _large_enough(self) -> "LimitBox":
        least = 1 / MAX_ZOOM - 1e-9
        if self.right - self.left < least or self.bottom - self.top < least:
            raise ValueError(
                f"a limit box is at least {1 / MAX_ZOOM:g} wide and high: the closest crop must fit"
            )
        return self


NO_LIMITS = LimitBox()


@dataclass(frozen=True, slots=True)
class View:
    """Where the virtual camera looks: the crop's centre, and how many times smaller than the frame it is."""

    center_x: float = 0.5
    center_y: float = 0.5
    zoom: float = 1.0

    def inside(self, shape: CropShape = WHOLE_FRAME) -> "View":
        """The nearest view whose crop lies inside the frame."""
        return Edges(shape).clamp(self)


@dataclass(frozen=True, slots=True)
class Edges:
    """Where the camera may look: its crop stays inside the box, and its zoom inside the range."""

    shape: CropShape = WHOLE_FRAME
    box: LimitBox = NO_LIMITS
    max_zoom: float = MAX_ZOOM
    aspect: float = 16 / 9
    """The source's width over its height: fractions of the height times its inverse are widths."""

    @property
    def min_zoom(self) -> float:
        """The zoom at which the crop just fits into the box."""
        across = self.shape.width / (self.box.right - self.box.left)
        down = self.shape.height / (self.box.bottom - self.box.top)
        return min(max(across, down, MIN_ZOOM), self.max_zoom)

    @property
    def wide(self) -> View:
        """The view that shows most."""
        box = self.box
        middle = View((box.left + box.right) / 2, (box.top + box.bottom) / 2, self.min_zoom)
        return self.clamp(middle)

    def across(self, zoom: float) -> tuple[float, float]:
        """The least and the greatest `center_x` at this zoom."""
        return _range(self.box.left, self.box.right, self.shape.width / zoom)

    def down(self, zoom: float) -> tuple[float, float]:
        """The least and the greatest `center_y` at this zoom."""
        return _range(self.box.top, self.box.bottom, self.shape.height / zoom)

    def clamp(self, view: View) -> View:
        """The nearest view inside."""
        zoom = min(max(view.zoom, self.min_zoom), self.max_zoom)
        (left, right), (top, bottom) = self.across(zoom), self.down(zoom)
        return View(min(max(view.center_x, left), right), min(max(view.center_y, top), bottom), zoom)


def _range(low: float, high: float, size: float) -> tuple[float, float]:
    """Centres of an interval of `size` inside low..high; rounding must not turn the two around."""
    first, last = low + size / 2, high - size / 2
    return (first, last) if first <= last else ((first + last) / 2,) * 2


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast a view moves."""

    x: float = 0.0
    """Source widths a second."""
    y: float = 0.0
    """Source heights a second."""
    zoom: float = 0.0
    """Octaves a second."""


STILL = Speed()


@dataclass(frozen=True, slots=True)
class Sample:
    """A view that somebody wants at the stream time `at`, and why."""

    at: float
    view: View
    reason: str = ""
