"""Which plug-ins there are, what they offer, why one does not work; and which of them later jobs may use."""

from typing import Any

from ..wire.plugins import PluginList
from .routing import new_router
from .services import ServicesNow

router = new_router("plugins")


@router.get("/runner/plugins", summary="All plug-ins")
async def plugins(services: ServicesNow) -> PluginList:
    return PluginList(plugins=[status.as_json() for status in services.plugins])


@router.post("/runner/plugins/rescan", summary="Look at what is installed now")
async def rescan(services: ServicesNow) -> PluginList:
    return PluginList(plugins=[status.as_json() for status in await services.changes.rescan()])


@router.post("/runner/plugins/{name}/enable", summary="Let later jobs use a plug-in")
async def enable(name: str, services: ServicesNow) -> dict[str, Any]:
    return (await services.changes.enable(name)).as_json()


@router.post("/runner/plugins/{name}/disable", summary="Keep a plug-in from later jobs")
async def disable(name: str, services: ServicesNow) -> dict[str, Any]:
    return (await services.changes.disable(name)).as_json()
