"""Options and reasons are documented as they are."""

import re
from pathlib import Path
from typing import get_args

from virtualptz.camera.framing.reasons import Reason
from virtualptz.model import FramingOptions

PAGE = (Path(__file__).parents[4] / "docs" / "settings.md").read_text().split("## Framing")[1]


def test_every_option_is_documented_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `([a-z_]+)` \| `?([^|`]+?)`? \| ", PAGE, flags=re.MULTILINE))
    told = {name: value for name, value in rows.items() if name in FramingOptions.model_fields}
    assert told == {name: str(value or "empty") for name, value in FramingOptions().model_dump().items()}


def test_every_reason_is_documented() -> None:
    assert set(get_args(Reason)) <= set(re.findall(r"`([a-z_]+)`", PAGE.split("| reason |")[1]))


def test_every_option_says_what_it_is() -> None:
    assert all(info.description for info in FramingOptions.model_fields.values())
