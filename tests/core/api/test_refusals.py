import logging

import pytest

from virtualptz.api.refusals import Refusal, Refusals


def test_a_line_a_minute_and_reason_says_how_many_there_were(caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    refusals = Refusals(lambda: now[0])
    wrong, stranger = (
        Refusal("wrong_key", "wrong-key", "wrong API key"),
        Refusal("stranger", "not-local", "no key is set"),
    )
    with caplog.at_level(logging.WARNING, "virtualptz"):
        for seconds, refusal in (
            (0, wrong),
            (1, wrong),
            (2, stranger),
            (59, wrong),
            (61, wrong),
            (62, wrong),
        ):
            now[0] = seconds
            refusals.note(refusal, "203.0.113.7")
    assert [record.message for record in caplog.records] == [
        "refused 203.0.113.7: wrong API key",
        "refused 203.0.113.7: no key is set",
        "refused 203.0.113.7: wrong API key (2 more since the last such line)",
    ]
    assert refusals.counts == {"no_key": 0, "wrong_key": 5, "stale_preview": 0, "stranger": 1}
