"""What is learnt of a plug-in while it loads, and the line that comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .discovery import Found
from .status import PluginStatus

Off = Literal["settings", "hand"]
"""Who keeps a plug-in from being imported: `RUNNER_PLUGINS_DISABLED`, or somebody at run time."""
OFF_REASONS: Mapping[Off, str] = {
    "settings": "RUNNER_PLUGINS_DISABLED names it",
    "hand": "somebody has disabled it",
}


@dataclass(slots=True)
class Record:
    found: Found
    plugin: Any = None
    """None: disabled, or it failed before it was registered."""
    off: Off | None = None
    problems: list[str] = field(default_factory=list)
    offers: dict[str, list[str]] = field(default_factory=dict)
    hooks: tuple[str, ...] = ()
    lacks_extra: bool = False

    @property
    def works(self) -> bool:
        """Whether anything of it does: an offer that was taken, or a hook that offers nothing."""
        return any(self.offers.values()) or any(
            hook.removeprefix("vptz_") not in self.offers for hook in self.hooks
        )

    def status(self, missing: Mapping[str, str]) -> PluginStatus:
        return PluginStatus(
            name=self.found.name,
            state="disabled" if self.off else "loaded" if self.works or not self.problems else "failed",
            reason=OFF_REASONS[self.off] if self.off else "; ".join(self.problems) or None,
            remedy=self._remedy,
            distribution=self.found.distribution,
            version=self.found.version,
            license=self.found.license,
            offers={kind: tuple(names) for kind, names in self.offers.items()},
            hooks=self.hooks,
            missing=missing,
            lacks_extra=self.lacks_extra,
        )

    @property
    def _remedy(self) -> str | None:
        found = self.found
        if self.off == "settings":
            return f"take {found.name} out of RUNNER_PLUGINS_DISABLED"
        if self.off == "hand":
            return f"virtualptz plugins enable {found.name}"
        if self.lacks_extra:
            return f"pip install '{found.distribution}[{','.join(found.entry_point.extras)}]'"
        if self.problems:
            return f"pip install --upgrade {found.distribution}, or: virtualptz plugins disable {found.name}"
        return None
