"""What the detector can be told: `RUNNER_PLUGIN_YOLO_<OPTION>`."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from virtualptz.tracking.detection import DetectorOptions


def _split(value: object) -> object:
    """`"person, player"`: names apart by commas, for they hold spaces."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


Names = Annotated[tuple[str, ...], BeforeValidator(_split)]


class YoloOptions(DetectorOptions):
    """What every detector has, and these."""

    model: str = Field(
        default="",
        description="file, export folder or Triton address; a name alone is looked up in the models folder; "
        "empty: the one model that is there",
    )
    device: str = Field(
        default="", description="`cpu`, `0` (the first GPU), `intel:gpu`, ...; empty: a GPU if there is one"
    )
    half: bool = Field(default=False, description="half precision, on a GPU")
    imgsz: int = Field(
        default=640,
        ge=64,
        le=4096,
        description="pixels of the network's input; an export may have its own",
        json_schema_extra={"unit": "pixels"},
    )
    confidence: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="a person who is detected with less than this is none",
        json_schema_extra={"unit": "none"},
    )
    iou: float = Field(
        default=0.7,
        gt=0,
        le=1,
        description="of two boxes that overlap by more, the weaker is dropped",
        json_schema_extra={"unit": "none"},
    )
    max_det: int = Field(
        default=300,
        ge=1,
        le=3000,
        description="boxes in one picture, at most",
        json_schema_extra={"unit": "boxes"},
    )
    players: Names = Field(
        default=(), description="the model's names for a player; empty: `person`, `player` and the like"
    )
    balls: Names = Field(
        default=(), description="the model's names for the ball; empty: `sports ball`, `ball` and the like"
    )
    others: Names = Field(
        default=("referee", "goalkeeper"), description="names that are passed on as they are, if it has them"
    )
    tiles: Literal["auto", "on", "off"] = Field(
        default="auto", description="look at a wide picture in pieces; `auto`: where people are small in it"
    )
    tile_budget: int = Field(
        default=3,
        ge=0,
        le=256,
        description="pieces looked at in one picture, at most; 0: all of them",
        json_schema_extra={"unit": "pieces"},
    )
    batch: int = Field(
        default=16,
        ge=1,
        le=256,
        description="pictures that the network gets at once, at most",
        json_schema_extra={"unit": "pictures"},
    )
    threads: int = Field(
        default=0,
        ge=0,
        le=256,
        description="CPU threads of PyTorch; 0: one less than there are cores",
        json_schema_extra={"unit": "threads"},
    )
    download: bool = Field(
        default=False, description="get a published model by its name where the file is not there"
    )
    trust: bool = Field(
        default=False, description="a `.pt` file may bring code of its own, and runs it: yours only"
    )
