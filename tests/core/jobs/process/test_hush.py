from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from virtualptz.jobs.process.hush import LEAST_SECONDS, MOST_SECONDS, Hush
from virtualptz.model import AudioInfo
from virtualptz.protocols import AudioPacket
from virtualptz.testing.media import ScriptedBackend, ScriptedSound


def hush(rate: int = 48_000, channels: int = 2) -> Hush:
    return Hush(ScriptedBackend(), AudioInfo("scripted", rate, channels))


def test_silence_begins_where_the_sound_ended_and_goes_on_without_a_seam() -> None:
    quiet = hush()
    quiet.heard(ScriptedSound(1.0, 0.02), 1.0)
    first, second = quiet.until(1.52), quiet.until(1.56)
    assert first is not None
    assert second is not None
    assert (first.pts, round(first.duration, 6)) == (1.02, 0.5)
    assert round(second.pts, 6) == 1.52
    assert quiet.until(1.56) is None


def test_sound_that_comes_back_has_no_hole_before_it_and_does_not_overlap() -> None:
    quiet = hush()
    quiet.heard(ScriptedSound(1.0, 0.02), 1.0)
    assert quiet.until(2.0) is not None
    assert not quiet.takes(1.98)
    assert quiet.takes(2.3)
    rest = quiet.before(2.3)
    assert rest is not None
    assert (round(rest.pts, 3), round(rest.duration, 3)) == (2.0, 0.3)


def test_a_source_whose_durations_are_not_true_is_left_alone() -> None:
    quiet = hush()
    for number in range(10):
        at = number * 0.1
        assert quiet.takes(at)
        assert quiet.before(at) is None
        quiet.heard(ScriptedSound(at, 0.02 if number % 2 else 0.5), at)


def test_pieces_that_are_missing_are_silence() -> None:
    quiet = hush()
    for number in range(10):
        quiet.heard(ScriptedSound(number * 0.02, 0.02), number * 0.02)
    silence = quiet.before(0.55)
    assert silence is not None
    assert (round(silence.pts, 6), round(silence.duration, 3)) == (0.2, 0.35)


def test_sound_that_never_came_begins_with_the_held_picture() -> None:
    quiet = hush()
    assert quiet.until(7.0) is None
    silence = quiet.until(7.04)
    assert silence is not None
    assert silence.pts == 7.0


@given(
    rate=st.sampled_from([8_000, 22_050, 44_100, 48_000]),
    steps=st.lists(st.tuples(st.floats(0.001, 3), st.booleans()), min_size=1, max_size=60),
)
def test_what_is_sent_only_goes_forward_and_silence_has_no_hole(
    rate: int, steps: list[tuple[float, bool]]
) -> None:
    quiet, at = hush(rate), 0.0
    sent: list[tuple[AudioPacket, float, bool]] = []
    for step, sound in steps:
        at += step
        silence = quiet.before(at) if sound else quiet.until(at)
        if silence is not None:
            sent.append((silence, silence.pts, True))
        if sound and quiet.takes(at):
            heard = ScriptedSound(at, 0.02)
            sent.append((heard, at, False))
            quiet.heard(heard, at)
    for (piece, begin, silent), (_, following, next_silent) in pairwise(sent):
        assert following > begin
        if silent or next_silent:
            hole = following - (begin + piece.duration)
            assert hole > -1 / rate
            assert hole <= LEAST_SECONDS + 1 / rate or hole > MOST_SECONDS - LEAST_SECONDS - 1 / rate
