"""What is done so far, in a folder beside the output: an interrupt costs no more than the part it came in."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from ..errors import ConfigError
from ..model import Frozen

FORMAT = 1


class Part(Frozen):
    """A piece of the film that is written."""

    number: int
    begins: float
    """Stream time of its first picture."""
    ends: float
    """Of its last one."""
    breaks: int
    """How often the source's clock had jumped by then."""
    jumps: tuple[tuple[float, float], ...] = ()
    """Of this part: stream time, and the source's own time at stream time 0 from then on."""
    pictures: int
    bytes: int


class State(Frozen):
    """What was asked for, by its hash, and what of it is done."""

    format: int = FORMAT
    tracking_key: str = ""
    film_key: str = ""
    tracked: bool = False
    """All updates are there."""
    parts: tuple[Part, ...] = ()


class Workspace:
    """The folder `OUTPUT.part`. One process at a time."""

    def __init__(self, output: Path) -> None:
        self.folder = output.with_name(f"{output.name}.part")
        self.tracking = self.folder / "tracking.jsonl"
        self.joined = self.folder / "joined" / output.name
        """In a folder of its own: an HLS film has many files."""
        self.log = self.folder / "decisions.jsonl"
        self.state = State()
        self._state = self.folder / "state.json"

    @property
    def worth(self) -> bool:
        """Whether anything is done."""
        return bool(self.state.parts) or (self.tracking.exists() and self.tracking.stat().st_size > 0)

    def film(self, number: int) -> Path:
        return self.folder / f"part-{number:05d}.mp4"

    def lines(self, number: int) -> Path:
        """The decision log of that part."""
        return self.folder / f"part-{number:05d}.jsonl"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Makes the folder. Raises ConfigError where another process works in it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ConfigError(f"{self.folder}: another render is at work on this output") from None
            try:
                yield
            finally:
                if not self.worth:
                    self.remove()

    def begin(self, tracking_key: str, film_key: str, *, fresh: bool) -> str:
        """Take up what is there; returns in words why not all of it could be used, if so."""
        found = None if fresh else self._read()
        if found is None:
            note = "what there was is discarded, as asked for" if fresh and self._state.exists() else ""
            kept = State()
        elif found.tracking_key != tracking_key:
            note, kept = "the arguments or the recording are others than before: it starts anew", State()
        elif found.film_key != film_key:
            note = "the arguments are others than before: the detections are kept, the film starts anew"
            kept = State(tracked=found.tracked)
        else:
            note, kept = "", found.model_copy(update={"parts": tuple(self._whole(found))})
        self._clear(kept, tracking=found is not None and found.tracking_key == tracking_key)
        self.keep(kept.model_copy(update={"tracking_key": tracking_key, "film_key": film_key}))
        return note

    def keep(self, state: State) -> None:
        """This is done now, whatever happens."""
        self.state = state
        write_whole(self._state, state.model_dump_json().encode())

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def _read(self) -> State | None:
        try:
            state = State.model_validate_json(self._state.read_bytes())
        except (OSError, ValidationError):
            return None
        return state if state.format == FORMAT else None

    def _whole(self, state: State) -> Iterator[Part]:
        """Those up to the first that is not as it was written."""
        for part in state.parts:
            film = self.film(part.number)
            if not (self.lines(part.number).exists() and film.exists() and film.stat().st_size == part.bytes):
                return
            yield part

    def _clear(self, kept: State, *, tracking: bool) -> None:
        names = {"lock", "state.json"} | ({"tracking.jsonl"} if tracking else set())
        for part in kept.parts:
            names |= {self.film(part.number).name, self.lines(part.number).name}
        for path in self.folder.iterdir():
            if path.name not in names:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def write_whole(path: Path, data: bytes) -> None:
    """On the disk, all of it or nothing."""
    new = path.with_name(f"{path.name}.new")
    with new.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
