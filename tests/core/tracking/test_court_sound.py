from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtualptz.tracking.court_sound import BEEP_SECONDS, CHANNELS, RATE, beeps, sample_at


def test_a_second_begins_with_a_kilohertz_and_goes_on_in_silence() -> None:
    sound = beeps(5 * RATE, 6 * RATE)
    assert sound.shape == (CHANNELS, RATE)
    assert sound.dtype == np.float32
    beep, rest = sound[0, : int(BEEP_SECONDS * RATE)], sound[0, int(BEEP_SECONDS * RATE) :]
    assert np.abs(rest).max() == 0
    spectrum = np.abs(np.fft.rfft(beep))
    assert spectrum.argmax() * RATE / len(beep) == pytest.approx(1000, abs=10)
    assert np.abs(beep[: RATE // 1000 * 2]).max() > 0.3  # loud within two thousandths of a second


@given(st.integers(0, 10**9), st.integers(1, 5000), st.integers(0, 5000))
def test_pieces_join_to_the_whole(first: int, length: int, cut: int) -> None:
    middle = first + min(cut, length)
    whole = np.concatenate([beeps(first, middle), beeps(middle, first + length)], axis=1)
    assert np.array_equal(whole, beeps(first, first + length))


@given(st.integers(0, 10**6))
def test_the_sound_of_frames_has_neither_gap_nor_overlap_at_odd_rates(number: int) -> None:
    rate = Fraction(30000, 1001)
    samples = sample_at((number + 1) / rate) - sample_at(number / rate)
    assert 1601 <= samples <= 1602
