import threading

import numpy as np
import pytest

from virtualptz.errors import ConfigError, PluginError
from virtualptz.protocols import BgrArray
from virtualptz_yolo.network import Found, Network, NetworkSpec
from virtualptz_yolo.shared import Share, SharedNetworks

HALL, FIELD = NetworkSpec("/models/hall.pt"), NetworkSpec("/models/field.pt")
PICTURE: BgrArray = np.zeros((4, 4, 3), np.uint8)


class Blank(Network):
    """Finds nobody, and loads nothing."""

    def __init__(self, spec: NetworkSpec) -> None:
        if spec.model.endswith("none.pt"):
            raise ConfigError("there is no model")
        self.spec = spec
        self.fails = False

    def run(self, pictures: object) -> list[Found]:
        if self.fails:
            raise RuntimeError("gone")
        return [np.zeros((0, 6), np.float32)]


def threads() -> int:
    return sum(thread.name == "yolo-batch" for thread in threading.enumerate())


def test_the_same_wish_is_the_same_network() -> None:
    networks = SharedNetworks(Blank)
    shares = [networks.acquire(spec) for spec in (HALL, HALL, FIELD)]
    assert shares[0].network is shares[1].network
    assert shares[0].network is not shares[2].network
    for share in shares:
        share.close()


def test_it_goes_with_the_last_who_uses_it() -> None:
    networks = SharedNetworks(Blank)
    one, other = networks.acquire(HALL), networks.acquire(HALL)
    one.close()
    one.close()
    assert len(other.run([PICTURE])) == 1
    with pytest.raises(PluginError, match="the detector is closed"):
        one.run([PICTURE])
    other.close()
    assert threads() == 0
    again = networks.acquire(HALL)
    assert again.network is not other.network
    again.close()


def test_who_comes_while_it_loads_gets_it_too() -> None:
    begun, go_on = threading.Event(), threading.Event()
    loads = []

    def slow(spec: NetworkSpec) -> Network:
        loads.append(spec)
        begun.set()
        assert go_on.wait(20)
        return Blank(spec)

    networks = SharedNetworks(slow)
    got: list[Share] = []
    asking = [threading.Thread(target=lambda: got.append(networks.acquire(HALL))) for _ in range(3)]
    for thread in asking:
        thread.start()
    assert begun.wait(20)
    go_on.set()
    for thread in asking:
        thread.join(20)
    assert len(got) == 3
    assert len({id(share.network) for share in got}) == len(loads) == 1
    for share in got:
        share.close()
    assert threads() == 0


def test_one_that_does_not_load_is_tried_anew_by_the_next() -> None:
    networks = SharedNetworks(Blank)
    for _ in range(2):
        with pytest.raises(ConfigError, match="there is no model"):
            networks.acquire(NetworkSpec("/models/none.pt"))
    assert threads() == 0


def test_one_that_broke_is_loaded_anew_for_the_next() -> None:
    networks = SharedNetworks(Blank)
    share = networks.acquire(HALL)
    assert isinstance(share.network, Blank)
    share.network.fails = True
    share.network._predictor = None
    with pytest.raises(PluginError, match="gone"):
        share.run([PICTURE])
    fresh = networks.acquire(HALL)
    assert fresh.network is not share.network
    assert len(fresh.run([PICTURE])) == 1
    share.close()
    assert len(fresh.run([PICTURE])) == 1
    fresh.close()
    assert threads() == 0
