"""The application on an engine in memory whose pictures never end, for a real server in a real process.

With HANG_AT_END, a thread of it never ends, and nobody has patience with that.

`python -m tests.core.api.served PORT` runs our own server; `uvicorn tests.core.api.served:app` plain uvicorn.
"""

import asyncio
import os
import sys
import threading
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

from virtualptz.api import server
from virtualptz.api.app import create_app
from virtualptz.api.services import Access, Services
from virtualptz.api.tokens import PreviewTokens, load_secret
from virtualptz.jobs.status import JobStatus, JpegFrame
from virtualptz.keys import ApiKeys
from virtualptz.settings import Settings, load_settings

from .fake import MemoryChanges, MemoryEngine

FRAME_BYTES = 20_000
FRAME_SECONDS = 0.02


class EndlessEngine(MemoryEngine):
    """Job `preview-1` shows a numbered frame every 20 ms until the streams are ended; `boom` is a defect."""

    def status(self, job_id: str) -> JobStatus:
        if job_id == "boom":
            raise RuntimeError("cannot open rtsp://admin:hunter22@camera/x")
        return super().status(job_id)

    def ask_close(self) -> None:
        super().ask_close()
        sys.stderr.write("streams ended\n")
        sys.stderr.flush()

    async def _frames(self) -> AsyncGenerator[JpegFrame, None]:
        number = 0
        while not self.ended:
            number += 1
            yield JpegFrame(number * FRAME_SECONDS, 640, 360, b"%08d" % number * (FRAME_BYTES // 8))
            await asyncio.sleep(FRAME_SECONDS)


@asynccontextmanager
async def services(settings: Settings) -> AsyncIterator[Services]:
    engine = EndlessEngine()
    engine.add("preview")
    tokens = PreviewTokens(load_secret(settings.state_dir), settings.preview_token_seconds)
    yield Services(MemoryChanges(settings), engine, tokens, Access(ApiKeys.of(settings)))
    if "HANG_AT_END" in os.environ:
        # As one that waits for a disk: the interpreter waits for it.
        threading.Thread(target=threading.Event().wait, args=(60,), name="hangs").start()


app = create_app(services=services)

if __name__ == "__main__":
    if "HANG_AT_END" in os.environ:
        server.LONGEST_END_SECONDS = 2.0
    sys.exit(server.serve(load_settings(), "127.0.0.1", int(sys.argv[1]), services=services))
