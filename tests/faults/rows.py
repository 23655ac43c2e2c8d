"""The faults that the suite injects: what is expected, what it aims at, what is published elsewhere."""

from dataclasses import dataclass

BEARABLE = 5.0
"""Times its aim: what a machine that others use too may make of a time, a rate or a size. Beyond that a test
fails over it."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that a run of the row yields."""

    name: str
    unit: str
    """"s", "ms", "%", "MiB", ...; empty: a count."""
    aim: float | None = None
    """None: it is told for comparison only."""
    at_least: bool = False
    """The aim is the least, not the most."""

    def meets(self, value: float) -> bool:
        if self.aim is None:
            return True
        return value >= self.aim if self.at_least else value <= self.aim

    def bears(self, value: float) -> bool:
        """Whether it may be the machine's doing. What is counted, such as restarts, never is."""
        if self.aim is None or not self.unit:
            return self.meets(value)
        if self.at_least:
            is_share = self.unit == "%"
            return 100 - value <= BEARABLE * (100 - self.aim) if is_share else value >= self.aim / BEARABLE
        return value <= self.aim * BEARABLE

    @property
    def aimed(self) -> str:
        if self.aim is None:
            return ""
        return f"{'≥' if self.at_least else '≤'} {self.aim:g} {self.unit}".strip()


@dataclass(frozen=True, slots=True)
class Row:
    """One fault; a test names it with `@pytest.mark.fault(number)`."""

    number: int
    fault: str
    expected: str
    figures: tuple[Figure, ...]
    elsewhere: str = ""
    """The best published constant of another system; empty: there is none."""
    untested: str = ""
    """Why it, or a part of it, cannot be tested."""


ROWS: tuple[Row, ...] = (
    Row(
        1,
        "`kill -9` of the publishing process",
        "a new one with the same stream; job and encoder go on",
        (Figure("decoded again", "s", 2), Figure("job restarts", "", 0)),
        "Frigate: retries after up to 10 s",
    ),
    Row(
        2,
        "`kill -9` of the process that reads the source (SRT)",
        "the output goes on with the last picture; the source is opened again",
        (
            Figure("fresh picture", "s", 2),
            Figure("publisher restarts", "", 0),
            Figure("fresh picture after the job's process died", "s", 4),
            Figure("last picture after it died while the source was away", "s", 4),
            Figure("fresh picture after the return of that", "s", 2),
            Figure("second publishers", "", 0),
        ),
    ),
    Row(
        3,
        "source cut for 60 s",
        "`reconnecting` in the status, the last picture and silence on air, then on with the game",
        (
            Figure("noticed", "s", 2),
            Figure("fresh picture after return", "s", 2),
            Figure("publisher reconnects", "", 0),
        ),
        "MediaMTX: slate, tries every 5 s",
    ),
    Row(
        4,
        "source frozen (its connection stays open)",
        "as when it is cut",
        (
            Figure("noticed", "s", 3),
            Figure("fresh picture after return", "s", 2),
            Figure("publisher reconnects", "", 0),
        ),
        "ffmpeg: 10 to 20 s; Frigate: 20 s",
    ),
    Row(
        5,
        "the same picture again and again for 30 s",
        "no fault: flagged, nothing is restarted",
        (Figure("flagged", "s", 5), Figure("unflagged after motion", "s", 2), Figure("restarts", "", 0)),
    ),
    Row(
        6,
        "publishing server killed, back after 10 s",
        "the encoder goes on; on air again as soon as the server is",
        (
            Figure("decoded after return", "s", 1.5),
            Figure("job restarts", "", 0),
            Figure("a player that joins then", "s"),
            Figure("a player that joins any time", "s"),
        ),
        "ffmpeg's fifo: 0.3 s to reconnect",
    ),
    Row(
        7,
        "publishing server wedged (takes no bytes), 3 Mb/s",
        "seen by the bytes it acknowledges; the encoder stays at real time",
        (
            Figure("noticed", "s", 8),
            Figure("encoder's share of real time", "%", 99, at_least=True),
            Figure("decoded after return", "s", 3),
        ),
        "OBS: 8 s; LiveKit egress: 30 s",
    ),
    Row(
        8,
        "publish refused",
        "`rejected` with the reason; no hot loop",
        (Figure("told", "s", 5), Figure("tries in a minute", "", 6)),
        "OBS and LiveKit egress: give up",
    ),
    Row(
        9,
        "a process that is deaf to SIGTERM",
        "killed, with all that it started",
        (Figure("gone", "s", 2.5),),
        "SRS: 1 s; Frigate: 30 s",
    ),
    Row(
        10,
        "`kill -9` of the agent, 50 times",
        "the picture stays on air; the next agent takes the jobs over",
        (
            Figure("jobs back", "s", 5),
            Figure("orphans", "", 0),
            Figure("second publishers", "", 0),
            Figure("pictures lost on air", "", 0),
        ),
        "go2rtc: its children die with it",
    ),
    Row(
        11,
        "SIGTERM of the agent, 10 viewers, 3 jobs",
        "all is drained and closed",
        (Figure("exit", "s", 5), Figure("exit code", "", 0), Figure("processes left", "", 0)),
        "uvicorn alone: over 12 s",
    ),
    Row(
        12,
        "0.1 % of the source's bytes wrong, 10 min",
        "concealed",
        (
            Figure("restarts", "", 0),
            Figure("memory growth", "%", 5),
            Figure("pictures out", "%", 90, at_least=True),
            Figure("pictures that tell their count", "%"),
            Figure("pictures out over RTMP, whose protocol breaks", "%"),
        ),
    ),
    Row(
        13,
        "another resolution, codec or sound in mid-stream",
        "taken over without a restart",
        (Figure("longest gap between fresh pictures", "s", 2), Figure("job restarts", "", 0)),
    ),
    Row(
        14,
        "time stamps that jump an hour, wrap, or begin at 0 again",
        "the output's go on evenly, sound with the picture",
        (Figure("time stamps that go back", "", 0), Figure("sound off the picture", "ms", 80)),
        "LiveKit: 300 ms",
    ),
    Row(
        15,
        "the wall clock jumps an hour",
        "nothing",
        (Figure("restarts", "", 0), Figure("pictures lost", "", 0)),
        "Frigate: restarts (read from its code)",
    ),
    Row(
        16,
        "disk full (state, logs)",
        "the stream goes on; `/readyz` says 503",
        (Figure("pictures lost", "", 0), Figure("told", "s", 5)),
    ),
    Row(
        17,
        "detector hangs, raises, or eats memory",
        "the camera holds; the detector is replaced, but not for ever",
        (
            Figure("camera holds", "s", 1),
            Figure("pictures lost", "", 0),
            Figure("starts in a minute", "", 5),
            Figure("slowest 1 % of /healthz", "ms", 100),
        ),
        "Frigate: 10 s",
    ),
    Row(
        18,
        "100 previews of one job",
        "one encode for all",
        (
            Figure("pictures a second, slowest of them", "/s", 9.9, at_least=True),
            Figure("pictures a second of the program, of what it had alone", "%", 99, at_least=True),
            Figure("agent's share of a core", "%", 25),
        ),
    ),
    Row(
        19,
        "50 viewers who never read",
        "dropped",
        (Figure("gone", "s", 6), Figure("agent's memory", "MiB", 10)),
    ),
    Row(
        20,
        "10,000 malformed requests",
        "a clear 4xx each; jobs untouched",
        (
            Figure("answers of 500 and above", "", 0),
            Figure("slowest 1 % of answers, the quickest of them", "ms", 50),
            Figure("processes left", "", 0),
            Figure("pictures lost", "", 0),
            Figure("made of the OpenAPI document", "", 10_000, at_least=True),
            Figure("of these, answers of 500", "", 0),
            Figure("of these, answers that tell a secret or an inside", "", 0),
            Figure("processes and descriptors left of these", "", 0),
        ),
    ),
    Row(
        21,
        "600 connections: 200 heads a byte at a time, 200 bodies that never come, 200 idle",
        "the API answers all the others",
        (
            Figure("slowest 1 % of /healthz", "ms", 100),
            Figure("the last of them closed", "s", 20),
            Figure("descriptors more", ""),
        ),
        "go2rtc: 5 s for a header",
    ),
    Row(
        22,
        "200 jobs started and stopped, 8 at a time",
        "no leak, no contradiction",
        (
            Figure("processes left", "", 0),
            Figure("descriptors more", "", 0),
            Figure("statuses that contradict", "", 0),
        ),
    ),
    Row(
        23,
        "addresses that try to read files, reach inside or pass options",
        "refused before anything is opened",
        (
            Figure("refused", "%", 100, at_least=True),
            Figure("processes started", "", 0),
            Figure("canaries seen", "", 0),
        ),
        "MediaMTX: sentinel files in tests",
    ),
    Row(
        24,
        "passwords in every part of an address, in keys and queries",
        "in no log, answer, metric, error or process list",
        (Figure("canaries seen", "", 0),),
    ),
    Row(
        25,
        "100 MB of a child's messages",
        "read and thinned out",
        (Figure("stalls", "", 0), Figure("log", "MiB/min", 1)),
    ),
    Row(
        26,
        "soak: viewers, detector, faults at random",
        "level",
        (
            Figure("memory slope after warm-up", "MiB/h", 1),
            Figure("memory slope's standard error", "MiB/h"),
            Figure("memory's rise", "MiB", 8),
            Figure("drift", "pictures/h", 1),
            Figure("drift's standard error", "pictures/h"),
            Figure("sound off the picture", "ms", 80),
            Figure("unplanned restarts", "", 0),
            Figure("still without a reason", "s", 3),
        ),
    ),
    Row(
        27,
        "plug-ins and settings changed while on air",
        "the next job has them; this one loses nothing",
        (Figure("pictures lost", "", 0), Figure("in force", "s", 1)),
        "MediaMTX: hot reload",
    ),
)

BY_NUMBER = {row.number: row for row in ROWS}
