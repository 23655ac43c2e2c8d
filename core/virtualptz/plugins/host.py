"""Loads the installed plug-ins, keeps one's faults from the others, and hands out what they offer."""

import logging
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from ..errors import ConfigError, PluginError
from ..model import Finding, JobOutcome, JobRef, MediaInfo, TrackingUpdate
from ..protocols import MediaBackend, SmoothingPolicy, TrackingSource
from .discovery import Found, MissingExtraError, find_plugins
from .offers import Offer, Offers
from .options import check_options, has_option
from .preferred import AUTO, choose_source
from .record import Off, Record
from .registry import Registry
from .status import PluginStatus

log = logging.getLogger(__name__)

PluginOptions = Mapping[str, Mapping[str, str]]
"""Option values by extension name and option name."""


class PluginHost:
    """All plug-ins of one process, loaded once. Any thread may use it afterwards."""

    def __init__(
        self, disabled: Collection[str], options: PluginOptions, switched_off: Collection[str] = ()
    ) -> None:
        self._off: dict[str, Off] = dict.fromkeys(switched_off, "hand")
        self._off.update(dict.fromkeys(disabled, "settings"))
        self._registry = Registry(blocked=self._off)
        self._options = {name.lower(): dict(values) for name, values in options.items()}
        self._backends: Offers[MediaBackend] = Offers("media backend")
        self._policies: Offers[SmoothingPolicy] = Offers("smoothing policy")
        self._sources: Offers[TrackingSource] = Offers("tracking source")
        self._records = [self._add(found) for found in find_plugins()]
        self._options = self._respelt()
        self._hint = _hint([record.found.name for record in self._records if record.off])
        for offers in self._kinds.values():
            offers.hint = self._hint
        self._unknown = sorted(set(disabled) - {record.found.name for record in self._records})

    @classmethod
    def load(
        cls,
        disabled: Collection[str] = (),
        options: PluginOptions | None = None,
        *,
        switched_off: Collection[str] = (),
    ) -> "PluginHost":
        """Import and register what is installed, bar the names in `disabled` (by the settings) and in
        `switched_off` (by hand), which are not even imported.

        A plug-in that fails becomes a status with the reason; this never raises for it.
        """
        host = cls(disabled, options or {}, switched_off)
        for record in host._records:
            # What is merely not installed is said where people ask, not at every start.
            level = logging.DEBUG if record.lacks_extra else logging.WARNING
            for problem in record.problems:
                log.log(level, "plug-in %s of %s: %s", record.found.name, record.found.distribution, problem)
        for problem in host.unknown_settings():
            log.warning("%s", problem)
        return host

    @classmethod
    def only(cls, names: Collection[str]) -> "PluginHost":
        """With all others disabled."""
        return cls({found.name for found in find_plugins()} - set(names), {})

    def unseen(self, disabled: Collection[str] = ()) -> tuple[Found, ...]:
        """What is installed now, bar the names in `disabled`, and was not tried here in this very version."""
        known = {_identity(record.found) for record in self._records if record.off is None}
        return tuple(
            found for found in find_plugins() if found.name not in disabled and _identity(found) not in known
        )

    @property
    def statuses(self) -> tuple[PluginStatus, ...]:
        return tuple(record.status(self._missing(record)) for record in self._records)

    def media_backend(self, name: str, **overrides: object) -> MediaBackend:
        """Build it from the configured options and `overrides`, which win; PluginError or ConfigError."""
        return self._backends.build(name, self._values(name, overrides))

    def smoothing_policy(
        self, name: str, *, lookahead: float | None = None, **overrides: object
    ) -> SmoothingPolicy:
        """As `media_backend`; one that has an option `lookahead` gets the job's, in seconds."""
        if lookahead is not None and "lookahead" in self._policies.find(name).extension.options.model_fields:
            overrides["lookahead"] = lookahead
        return self._policies.build(name, self._values(name, overrides))

    @property
    def policy_options(self) -> dict[str, dict[str, str]]:
        """The options that are set, of each smoothing policy."""
        return {
            name: dict(values) for name, values in self._options.items() if name in self._policies.by_name
        }

    def options_of(self, name: str) -> dict[str, object]:
        """The options that are set, of what is offered under this name."""
        return self._values(name, {})

    def tracking_source(self, name: str, **overrides: object) -> TrackingSource:
        """As `media_backend`."""
        return self._sources.build(name, self._values(name, overrides))

    def lacking(self, **overrides: object) -> dict[str, str | None]:
        """What each tracking source lacks to work here, with the options that are set; None: nothing.

        With those that were not loaded for want of an extra, under their plug-in's name.
        """
        absent = {one.found.name: "; ".join(one.problems) for one in self._records if one.lacks_extra}
        return absent | {
            name: self._sources.lacks(name, self._values(name, overrides)) for name in self._sources.by_name
        }

    def live_source(self, name: str = AUTO, **overrides: object) -> str:
        """The name of a tracking source that lacks nothing: this one, or, for `auto`, the preferred one.

        With `overrides`, one that has these options too. ConfigError says what there is, and what each lacks.
        """
        return choose_source(name, self.lacking(**overrides), self._preferences, self._hint)

    @property
    def _preferences(self) -> dict[str, int]:
        return {name: offer.extension.preference for name, offer in self._sources.by_name.items()}

    def misconfigured(self) -> list[str]:
        """What is wrong with the settings about plug-ins, one sentence each; builds nothing."""
        return self.unknown_settings() + self.wrong_options()

    def unknown_settings(self) -> list[str]:
        """Settings about what is not there: no reason not to start, for it may be installed later."""
        absent = {record.found.name.lower() for record in self._records if not any(record.offers.values())}
        there = ", ".join(sorted({name for name, _ in self._offered_options}))
        disabled = [f"RUNNER_PLUGINS_DISABLED: no plug-in {name!r} is installed" for name in self._unknown]
        return disabled + [
            f"options are set for {name!r}, which no plug-in offers; there are: {there}"
            for name in self._options
            if name not in absent and not self.offers_of(name)
        ]

    def wrong_options(self) -> list[str]:
        """What is wrong with the options that are set, one sentence each: with them nothing starts."""
        return [problem for name in self._options for problem in self._wrong_options(name)]

    def offers_of(self, name: str) -> list[tuple[str, Offer[Any]]]:
        """What is offered under this name: the kind in words, and the offer."""
        return [
            (offers.kind, offers.by_name[name]) for offers in self._kinds.values() if name in offers.by_name
        ]

    def findings(self) -> list[tuple[str, Finding]]:
        """What each plug-in, by name, says it needs of this machine."""
        return [
            (one.found.name, finding) for one in self._with_hook("vptz_doctor") for finding in self._ask(one)
        ]

    def job_started(self, job: JobRef, media: MediaInfo) -> None:
        self._observe("vptz_job_started", job=job, media=media)

    def job_stopped(self, job: JobRef, outcome: JobOutcome) -> None:
        self._observe("vptz_job_stopped", job=job, outcome=outcome)

    def tracking_updated(self, job: JobRef, update: TrackingUpdate) -> None:
        self._observe("vptz_tracking_updated", job=job, update=update)

    @property
    def _kinds(self) -> dict[str, Offers[Any]]:
        return {
            "media_backends": self._backends,
            "smoothing_policies": self._policies,
            "tracking_sources": self._sources,
        }

    def _missing(self, record: Record) -> dict[str, str]:
        """What those of its tracking sources that can tell say they lack."""
        names = record.offers.get("tracking_sources", [])
        asked = [name for name in names if self._sources.find(name).extension.missing is not None]
        lacking = {name: self._sources.lacks(name, self._values(name, {})) for name in asked}
        return {name: lack for name, lack in lacking.items() if lack is not None}

    def _values(self, name: str, overrides: Mapping[str, object]) -> dict[str, object]:
        return {**self._options.get(name, {}), **overrides}

    def _add(self, found: Found) -> Record:
        record = Record(found, off=self._off.get(found.name))
        if record.off is None:
            try:
                record.plugin = self._registry.register(found)
            except PluginError as error:
                record.problems.append(str(error))
                record.lacks_extra = isinstance(error, MissingExtraError)
            else:
                self._collect(record)
        return record

    def _collect(self, record: Record) -> None:
        record.hooks = self._registry.hooks(record.plugin)
        if not record.hooks:
            record.problems.append("implements no hook: mark its functions with virtualptz.hookimpl")
        for kind, offers in self._kinds.items():
            record.offers[kind] = []
            for extension in self._offered(record, f"vptz_{kind}"):
                try:
                    record.offers[kind].append(offers.add(record.found, extension))
                except PluginError as error:
                    record.problems.append(str(error))

    def _offered(self, record: Record, hook: str) -> list[Any]:
        try:
            return self._registry.collect(record.plugin, hook)
        except PluginError as error:
            record.problems.append(str(error))
            return []

    def _with_hook(self, hook: str) -> list[Record]:
        return [record for record in self._records if hook in record.hooks]

    def _ask(self, record: Record) -> list[Finding]:
        try:
            return self._registry.collect(record.plugin, "vptz_doctor")
        except PluginError as error:
            return [Finding(ok=False, subject="its own check", detail=str(error), remedy="tell its author")]

    def _observe(self, hook: str, **arguments: object) -> None:
        for record in self._with_hook(hook):
            try:
                self._registry.call(record.plugin, hook, **arguments)
            except PluginError as error:
                log.warning("plug-in %s: %s", record.found.name, error, exc_info=error)

    def _wrong_options(self, name: str) -> Iterator[str]:
        for kind, offer in self.offers_of(name):
            try:
                check_options(offer.kind(kind), offer.extension, self._options[name])
            except ConfigError as error:
                yield str(error)

    @property
    def _offered_options(self) -> list[tuple[str, type[BaseModel]]]:
        return [
            (name, offer.extension.options)
            for offers in self._kinds.values()
            for name, offer in offers.by_name.items()
        ]

    def _respelt(self) -> dict[str, dict[str, str]]:
        """Options by the extensions that have them.

        Where a variable's name was split at its first underscore, the extension's own name may hold more.
        """
        found: dict[str, dict[str, str]] = {}
        models = self._offered_options
        for name, values in self._options.items():
            for option, value in values.items():
                owner, its = _owner(name, option, models)
                found.setdefault(owner, {})[its] = value
        return found


def _owner(name: str, option: str, models: Collection[tuple[str, type[BaseModel]]]) -> tuple[str, str]:
    """Which extension is meant, and which option of it."""
    if any(known == name and has_option(model, option) for known, model in models):
        return name, option
    whole = f"{name.replace('-', '_')}_{option}"
    for known, model in models:
        prefix = f"{known.replace('-', '_')}_"
        if whole.startswith(prefix) and known != name and has_option(model, whole.removeprefix(prefix)):
            return known, whole.removeprefix(prefix)
    return name, option


def _hint(disabled: list[str]) -> str:
    """Why there may be no extension of a name."""
    return f" (disabled plug-ins: {', '.join(disabled)})" if disabled else ""


def _identity(found: Found) -> tuple[str, str, str]:
    return found.name, found.distribution, found.version
