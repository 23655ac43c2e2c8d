"""Numbered images in a folder are a recording: name any of them as the source."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pydantic import Field

from virtualptz import hookimpl
from virtualptz.model import Extension, Frozen
from virtualptz.protocols import MediaBackend

if TYPE_CHECKING:
    from .backend import ImageFolder


class ImageOptions(Frozen):
    fps: float = Field(
        default=25.0,
        gt=0,
        le=240,
        description="images a second",
        json_schema_extra={"unit": "images a second"},
    )


def _create(options: ImageOptions) -> "ImageFolder":
    from .backend import ImageFolder  # here, not above: every process of the agent imports this module

    return ImageFolder(options)


@hookimpl
def vptz_media_backends() -> Iterable[Extension[MediaBackend, ImageOptions]]:
    return [Extension("image-folder", ImageOptions, _create)]
