from virtualptz.jobs.detectors.breaker import Breaker


class Losses:
    def __init__(self) -> None:
        self.now = 100.0
        self.breaker = Breaker(clock=lambda: self.now)

    def lose(self, after: float, worked: float = 0.0) -> bool:
        self.now += after
        return self.breaker.lost(worked)


def test_it_opens_at_the_fifth_loss_in_a_minute() -> None:
    losses = Losses()
    assert [losses.lose(10) for _ in range(5)] == [False, False, False, False, True]


def test_losses_that_are_seldom_never_open_it() -> None:
    losses = Losses()
    assert not any(losses.lose(15) for _ in range(100))


def test_once_open_each_loss_pauses_until_it_has_worked() -> None:
    losses = Losses()
    for _ in range(5):
        losses.lose(1)
    assert losses.lose(60)
    assert losses.lose(60, worked=29)
    assert not losses.lose(60, worked=30)
    assert [losses.lose(1) for _ in range(4)] == [False, False, False, True]
