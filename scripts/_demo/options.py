"""What the demonstration was asked for."""

import argparse
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class DemoError(Exception):
    """The demonstration cannot go on; the message says why."""


@dataclass(frozen=True)
class Options:
    source: str | None
    """None: the drawn court."""
    seconds: float
    folder: Path
    size: str
    find_ffmpeg: bool = False
    detector: str = "motion"
    """Who says where play is in a file."""

    @property
    def recording(self) -> Path | None:
        """The source, where it is a file: one that is followed from beginning to end, not live."""
        return None if self.source is None or "://" in self.source else Path(self.source)

    @property
    def followed(self) -> Path:
        return self.folder / "followed.mp4"

    @property
    def program(self) -> Path:
        return self.folder / "program.mp4"


def parse(arguments: list[str]) -> Options:
    parser = argparse.ArgumentParser(prog="scripts/demo", description="Show the VirtualPTZ agent at work.")
    parser.add_argument("source", nargs="?", help="a recording or a stream (default: a drawn court)")
    parser.add_argument("--seconds", type=float, default=30, help="how long (default: 30)")
    parser.add_argument("--output", type=Path, default=ROOT / "demo-output", help="folder for what is made")
    parser.add_argument("--size", default="1920x1080", help="of the drawn court (default: 1920x1080)")
    parser.add_argument(
        "--detector",
        default="motion",
        help="who finds the play in a file: motion, yolo, ... (default: motion)",
    )
    parser.add_argument("--find-ffmpeg", action="store_true", help=argparse.SUPPRESS)
    found = parser.parse_args(arguments)
    if not 1 <= found.seconds <= 3600:
        parser.error("--seconds: between 1 and 3600")
    source = found.source
    if source and "://" not in source:
        source = str(Path(source).expanduser().resolve())
        if not Path(source).exists():
            parser.error(f"there is no file {source}")
    return Options(
        source, found.seconds, found.output.resolve(), found.size, found.find_ffmpeg, found.detector
    )
