"""A finished film goes where it was asked for: from one moment to the next, as far as a file system can."""

import shutil
from pathlib import Path

PLAYLIST = ".m3u8"


def publish(made: Path, output: Path) -> None:
    """Moves the film, and the segments that an HLS playlist names; the playlist last."""
    output.parent.mkdir(parents=True, exist_ok=True)
    segments = [path for path in made.parent.iterdir() if path != made]
    before = _segments_of(output)
    for path in segments:
        path.replace(output.with_name(path.name))
    made.replace(output)
    for name in before - {path.name for path in segments}:
        output.with_name(name).unlink(missing_ok=True)


def _segments_of(playlist: Path) -> set[str]:
    """The files beside it that an older playlist named."""
    if playlist.suffix.lower() != PLAYLIST or not playlist.exists():
        return set()
    lines = playlist.read_text(errors="replace").splitlines()
    own = f"{playlist.stem}-"
    return {line for line in lines if line.startswith(own) and line.endswith(".ts") and "/" not in line}


def remove_old(folder: Path) -> None:
    """What an interrupted call had joined."""
    shutil.rmtree(folder, ignore_errors=True)
