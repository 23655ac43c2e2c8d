"""Throw-away distributions, laid out as pip leaves them, for tests of how plug-ins are found and loaded."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

GROUP = "virtualptz.plugins"

POLICY = """
    from collections.abc import Sequence
    from typing import Literal

    from pydantic import Field

    from virtualptz import hookimpl
    from virtualptz.model import STILL, Edges, Speed, Extension, Frozen, Sample, View


    class Options(Frozen):
        zoom: float = Field(default=2.0, ge=1, le=4)
        side: Literal["left", "right"] = "left"


    class Still:
        lookahead = 0.0

        def __init__(self, options: Options) -> None:
            self.view = View(zoom=options.zoom)

        def reset(self, view: View, at: float, speed: Speed = STILL) -> None:
            self.view = view

        def step(self, at: float, wanted: Sequence[Sample], edges: Edges) -> View:
            return self.view


    @hookimpl
    def vptz_smoothing_policies():
        return [Extension("still", Options, Still)]
"""


@dataclass
class Site:
    """A folder for sys.path into which distributions are put."""

    folder: Path
    modules: set[str] = field(default_factory=set)

    def install(self, name: str, code: str, *, entry: str = "", version: str = "1.0") -> None:
        """A distribution `name` with one module of the same name; `entry` is its entry_points.txt line."""
        module = name.replace("-", "_")
        self.remove(name)
        self.modules.add(module)
        self.folder.mkdir(exist_ok=True)
        (self.folder / f"{module}.py").write_text(dedent(code))
        info = self.folder / f"{module}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\nLicense-Expression: MIT\n"
        )
        (info / "entry_points.txt").write_text(f"[{GROUP}]\n{entry or f'{name} = {module}'}\n")

    def remove(self, name: str) -> None:
        module = name.replace("-", "_")
        (self.folder / f"{module}.py").unlink(missing_ok=True)
        for info in self.folder.glob(f"{module}-*.dist-info"):
            shutil.rmtree(info)
