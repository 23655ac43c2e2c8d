"""`virtualptz plugins new`: a plug-in to begin with."""

from pathlib import Path
from typing import Literal

from .plugins import plugins_app


@plugins_app.command
def new(name: str, *, kind: Literal["policy", "tracking", "media"], into: Path = Path()) -> int:
    """Write a plug-in to begin with: it installs, is typed, and passes its contract at once.

    Parameters
    ----------
    name
        Of what it offers; small letters, digits and hyphens.
    kind
        A smoothing policy, a detector, or a media backend.
    into
        The folder that the new folder `vptz-NAME` goes into.
    """
    from ..scaffold import write_plugin

    folder = write_plugin(name, kind, into)
    print(f"{folder} is there. Next:")
    print(f"  pip install --editable {folder} pytest")
    print(f"  pytest {folder}")
    print("  virtualptz plugins")
    return 0
