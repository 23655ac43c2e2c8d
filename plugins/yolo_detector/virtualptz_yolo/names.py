"""A model's own class names, and what they are here."""

from collections.abc import Mapping
from typing import Protocol

from virtualptz.errors import ConfigError
from virtualptz.tracking.detection import BALL, PLAYER


class Wishes(Protocol):
    """Names that were asked for; none: the usual ones."""

    @property
    def players(self) -> tuple[str, ...]: ...
    @property
    def balls(self) -> tuple[str, ...]: ...
    @property
    def others(self) -> tuple[str, ...]: ...


PLAYERS = ("player", "person", "people", "pedestrian", "human", "athlete")
BALLS = ("ball", "sports ball", "basketball", "football", "soccer ball", "volleyball", "handball", "puck")


def wanted(names: Mapping[int, str], asked: Wishes) -> dict[int, str]:
    """The model's class numbers that are of use, with our name for each.

    Names are compared without regard to case, and `sports_ball` is `sports ball`. ConfigError where the model
    knows no player, or not what is asked for.
    """
    known = {number: _plain(name) for number, name in names.items()}
    found = {
        **_chosen(known, asked.others, None),
        **_chosen(known, asked.balls or BALLS, BALL),
        **_chosen(known, asked.players or PLAYERS, PLAYER),
    }
    for option, given in (("players", asked.players), ("balls", asked.balls)):
        absent = [name for name in given if _plain(name) not in known.values()]
        if absent:
            raise ConfigError(f"option {option!r}: the model knows no {', '.join(absent)}; {_listed(names)}")
    if PLAYER not in found.values():
        raise ConfigError(
            f"the model finds no players; {_listed(names)}: "
            "say which of them are, with RUNNER_PLUGIN_YOLO_PLAYERS"
        )
    return found


def _chosen(known: Mapping[int, str], asked: tuple[str, ...], ours: str | None) -> dict[int, str]:
    plain = {_plain(name) for name in asked}
    return {number: ours or name for number, name in known.items() if name in plain}


def _plain(name: str) -> str:
    return " ".join(name.lower().replace("_", " ").replace("-", " ").split())


def _listed(names: Mapping[int, str]) -> str:
    shown = ", ".join(list(names.values())[:12])
    return f"it knows {shown}" + (f" and {len(names) - 12} more" if len(names) > 12 else "")
