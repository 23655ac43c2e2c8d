"""A view that was asked for waits for the process that does not have it yet, and for no other."""

from virtualptz.jobs.supervision.wish import FRESH_SECONDS, Wish
from virtualptz.wire.view import ViewValue

LEFT, RIGHT = ViewValue(center_x=0.2), ViewValue(center_x=0.8)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_what_nobody_could_hear_waits_until_somebody_has() -> None:
    wish = Wish()
    wish.keep(LEFT)
    assert wish.waiting == LEFT
    wish.broken_off()
    assert wish.waiting == LEFT
    wish.told()
    assert wish.waiting is None


def test_what_was_answered_however_late_waits_no_more() -> None:
    wish = Wish()
    wish.sent(1, LEFT)
    assert wish.waiting is None
    wish.answered(1)
    wish.broken_off()
    assert wish.waiting is None


def test_what_went_with_its_process_waits_for_the_next() -> None:
    wish = Wish()
    wish.keep(LEFT)
    wish.sent(2, RIGHT)
    wish.answered(1)
    wish.broken_off()
    assert wish.waiting == RIGHT


def test_what_was_sent_long_ago_is_wanted_no_more() -> None:
    clock = Clock()
    wish = Wish(clock)
    wish.sent(1, LEFT)
    clock.now += FRESH_SECONDS
    wish.broken_off()
    assert wish.waiting is None
