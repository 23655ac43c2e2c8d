"""Pictures of the simulated match, as a wide fixed camera would take them."""

from .painter import CourtPainter

__all__ = ["CourtPainter"]
