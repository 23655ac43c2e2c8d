import re

from virtualptz.tracking.detection import DetectorOptions
from virtualptz_yolo.options import YoloOptions

from ...architecture import ROOT


def shown(default: object) -> str:
    if default in ("", ()):
        return "empty"
    if isinstance(default, tuple):
        return ",".join(default)
    if isinstance(default, bool):
        return str(default).lower()
    return f"{default:g}" if isinstance(default, int | float) else str(default)


def test_every_option_is_documented_with_its_default() -> None:
    page = (ROOT / "docs" / "detection.md").read_text()
    section = page.partition("\n## YOLO\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", section, flags=re.MULTILINE)
    own = YoloOptions.model_fields.keys() - DetectorOptions.model_fields.keys()
    assert dict(rows) == {name: shown(YoloOptions.model_fields[name].default) for name in own}
