import io
import logging

from virtualptz.jobs.process.thinning import INTERVAL_SECONDS, MOST_BYTES, Thinning


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_flood_is_thinned_out_and_counted() -> None:
    clock, written = Clock(), io.StringIO()
    logger = logging.Logger("flooded")
    handler = logging.StreamHandler(written)
    handler.addFilter(Thinning(clock))
    logger.addHandler(handler)
    for number in range(100_000):
        logger.warning("wrong again, for the %d. time", number)
    kept = written.getvalue().splitlines()
    assert kept[0] == "wrong again, for the 0. time"
    assert len(written.getvalue()) <= MOST_BYTES + 200
    clock.now = INTERVAL_SECONDS + 1
    logger.warning("and %s", "later")
    assert (
        written.getvalue().splitlines()[-1]
        == f"[{100_000 - len(kept)} messages left out before this] and later"
    )
    logger.warning("and then")
    assert written.getvalue().splitlines()[-1] == "and then"


def test_one_message_however_long_is_said() -> None:
    thinning = Thinning(Clock())
    long = logging.makeLogRecord({"msg": "x" * 2 * MOST_BYTES})
    assert thinning.filter(long)
    assert not thinning.filter(logging.makeLogRecord({"msg": "short"}))
