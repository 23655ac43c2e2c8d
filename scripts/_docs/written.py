"""What of docs/ is made of the code."""

from functools import cache

from .cli_page import cli_page
from .diagrams import camera_picture, packages_picture, processes_picture
from .endpoints_page import endpoints_page
from .hooks_page import hooks_page
from .options_page import options_page
from .quoted import quoting
from .settings_page import settings_page


@cache
def written() -> dict[str, str]:
    """Text by the name in docs/."""
    return {
        "how-to/many-courts.md": quoting("how-to/many-courts.md"),
        "pictures/camera.svg": camera_picture(),
        "pictures/packages.svg": packages_picture(),
        "pictures/processes.svg": processes_picture(),
        "reference/cli.md": cli_page(),
        "reference/endpoints.md": endpoints_page(),
        "reference/hooks.md": hooks_page(),
        "reference/options.md": options_page(),
        "reference/settings.md": settings_page(),
    }
