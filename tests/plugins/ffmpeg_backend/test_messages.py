import pytest

from virtualptz_ffmpeg.messages import LINES_A_SECOND, LONGEST_LINE, Messages


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def made() -> tuple[Messages, list[str], Clock]:
    heard: list[str] = []
    clock = Clock()
    return Messages(heard.append, clock), heard, clock


@pytest.mark.parametrize("size", [1, 3, 100])
def test_lines_are_heard_however_they_are_cut(size: int) -> None:
    messages, heard, _ = made()
    said = b"first\n\n  second \r\nand the end"
    for begin in range(0, len(said), size):
        messages.take(said[begin : begin + size])
    messages.end()
    assert heard == ["first", "second", "and the end"]


def test_a_long_line_is_cut() -> None:
    messages, heard, _ = made()
    messages.take(b"x" * 2000 + b"\nshort\n")
    assert heard == ["x" * LONGEST_LINE, "short"]


def test_of_a_flood_the_first_the_last_and_the_number_are_told() -> None:
    messages, heard, clock = made()
    lines = [b"trouble %d\n" % number for number in range(30_000)]
    flood = b"".join(lines)
    for begin in range(0, len(flood), 65_536):
        messages.take(flood[begin : begin + 65_536])
    assert heard == [f"trouble {number}" for number in range(LINES_A_SECOND)]
    clock.now = 1.5
    messages.take(b"calm\n")
    assert heard[LINES_A_SECOND:] == [f"{30_000 - LINES_A_SECOND} messages left out", "trouble 29999", "calm"]


def test_the_last_line_of_a_flood_that_ends_is_told() -> None:
    messages, heard, _ = made()
    messages.take(b"noise\n" * 1000)
    messages.take(b"noise\nwhy it ended\n")
    messages.end()
    assert heard[-1] == "why it ended"
