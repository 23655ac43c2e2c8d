"""What the agent's plug-ins are, and whether they work."""

from typing import Any, Literal

from pydantic import BaseModel, Field

PluginState = Literal["loaded", "disabled", "failed"]
Origin = Literal["default", "file", "environment", "flag"]


class PluginAnswer(BaseModel):
    name: str = Field(description="the entry point's")
    state: PluginState = Field(description="`failed`: nothing of it works")
    reason: str | None = Field(default=None, description="why it, or a part of it, does not work")
    remedy: str | None = Field(default=None, description="what to do about it: mostly a command")
    distribution: str = ""
    version: str = ""
    license: str = ""
    offers: dict[str, list[str]] = Field(default={}, description="names of what it adds, by their kind")
    hooks: list[str] = []
    missing: dict[str, str] = Field(
        default={}, description="what tracking sources of it lack on this machine, by their names"
    )


class PluginOption(BaseModel):
    extension: str = Field(description="whose it is: the name under which the plug-in offers something")
    name: str
    type: str = Field(description="JSON Schema's; empty for a type of the plug-in's own")
    allowed: str = Field(description="in words: type and bounds, or the values that there are")
    default: Any = None
    required: bool = Field(default=False, description="it has no default")
    unit: str | None = Field(default=None, description="null: it has none")
    description: str = ""
    value: Any = Field(default=None, description="in force for later jobs; what is secret is masked")
    origin: Origin = Field(description="where the value comes from")
    variable: str = Field(description="what sets it in the environment")
    key: str = Field(description="what sets it in the TOML file")


class PluginDetail(PluginAnswer):
    options: list[PluginOption] = []
    wrong: list[str] = Field(default=[], description="what is wrong with the options that are set")


class PluginList(BaseModel):
    plugins: list[PluginAnswer]
