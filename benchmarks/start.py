"""From the call of `ingest/start` to the first picture that leaves the machine's socket."""

import socket
import time
from contextlib import closing
from pathlib import Path

from tests.e2e.agent import Agent
from tests.e2e.servers import camera

from .clips import court
from .report import Result, median, p95, verdict
from .sides import agent_for

AIM = 1.5
FILE, LIVE = "file", "live MPEG-TS over UDP, a key frame a second"
PACKET = 188
SYNC = 0x47
FIRST_VIDEO_PID = 0x100
"""FFmpeg's MPEG-TS muxer gives its first stream, the video, this PID."""


def measure(folder: Path, *, quick: bool) -> Result:
    runs = 3 if quick else 20
    clip = court(folder, 20)
    times = {seconds: with_lookahead(folder, clip, runs, seconds) for seconds in ("0", "1")}
    from_file = times["1"][FILE]
    return Result(
        "start",
        "From `ingest/start` to the first published picture",
        f"Aim: at most {AIM} s on a local source. Median of {runs}: **{median(from_file):.2f} s** "
        f"({verdict(median(from_file) <= AIM)}).",
        ("source", "look-ahead, s", "median, s", "p95, s", "least", "most"),
        tuple(
            (source, seconds, *(f"{value:.2f}" for value in figures(times[seconds][source])))
            for source in (FILE, LIVE)
            for seconds in times
        ),
        "1080p30 to 720p30 balanced; the clock runs from before the HTTP call to the datagram in which the "
        "first coded picture begins. A live source's time holds the wait for its next key frame, and its "
        "program leaves the look-ahead after that; a file is read ahead of real time.",
    )


def with_lookahead(folder: Path, clip: Path, runs: int, seconds: str) -> dict[str, list[float]]:
    """Seconds of each start, by the kind of source."""
    with closing(listen()) as receiver:
        output = f"udp://127.0.0.1:{receiver.getsockname()[1]}?pkt_size=1316"
        agent = agent_for(folder / f"start-{seconds}", output, RUNNER_LOOKAHEAD_SECONDS=seconds)
        try:
            from_file = [once(agent, receiver, str(clip)) for _ in range(runs)]
            return {FILE: from_file, LIVE: live(agent, receiver, clip, folder, runs)}
        finally:
            agent.close()


def figures(times: list[float]) -> tuple[float, float, float, float]:
    return median(times), p95(times), min(times), max(times)


def live(agent: Agent, receiver: socket.socket, clip: Path, folder: Path, runs: int) -> list[float]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with camera(clip, f"udp://127.0.0.1:{port}?pkt_size=1316", "mpegts", folder / "camera.log"):
        return [once(agent, receiver, f"udp://127.0.0.1:{port}") for _ in range(runs)]


def listen() -> socket.socket:
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.bind(("127.0.0.1", 0))
    receiver.settimeout(30)
    return receiver


def once(agent: Agent, receiver: socket.socket, source: str) -> float:
    """Seconds of one start."""
    began = time.monotonic()
    job_id = agent.start_ingest(source)
    while not starts_a_picture(receiver.recv(65536)):
        pass
    taken = time.monotonic() - began
    agent.stop_ingest(job_id)
    drain(receiver)
    return taken


def starts_a_picture(datagram: bytes) -> bool:
    """Whether a coded picture begins in one of the transport packets."""
    for at in range(0, len(datagram) - PACKET + 1, PACKET):
        head = datagram[at : at + 3]
        pid = (head[1] & 0x1F) << 8 | head[2]
        if head[0] == SYNC and pid == FIRST_VIDEO_PID and head[1] & 0x40:
            return True
    return False


def drain(receiver: socket.socket) -> None:
    """Throw away what is still under way."""
    receiver.settimeout(0.3)
    try:
        while True:
            receiver.recv(65536)
    except TimeoutError:
        receiver.settimeout(30)
