import threading
from itertools import islice

from virtualptz.model import TrackingUpdate
from virtualptz.tracking.worker.outbox import Outbox


def _update(pts: float) -> TrackingUpdate:
    return TrackingUpdate(tracking_confidence=0.5, frame_pts=pts)


def test_the_newest_overtakes_and_the_order_stays() -> None:
    outbox = Outbox()
    sent = iter(outbox)
    outbox.put(_update(1.0))
    assert next(sent).frame_pts == 1.0
    for pts in (2.0, 3.0, 4.0):
        outbox.put(_update(pts))
    assert next(sent).frame_pts == 4.0
    assert outbox.overtaken == 2


def test_it_waits_for_one_and_ends_when_closed() -> None:
    outbox = Outbox()
    threading.Timer(0.05, lambda: outbox.put(_update(1.0))).start()
    assert [update.frame_pts for update in islice(outbox, 1)] == [1.0]
    outbox.put(_update(2.0))
    outbox.close()
    assert list(outbox) == []
