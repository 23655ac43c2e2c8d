"""One plug-in, with every option of what it offers: what there is to set, and what is in force."""

import os
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from .errors import ConfigError, UnknownPluginError
from .plugins import OptionField, PluginHost, PluginStatus, option_fields, value_of
from .plugins.offers import Offer
from .settings import PLUGIN_OPTION_PREFIX, Settings
from .settings_shown import HIDDEN, hidden_where_secret
from .wire.plugins import Origin, PluginDetail, PluginOption


def shown_plugin(host: PluginHost, settings: Settings, name: str, *, redact: bool = True) -> PluginDetail:
    """`name`: a plug-in's, or that of something it offers, and then with the options of that alone.

    Raises UnknownPluginError, which names both kinds.
    """
    status = _find(host.statuses, name)
    offered = [each for names in status.offers.values() for each in names]
    wanted = offered if name == status.name else [name]
    options = [option for each in wanted for option in _options(host, settings, status, each, redact=redact)]
    wrong = [problem for problem in host.wrong_options() if any(f" {each!r}: " in problem for each in wanted)]
    return PluginDetail.model_validate({**status.as_json(), "options": options, "wrong": wrong})


def _find(statuses: tuple[PluginStatus, ...], name: str) -> PluginStatus:
    """A plug-in that works goes before one of the same name that does not."""
    by_name = sorted(
        (status for status in statuses if status.name == name), key=lambda one: one.state != "loaded"
    )
    offering = [status for status in statuses if any(name in names for names in status.offers.values())]
    if found := [*by_name, *offering]:
        return found[0]
    plugins = ", ".join(sorted({status.name for status in statuses}))
    offers = ", ".join(sorted({each for one in statuses for names in one.offers.values() for each in names}))
    raise UnknownPluginError(
        f"no plug-in {name!r} is installed, and none offers it; there are: {plugins}; they offer: {offers}"
    )


def _options(
    host: PluginHost, settings: Settings, status: PluginStatus, name: str, *, redact: bool
) -> Iterator[PluginOption]:
    for _, offer in host.offers_of(name):
        if offer.plugin.name != status.name:
            continue
        given = host.options_of(name)
        now = _in_force(offer, given)
        for field in option_fields(offer.extension.options):
            yield _option(settings, name, field, given, now, redact=redact)


def _option(
    settings: Settings,
    extension: str,
    field: OptionField,
    given: Mapping[str, object],
    now: BaseModel | None,
    *,
    redact: bool,
) -> PluginOption:
    variable = f"{PLUGIN_OPTION_PREFIX}{extension.replace('-', '_')}_{field.name}".upper()
    value = given.get(field.name, field.default) if now is None else value_of(now, field)
    return PluginOption(
        extension=extension,
        name=field.name,
        type=field.type,
        allowed=field.allowed,
        default=_safe(field, field.default) if redact else field.default,
        required=field.required,
        unit=field.unit,
        description=field.description,
        value=_safe(field, value) if redact else value,
        origin=_origin(settings, extension, field.name, variable, given),
        variable=variable,
        key=f"plugin.{extension}.{field.name}",
    )


def _safe(field: OptionField, value: Any) -> Any:
    return HIDDEN if value and field.secret else hidden_where_secret(field.name, value)


def _in_force(offer: Offer[Any], given: Mapping[str, object]) -> BaseModel | None:
    """None: they cannot be told, since one that has to be set is not, or one is wrong."""
    try:
        options: BaseModel = offer.options(given)
    except ConfigError:
        return None
    return options


def _origin(
    settings: Settings, extension: str, option: str, variable: str, given: Mapping[str, object]
) -> Origin:
    if option not in given:
        return "default"
    if option in settings.flags.plugin.get(extension, {}):
        return "flag"
    return "environment" if variable in os.environ else "file"
