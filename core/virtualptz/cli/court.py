"""`virtualptz court`: the simulated match as a clip."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ConfigError
from .app import app, parsed_rate, read_settings

if TYPE_CHECKING:
    from ..tracking.court_clip import ClipOptions


@app.command
def court(
    *,
    seconds: float = 30.0,
    output: Path = Path("court.mp4"),
    truth: Path | None = None,
    seed: int = 7,
    size: str = "1920x1080",
    fps: str = "30",
) -> int:
    """Draw a simulated basketball match, as a fixed wide camera sees it, with a beep track.

    Parameters
    ----------
    seconds
        Length of the clip.
    output
        The file; .mp4, .flv, .ts or .mkv. One that is there already is not overwritten: it gets a number.
    truth
        A file for what is really to be seen in each frame: a tracking update a line, as JSON.
    seed
        Of the match; the same seed gives the same match.
    size
        Width x height, as in 1920x1080.
    fps
        Frames a second: a number or a fraction, as in 30000/1001.
    """
    from ..tracking.court_clip import ClipOptions

    width, height = _parsed_size(size)
    options = ClipOptions(output.absolute(), seconds, width, height, parsed_rate(fps), seed, truth)
    return _draw(options)


def _parsed_size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    try:
        return int(width), int(height)
    except ValueError:
        raise ConfigError(f"--size: {text!r} is not like 1920x1080") from None


def _draw(options: "ClipOptions") -> int:
    from ..plugins import PluginHost
    from ..tracking.court_clip import write_court_clip
    from ..uris import validate_target

    def progress(seconds: float) -> None:
        print(f"\r{seconds:4.0f} of {options.seconds:g} s", end="", file=sys.stderr, flush=True)

    validate_target(str(options.output))
    settings = read_settings()
    backend = PluginHost.load(settings.plugins_disabled, settings.plugin).media_backend(
        settings.media_backend
    )
    report = write_court_clip(backend, options, progress if sys.stderr.isatty() else None)
    print(f"{report.path}: {report.frames} frames")
    return 0
