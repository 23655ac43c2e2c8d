"""What is known of one plug-in: the line that `virtualptz plugins` and `GET /runner/plugins` show."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..wire.plugins import PluginState


@dataclass(frozen=True, slots=True)
class PluginStatus:
    name: str
    """The entry point's name, which `RUNNER_PLUGINS_DISABLED` knows it by."""
    state: PluginState
    """`failed`: nothing of it works. `loaded` with a `reason`: a part of it does not."""
    reason: str | None = None
    remedy: str | None = None
    """What to do about it: mostly a command."""
    distribution: str = ""
    version: str = ""
    license: str = ""
    offers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Names of extensions under `media_backends`, `smoothing_policies` and `tracking_sources`."""
    hooks: tuple[str, ...] = ()
    missing: Mapping[str, str] = field(default_factory=dict)
    """What tracking sources of it say that they lack on this machine, by their names."""
    lacks_extra: bool = False
    """It failed only because an extra is not installed, which nobody need have."""

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "state": self.state,
            "reason": self.reason,
            "remedy": self.remedy,
            "distribution": self.distribution,
            "version": self.version,
            "license": self.license,
            "offers": {kind: list(names) for kind, names in self.offers.items()},
            "hooks": list(self.hooks),
            "missing": dict(self.missing),
        }
