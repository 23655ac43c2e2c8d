"""The base of the values that travel as JSON."""

from typing import Self

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """Base of the values that travel as JSON between processes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def of_any_version(cls, body: str | bytes) -> Self:
        """From JSON that a newer version may have written: what it has besides is left out, so that its jobs
        stay on air under an agent that went back. Raises pydantic's ValidationError."""
        return cls.model_validate_json(body, extra="ignore")
