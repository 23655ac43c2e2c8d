"""One loaded model for all jobs of a process that want the same."""

import threading
from collections.abc import Callable

from virtualptz.errors import PluginError, VirtualPtzError
from virtualptz.protocols import BgrArray

from .batcher import Batcher
from .network import Found, Network, NetworkSpec

Load = Callable[[NetworkSpec], Network]


class _Held:
    def __init__(self, spec: NetworkSpec, load: Load) -> None:
        self.spec = spec
        self.batcher = Batcher(lambda: load(spec), spec.batch)
        self.users = 0


class Share:
    """One user's part of a network."""

    def __init__(self, owner: "SharedNetworks", held: _Held) -> None:
        self._owner = owner
        self._held = held
        self._closed = threading.Event()
        self.network = held.batcher.loaded()

    def run(self, pictures: list[BgrArray]) -> list[Found]:
        """In one batch with what others ask for meanwhile. PluginError where it fails or is closed."""
        if self._closed.is_set():
            raise PluginError("the detector is closed")
        return self._held.batcher.run(pictures, self._closed.is_set)

    def close(self) -> None:
        """From any thread; safe to call twice."""
        self._owner.release(self._held, self._closed)


class SharedNetworks:
    """Loaded for the first user, freed after the last. Any thread."""

    def __init__(self, load: Load = Network) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._held: dict[NetworkSpec, _Held] = {}

    def acquire(self, spec: NetworkSpec) -> Share:
        """Loads where nobody has it, and waits for it; ConfigError or PluginError where that fails."""
        with self._lock:
            held = self._held.get(spec)
            if held is None or held.batcher.broken:
                held = self._held[spec] = _Held(spec, self._load)
            held.users += 1
        try:
            return Share(self, held)
        except VirtualPtzError:
            self.release(held, threading.Event())
            raise

    def release(self, held: _Held, closed: threading.Event) -> None:
        """`closed` is set; where it was not, there is one user less."""
        with self._lock:
            if closed.is_set():
                return
            closed.set()
            held.users -= 1
            last = held.users == 0
            if last and self._held.get(held.spec) is held:
                del self._held[held.spec]
        if last:
            held.batcher.close()


networks = SharedNetworks()
"""The process's own."""
