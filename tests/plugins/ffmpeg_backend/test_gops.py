import threading
from queue import Empty, Queue

import pytest

from virtualptz_ffmpeg.coded import AUDIO, VIDEO, Coded
from virtualptz_ffmpeg.gops import MOST_AT_ONCE, GopQueue

TICKS = 90_000


def picture(second: float, keyframe: bool = False, size: int = 10) -> Coded:
    ticks = round(second * TICKS)
    return Coded(VIDEO, bytes(size), ticks, ticks, 3000, keyframe)


def sound(second: float) -> Coded:
    ticks = round(second * 48_000)
    return Coded(AUDIO, b"x", ticks, ticks, 1024, True)


def gop(start: float) -> list[Coded]:
    return [picture(start, keyframe=True), sound(start), picture(start + 0.5), sound(start + 0.5)]


def filled(*packets: Coded, seconds: float = 3) -> GopQueue:
    queue = GopQueue(seconds, TICKS)
    for packet in packets:
        queue.put(packet)
    return queue


def drained(queue: GopQueue) -> list[Coded]:
    packets: list[Coded] = []
    while some := queue.get(0):
        packets += some
    return packets


def test_packets_come_out_in_their_order() -> None:
    packets = gop(0) + gop(1)
    queue = filled(*packets)
    assert drained(queue) == packets
    assert queue.empty
    assert queue.dropped == 0


def test_a_full_queue_loses_its_oldest_whole_gops_and_counts_them() -> None:
    packets = [packet for start in range(6) for packet in gop(start)]
    queue = filled(*packets)
    left = drained(queue)
    assert left == packets[-len(left) :]
    assert left[0].starts_gop
    assert queue.dropped == len(packets) - len(left)
    assert 3 <= (left[-2].pts - left[0].pts) / TICKS + 0.5 <= 4


def test_a_reader_that_is_overtaken_goes_on_at_a_keyframe() -> None:
    long = [picture(0, keyframe=True), *(picture(number / 20) for number in range(1, 2 * MOST_AT_ONCE))]
    queue = filled(*long)
    assert queue.get(0) == long[:MOST_AT_ONCE]
    for start in range(1, 6):
        for packet in gop(start):
            queue.put(packet)
    assert queue.get(0)[0].starts_gop


def test_sound_waits_for_the_picture_that_it_goes_with() -> None:
    queue = filled(*gop(0))
    drained(queue)
    got: Queue[list[Coded]] = Queue()
    threading.Thread(target=lambda: got.put(queue.get(30)), name="reader", daemon=True).start()
    queue.put(sound(1))
    with pytest.raises(Empty):
        got.get(timeout=0.1)
    queue.put(picture(1))
    assert got.get(timeout=20) == [sound(1), picture(1)]


def test_a_new_reader_begins_with_the_gop_that_the_last_one_was_in() -> None:
    packets = gop(0) + gop(1)
    queue = filled(*packets)
    for _ in range(2):
        assert queue.get(0)
    queue.rewind()
    assert drained(queue) == packets[4:]


def test_sound_before_the_first_keyframe_is_kept_and_a_picture_is_not() -> None:
    early, lost = sound(0), picture(0)
    queue = filled(early, lost, *gop(0.2))
    assert drained(queue) == [gop(0.2)[0], early, *gop(0.2)[1:]]
    assert queue.dropped == 1


def test_one_gop_larger_than_the_limit_goes_and_the_next_one_starts_anew() -> None:
    queue = GopQueue(3, TICKS, max_bytes=100)
    queue.put(picture(0, keyframe=True, size=60))
    queue.put(picture(0.1, size=60))
    queue.put(picture(0.2, size=60))
    assert queue.empty
    assert queue.dropped == 3
    queue.put(picture(1, keyframe=True))
    assert drained(queue) == [picture(1, keyframe=True)]


def test_a_closed_queue_gives_what_it_has_and_takes_no_more() -> None:
    queue = filled(*gop(0))
    queue.close()
    queue.put(picture(1, keyframe=True))
    assert drained(queue) == gop(0)
    assert queue.dropped == 1
    assert queue.get(10) == []
