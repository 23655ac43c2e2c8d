from virtualptz_ffmpeg.quiet import MOST_KINDS, Quiet


def test_a_complaint_is_heard_once_whatever_its_numbers() -> None:
    quiet = Quiet()
    assert quiet.lets_through("[tcp @ 0x7f00] attempt 1 failed")
    assert not quiet.lets_through("[tcp @ 0x7fff] attempt 2 failed")
    assert quiet.lets_through("something else")


def test_a_flood_is_cut() -> None:
    quiet = Quiet()
    kinds = [f"{chr(97 + number // 26)}{chr(97 + number % 26)}" for number in range(MOST_KINDS * 2)]
    assert sum(quiet.lets_through(kind) for kind in kinds) == MOST_KINDS
