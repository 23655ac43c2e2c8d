"""The agent itself: health, figures, plug-ins, and looking at a source."""

from collections.abc import Sequence

from ...wire.events import EventType
from ...wire.health import Health, Healthz, Readyz
from ...wire.plugins import PluginAnswer, PluginDetail, PluginList
from ...wire.probe import ProbeAnswer, ProbeRequest
from ..call import Call, JsonCall, Lasting, Request, TextCall, asked, path, query
from ..events import UNKNOWN_ID, Event, EventsFollowed

NOT_READY = 503
PROBE_SECONDS = 6.0
SPARE_SECONDS = 5.0
"""An answer's way, beside the time that a source is given."""


def health() -> Call[Health]:
    """Whether the agent runs, and how many jobs. Needs no key."""
    return JsonCall(Request("GET", "/health"), Health)


def healthz() -> Call[Healthz]:
    """Whether the agent's process answers. Needs no key."""
    return JsonCall(Request("GET", "/healthz"), Healthz)


def readyz() -> Call[Readyz]:
    """Whether the agent could take a job now; that it could not is an answer too. Needs no key."""
    return JsonCall(Request("GET", "/readyz"), Readyz, also=NOT_READY)


def metrics() -> Call[str]:
    """What Prometheus scrapes, as text."""
    return TextCall(Request("GET", "/metrics", headers={"Accept": "text/plain"}))


def probe(source: str, timeout_seconds: float = PROBE_SECONDS) -> Call[ProbeAnswer]:
    """Look at a source. Refused with 502 where it is no media or out of reach, with 504 where it is slow."""
    body = asked(ProbeRequest, source_uri_ref=source, timeout_seconds=timeout_seconds)
    request = Request("POST", "/runner/probe", body=body, seconds=timeout_seconds + SPARE_SECONDS)
    return JsonCall(request, ProbeAnswer)


def plugins() -> Call[PluginList]:
    """All plug-ins, those that do not work too."""
    return JsonCall(Request("GET", "/runner/plugins"), PluginList)


def plugin(name: str) -> Call[PluginDetail]:
    """One plug-in, by its name or that of something it offers, and each of its options."""
    return JsonCall(Request("GET", path("/runner/plugins/{name}", name=name)), PluginDetail)


def events(
    *,
    types: Sequence[EventType] = (),
    job_id: str | None = None,
    last_event_id: str | None = None,
    current: bool = False,
) -> Lasting[Event]:
    """What happens from now on, or from behind `last_event_id` on: all, or some `types`, or of one job.

    `current`: first a `gap`, and how each job is now.

    It lasts: what happened while the connection was lost comes when it is there again, after a `gap` where
    not all of it is known any more. Raises where nobody was ever reached, and for what an agent refuses.
    """
    begin = last_event_id or (UNKNOWN_ID if current else "")
    return EventsFollowed(query(types=",".join(types) or None, job_id=job_id), begin)


def rescan_plugins() -> Call[PluginList]:
    """Have the agent look at what is installed now."""
    return JsonCall(Request("POST", "/runner/plugins/rescan", body={}), PluginList)


def enable_plugin(name: str) -> Call[PluginAnswer]:
    """Let later jobs use it."""
    return JsonCall(Request("POST", path("/runner/plugins/{name}/enable", name=name), body={}), PluginAnswer)


def disable_plugin(name: str) -> Call[PluginAnswer]:
    """Keep it from later jobs; those that run keep it."""
    return JsonCall(Request("POST", path("/runner/plugins/{name}/disable", name=name), body={}), PluginAnswer)
