"""Which tracking source is meant by a name, or by no name at all."""

from collections.abc import Mapping

from ..errors import ConfigError

AUTO = "auto"


def choose_source(
    name: str, lacking: Mapping[str, str | None], preferences: Mapping[str, int], hint: str = ""
) -> str:
    """`name` itself, or for `auto` the one with the highest preference (above 0) that lacks nothing.

    ConfigError where what is meant lacks something, or where there is none of the name: then with all
    that there are, and the `hint`.
    """
    able = [each for each, lack in lacking.items() if lack is None and preferences[each] > 0]
    if name == AUTO:
        if able:
            return max(able, key=lambda each: (preferences[each], each))
        raise ConfigError(f"no detector works here; there are: {_described(lacking)}{hint}")
    if name not in lacking:
        raise ConfigError(f"there is no tracking source {name!r}; there are: {_described(lacking)}{hint}")
    if (lack := lacking[name]) is not None:
        others = f"; of others, {', '.join(sorted(able))} can" if able else ""
        raise ConfigError(f"{name} cannot work here: {lack}{others}")
    return name


def _described(lacking: Mapping[str, str | None]) -> str:
    """Each by name, and what it lacks."""
    words = (name if lack is None else f"{name} ({lack})" for name, lack in sorted(lacking.items()))
    return ", ".join(words) or "none"
