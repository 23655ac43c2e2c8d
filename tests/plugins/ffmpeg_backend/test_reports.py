"""What is heard of a publishing process."""

import subprocess
import sys

from virtualptz_ffmpeg.child import Child, Command
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
