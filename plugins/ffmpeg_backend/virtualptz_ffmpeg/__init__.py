"""FFmpeg's libraries through PyAV, and a process of its own at each edge that may hang."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from virtualptz import hookimpl

if TYPE_CHECKING:
    from virtualptz.model import Extension, Finding

    from .backend import FFmpegBackend
    from .options import FFmpegOptions


@hookimpl
def vptz_media_backends() -> "Iterable[Extension[FFmpegBackend, FFmpegOptions]]":
    from virtualptz.model import Extension

    from .options import FFmpegOptions

    return [Extension("ffmpeg", FFmpegOptions, _create)]


@hookimpl
def vptz_doctor() -> "Iterable[Finding]":
    from . import binary, encoder, libraries

    return [*libraries.findings(), *binary.findings(), encoder.finding()]


def _create(options: "FFmpegOptions") -> "FFmpegBackend":
    # Imported where a backend is made: the agent, which only lists it, stays free of FFmpeg's libraries.
    from .backend import FFmpegBackend

    return FFmpegBackend(options)
