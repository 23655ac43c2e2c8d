"""The base of the values that travel as JSON."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """Base of the values that travel as JSON between processes."""

    model_config = ConfigDict(frozen=True, extra="forbid")
