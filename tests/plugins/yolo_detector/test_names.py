import pytest

from virtualptz.errors import ConfigError
from virtualptz_yolo.names import wanted
from virtualptz_yolo.options import YoloOptions

COCO = {0: "person", 1: "bicycle", 32: "sports ball", 37: "surfboard"}
FOOTBALL = {0: "Ball", 1: "goalkeeper", 2: "Player", 3: "referee"}


def test_people_of_coco_are_players() -> None:
    assert wanted(COCO, YoloOptions()) == {0: "player", 32: "ball"}


def test_names_of_a_sports_model_pass_through() -> None:
    assert wanted(FOOTBALL, YoloOptions()) == {0: "ball", 1: "goalkeeper", 2: "player", 3: "referee"}


def test_names_can_be_told() -> None:
    names = {0: "home_team", 1: "away team", 2: "match-ball", 3: "linesman"}
    options = YoloOptions.model_validate(
        {"players": "Home team, away_team", "balls": "match ball", "others": "linesman"}
    )
    assert wanted(names, options) == {0: "player", 1: "player", 2: "ball", 3: "linesman"}


def test_a_model_may_know_no_ball() -> None:
    assert wanted({0: "person"}, YoloOptions()) == {0: "player"}


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({}, "finds no players; it knows cat, dog: say which"),
        ({"players": "cat, horse"}, "'players': the model knows no horse; it knows cat, dog"),
        ({"players": "cat", "balls": "yarn"}, "'balls': the model knows no yarn"),
    ],
)
def test_what_a_model_does_not_know_is_told(values: dict[str, str], reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        wanted({0: "cat", 1: "dog"}, YoloOptions.model_validate(values))


def test_of_many_names_a_dozen_is_shown() -> None:
    with pytest.raises(ConfigError, match=r"class0, .*class11 and 987 more: say"):
        wanted({number: f"class{number}" for number in range(999)}, YoloOptions())
