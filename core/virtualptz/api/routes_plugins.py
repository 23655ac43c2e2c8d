"""Which plug-ins there are, what they offer, why one does not work; and which of them later jobs may use."""

import asyncio
from collections.abc import Iterable

from ..plugins import PluginStatus
from ..wire.plugins import PluginAnswer, PluginDetail, PluginList
from .routing import new_router, refusals
from .services import ServicesNow

router = new_router("plugins")


@router.get("/runner/plugins", summary="All plug-ins")
async def plugins(services: ServicesNow) -> PluginList:
    return _listed(services.plugins)


@router.get("/runner/plugins/{name}", summary="One plug-in, and every option of it", responses=refusals(404))
async def plugin(name: str, services: ServicesNow) -> PluginDetail:
    """By its own name, or by that of something it offers."""
    return await asyncio.to_thread(services.changes.show, name)


@router.post("/runner/plugins/rescan", summary="Look at what is installed now")
async def rescan(services: ServicesNow) -> PluginList:
    return _listed(await services.changes.rescan())


@router.post("/runner/plugins/{name}/enable", summary="Let later jobs use a plug-in")
async def enable(name: str, services: ServicesNow) -> PluginAnswer:
    return _told(await services.changes.enable(name))


@router.post("/runner/plugins/{name}/disable", summary="Keep a plug-in from later jobs")
async def disable(name: str, services: ServicesNow) -> PluginAnswer:
    return _told(await services.changes.disable(name))


def _listed(statuses: Iterable[PluginStatus]) -> PluginList:
    return PluginList(plugins=[_told(status) for status in statuses])


def _told(status: PluginStatus) -> PluginAnswer:
    return PluginAnswer.model_validate(status.as_json())
