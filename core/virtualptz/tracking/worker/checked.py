"""What a tracking source gives, which may be anything, as what the contract allows."""

from pydantic import ValidationError

from ...errors import VirtualPtzError
from ...model import TrackingUpdate

LONGEST = 200


class BadUpdateError(VirtualPtzError):
    """An update that no agent takes; the message says why on one line."""


def checked(update: object) -> TrackingUpdate:
    """The same, validated: a model can be made around its own rules. Raises BadUpdateError."""
    if not isinstance(update, TrackingUpdate):
        raise BadUpdateError(f"it is no TrackingUpdate but a {type(update).__name__}")
    try:
        valid = TrackingUpdate.model_validate(update.model_dump(exclude_unset=True, warnings=False))
        # What is added to a target has no rules of its own, and must be JSON all the same.
        valid.model_dump(mode="json")
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise BadUpdateError(f"{place}: {first['msg']}"[:LONGEST]) from error
    except Exception as error:  # (the boundary to a tracking source of others: a target may hold any object)
        raise BadUpdateError(f"{type(error).__name__}: {error}"[:LONGEST]) from error
    return valid
