"""`multipart/x-mixed-replace`: JPEGs one after the other in one answer, as browsers paint them."""

from functools import lru_cache

from ..jobs.status import JpegFrame
from .streaming import SEND_TIMEOUT, Source, StreamResponse

MEDIA_TYPE = "multipart/x-mixed-replace; boundary=frame"
HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
REPEAT_AFTER = 1.0

Frames = Source[JpegFrame]


@lru_cache(maxsize=4)
def part(frame: JpegFrame) -> bytes:
    """A picture, or where it lies, with its head, and the next boundary at once: browsers paint at that.

    One for all viewers, who ask for it one after the other.
    """
    kind, shared = "image/jpeg", ""
    if frame.place:
        kind, shared = "application/octet-stream", f"X-Frame-Shared: {frame.place}\r\n"
    head = (
        f"Content-Type: {kind}\r\n"
        f"Content-Length: {len(frame.jpeg)}\r\n"
        f"X-Frame-Pts: {frame.pts:.6f}\r\n"
        f"X-Frame-Width: {frame.width}\r\n"
        f"X-Frame-Height: {frame.height}\r\n{shared}\r\n"
    )
    return head.encode() + frame.jpeg + b"\r\n--frame\r\n"


class MjpegResponse(StreamResponse[JpegFrame]):
    """A frame is asked for when the one before has been taken: a slow viewer gets the newest each time."""

    def __init__(
        self,
        frames: Frames,
        *,
        repeat_after: float | None = REPEAT_AFTER,
        send_timeout: float = SEND_TIMEOUT,
    ) -> None:
        super().__init__(
            frames,
            part,
            {**HEADERS, "Content-Type": MEDIA_TYPE},
            first=b"--frame\r\n",
            repeat_after=repeat_after,
            send_timeout=send_timeout,
        )
