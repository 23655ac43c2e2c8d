"""What the agent's plug-ins are, and whether they work."""

from typing import Any

from pydantic import BaseModel


class PluginList(BaseModel):
    plugins: list[dict[str, Any]]
