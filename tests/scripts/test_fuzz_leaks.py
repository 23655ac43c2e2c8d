"""An answer that tells a secret is found, whatever form it has."""

import pytest
from scripts._fuzz_leaks import leaks

WORD = "5e8c3e7b"
WORDS = [WORD, "Traceback (most recent call last)", "/opt/env/lib"]


@pytest.mark.parametrize(
    "answer",
    [
        f'{{"source": "rtsp://{WORD}user:***@camera/"}}',
        '{"detail": "no %35e8c3e7b of that name"}',
        f"Location: http://127.0.0.1/?token={WORD}",
        'Traceback (most recent call last):\n  File "/x.py", line 1',
        '{"detail": "in /opt/env/lib/python3.12/uvicorn"}',
    ],
)
def test_what_it_tells_is_found(answer: str) -> None:
    assert leaks(["{}", answer], WORDS)


def test_an_answer_that_tells_nothing_is_none() -> None:
    assert leaks(['{"detail": "a file, say /videos/match.mp4, was expected"}', "Retry-After: 5"], WORDS) == []
