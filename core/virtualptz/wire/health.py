"""Whether the agent runs, and whether it could take one more job now."""

from typing import Literal

from pydantic import BaseModel, Field

Check = Literal["agent", "disk", "jobs", "media", "memory", "store"]
Word = Literal["ok", "stopping", "full", "read_only", "gone", "hangs", "broken", "low", "failing"]
"""What may be told to anybody: no path, no number, no name."""


class Health(BaseModel):
    status: Literal["ok"] = "ok"
    preview_jobs: int
    ingest_jobs: int


class Healthz(BaseModel):
    status: Literal["ok"] = "ok"


class Readyz(BaseModel):
    ready: bool
    checks: dict[Check, Word] = Field(description="a word each; `ok` where nothing is in the way")
