"""Viewers of motion-JPEG streams, as browsers read them."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import av
import cv2
import httpx2
import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame

from ..media import counter
from ..media.watch import FLASH_MEAN, plane


@dataclass(frozen=True, slots=True)
class Part:
    """One picture of the stream."""

    headers: dict[str, str]
    jpeg: bytes

    @property
    def count(self) -> int | None:
        """The counter in the picture, or None; from the coded planes, where no colour is clipped."""
        (frame,) = av.CodecContext.create("mjpeg", "r").decode(av.Packet(self.jpeg))
        assert isinstance(frame, VideoFrame)
        u, v = (squeezed(plane(frame, index).astype(np.float32)) for index in (1, 2))
        return counter.read(u, v)

    def luma(self) -> npt.NDArray[np.uint8]:
        return np.asarray(cv2.cvtColor(self.bgr(), cv2.COLOR_BGR2GRAY), np.uint8)

    def bgr(self) -> npt.NDArray[np.uint8]:
        picture = cv2.imdecode(np.frombuffer(self.jpeg, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None, "a part that is no JPEG"
        return np.asarray(picture, np.uint8)


def read_count(bgr: npt.NDArray[np.uint8]) -> int | None:
    """The counter of a full-range RGB picture (BT.601); None also in a flash, whose colours are clipped."""
    planes = cv2.cvtColor(bgr, cv2.COLOR_BGR2YCrCb).astype(np.float32)
    if np.median(planes[:, :, 0]) > FLASH_MEAN:
        return None
    return counter.read(squeezed(planes[:, :, 2]), squeezed(planes[:, :, 1]))


def squeezed(chroma: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """A JPEG's chroma, which spans 255 levels, in the 224 levels of video."""
    return np.asarray(((chroma - 128) * (224 / 255) + 128).round(), np.uint8)


def parts(chunks: Iterator[bytes], boundary: str) -> Iterator[Part]:
    """Split a multipart body; each part comes as soon as the boundary after it does."""
    mark = b"--" + boundary.encode()
    waiting = b""
    for chunk in chunks:
        waiting += chunk
        *whole, waiting = waiting.split(mark)
        for piece in whole:
            if piece.strip(b"\r\n-"):
                yield _part(piece)


def _part(piece: bytes) -> Part:
    head, _, body = piece.lstrip(b"\r\n").partition(b"\r\n\r\n")
    pairs = (line.split(":", 1) for line in head.decode().split("\r\n"))
    headers = {name.strip().lower(): value.strip() for name, value in pairs}
    return Part(headers, body[: int(headers["content-length"])])


@dataclass
class PreviewViewer:
    """Reads a stream in a thread of its own until `close`, keeping every part."""

    url: str
    headers: dict[str, str] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    failure: Exception | None = None
    content_type: str = ""
    ended: bool = False

    def __post_init__(self) -> None:
        self._change = threading.Condition()
        self._leave = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="preview-viewer", daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        try:
            with httpx2.stream("GET", self.url, headers=self.headers, timeout=20) as answer:
                answer.raise_for_status()
                self.content_type = answer.headers["content-type"]
                boundary = self.content_type.split("boundary=")[1]
                for part in parts(answer.iter_raw(), boundary):
                    with self._change:
                        self.parts.append(part)
                        self._change.notify_all()
                    if self._leave.is_set():
                        return
        except httpx2.HTTPError as error:
            self.failure = error
        finally:
            with self._change:
                self.ended = True
                self._change.notify_all()

    def wait_parts(self, more: int, timeout: float = 30.0, *, first: bool = False) -> list[Part]:
        """The next parts from now on, or the first ones of all."""
        with self._change:
            start = 0 if first else len(self.parts)
            self._change.wait_for(lambda: self.ended or len(self.parts) >= start + more, timeout)
            got = self.parts[start:].copy()
        assert len(got) >= more, f"{len(got)} of {more} parts; ended={self.ended} failure={self.failure!r}"
        return got

    def wait_end(self, timeout: float = 30.0) -> None:
        with self._change:
            assert self._change.wait_for(lambda: self.ended, timeout), "the stream goes on"

    def close(self) -> None:
        self._leave.set()
        self._thread.join(30)
        assert not self._thread.is_alive(), "preview viewer did not leave"
