"""A probe for the engine's tests: answers as the last part of its source says."""

import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

from virtualptz.jobs.probe import ProbeAnswer, ProbeRequest
from virtualptz.model import MediaInfo, VideoInfo

MEDIA = MediaInfo(VideoInfo("h264", 1920, 1080, Fraction(30000, 1001)), duration=2.5, live=False)


def main() -> None:
    request = ProbeRequest.model_validate_json(sys.stdin.buffer.read())
    match request.source.rpartition("/")[2]:
        case "good":
            answer = ProbeAnswer(media=MEDIA)
        case "bad":
            answer = ProbeAnswer(error="not media", retryable=False)
        case "late":
            answer = ProbeAnswer(timed_out=True)
        case "crash":
            sys.exit(f"cannot read {request.source}")
        case name:
            child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
            Path(f"/{name}".replace("+", "/")).write_text(str(child.pid))
            time.sleep(60)
    sys.stdout.write(answer.model_dump_json())


if __name__ == "__main__":
    main()
