"""What is heard of a publishing process."""

import subprocess
import sys
from collections.abc import Callable, Sequence

from virtualptz_ffmpeg.child import Child, Command
from virtualptz_ffmpeg.coded import Coded
from virtualptz_ffmpeg.gops import GopQueue
from virtualptz_ffmpeg.pipe import PipeEnd
from virtualptz_ffmpeg.publisher import Publisher, Route
from virtualptz_ffmpeg.report import CALLING, GREETED, Report
from virtualptz_ffmpeg.reports import Reports

from .stage import eventually

ECHO = "import sys\nfor line in sys.stdin.buffer: sys.stdout.buffer.write(line); sys.stdout.flush()"


def test_how_long_a_server_has_not_answered_is_counted_from_the_call_to_its_first_word() -> None:
    child = Child(
        "echo", Command([sys.executable, "-c", ECHO]), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    stdin = child.process.stdin
    assert stdin is not None
    with stdin:
        reports = Reports(child, Report.parse)

        def says(line: bytes) -> None:
            stdin.write(line)
            stdin.flush()

        assert reports.unanswered == 0.0
        for answer in (GREETED, Report(False, "Connection refused").line()):
            says(CALLING)
            assert eventually(lambda: reports.unanswered > 0.1)
            says(answer)
            assert eventually(lambda: reports.unanswered == 0.0)
        assert reports.get(10.0) == Report(False, "Connection refused")
        assert reports.get() is None, "a word is no report"
    child.stop(patience=0, mercy=0)


def test_why_a_publisher_goes_is_told_though_it_takes_a_moment_to_go() -> None:
    parting = Report(False, "the server has taken nothing for 5 s")
    says = f"import sys, time; sys.stdout.write({(Report(True).line() + parting.line()).decode()!r})"
    command = Command([sys.executable, "-c", f"{says}; sys.stdout.flush(); time.sleep(0.8)"])

    class Nothing:
        def __init__(self, pipe: PipeEnd, unanswered: bool) -> None: ...

        def write(self, packets: Sequence[Coded]) -> None: ...

        def finish(self) -> None: ...

    def start(on_line: Callable[[str], None]) -> Child:
        return Child("publisher", command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, on_line=on_line)

    publisher = Publisher(GopQueue(1.0, 90_000), Route(start, Nothing, Report.parse))
    try:
        assert eventually(lambda: publisher.report.attempts > 0)
        assert publisher.report.reason == parting.reason
    finally:
        publisher.close()
