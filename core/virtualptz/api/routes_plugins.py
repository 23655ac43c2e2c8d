"""Which plug-ins there are, what they offer, and why one does not work."""

from .routing import new_router
from .schemas import PluginList
from .services import ServicesNow

router = new_router("plugins")


@router.get("/runner/plugins", summary="All plug-ins")
async def plugins(services: ServicesNow) -> PluginList:
    return PluginList(plugins=[status.as_json() for status in services.plugins])
